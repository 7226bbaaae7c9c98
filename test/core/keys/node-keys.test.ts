/** What a node does with the set that is wanted of it: forward, or not at all. */
import test from 'ava';
import { activeNeeded, excessOf } from '../../../src/core/keys/key-lifetime.ts';
import { isBetween, primaryOf, setText } from '../../../src/core/keys/key-set.ts';
import { type NodePlan, planOf } from '../../../src/core/keys/node-keys.ts';
import { setOf, stored } from './some-keys.ts';

const BEFORE = { 0: 's', 1: 'a', 2: 'b' };
const AFTER = { 0: 's', 1: 'a', 2: 'b', 3: 's' };

interface Row {
  readonly found: Readonly<Record<number, string>>;
  readonly isUnfinished?: boolean;
  readonly generation?: number;
  readonly plan: NodePlan;
}

const plans = test.macro((t, { found, isUnfinished = false, generation = 0, plan }: Row) => {
  const wanted = { generation: 6, keys: stored(AFTER), accepts: [setOf(BEFORE)] };
  t.is(planOf({ found: setOf(found), isUnfinished }, wanted, generation), plan);
});

test('the set that is there is confirmed', plans, { found: AFTER, plan: 'confirm' });
test('one that a writer has not quite left is finished', plans, { found: AFTER, isUnfinished: true, plan: 'apply' });
test('from the set before it goes on', plans, { found: BEFORE, plan: 'apply' });
test('an empty repository is filled', plans, { found: {}, plan: 'fill' });
test('a filling that was interrupted is finished', plans, {
  found: { 0: 's', 1: 'a' },
  isUnfinished: true,
  plan: 'fill',
});
test('without its mark, fewer keys are a diagnosis', plans, { found: { 0: 's', 1: 'a' }, plan: 'other' });
test('another staged key is one', plans, { found: { ...BEFORE, 0: 'x' }, plan: 'other' });
test('another primary is one', plans, { found: { ...BEFORE, 3: 'x' }, plan: 'other' });
test('a later set is one', plans, { found: { 0: 't', 2: 'b', 3: 's' }, plan: 'other' });
test('an interrupted filling with foreign keys is one', plans, {
  found: { 0: 'x' },
  isUnfinished: true,
  plan: 'other',
});
test('an older set than the one in place is stale', plans, { found: AFTER, generation: 7, plan: 'stale' });

test('a filling that was interrupted before the last step is finished as well', (t) => {
  const before = setOf({ 0: 's', 1: 'a', 2: 's' });
  const wanted = { generation: 6, keys: stored({ 0: 't', 1: 'a', 2: 's' }), accepts: [before] };
  const found = setOf({ 0: 's', 1: 'a' });
  t.is(planOf({ found, isUnfinished: true }, wanted, 0), 'fill');
  t.is(planOf({ found: setOf({ 0: 'x' }), isUnfinished: true }, wanted, 0), 'other');
});

test('before an adoption a node only reports', (t) => {
  t.is(planOf({ found: setOf(BEFORE), isUnfinished: false }, { generation: 0, keys: [], accepts: [] }, 0), 'report');
});

test('a set between two is made of files of both', (t) => {
  const [before, after] = [setOf({ 0: 's', 1: 'a', 2: 'b' }), setOf({ 0: 't', 2: 'b', 3: 's' })];
  t.true(isBetween(setOf({ 0: 't', 1: 'a', 2: 'b', 3: 's' }), before, after));
  t.true(isBetween(setOf({ 0: 's', 2: 'b' }), before, after));
  t.false(isBetween(setOf({ 0: 'x', 2: 'b', 3: 's' }), before, after));
  t.false(isBetween(setOf({ 0: 's', 1: 'a' }), before, after));
});

test('the primary has the highest index, also as a number', (t) => {
  t.is(primaryOf(setOf({ 0: 's', 9: 'a', 10: 'b' }))?.fingerprint, 'b');
  t.is(primaryOf([]), undefined);
  t.is(setText(setOf({ 2: '0123456789abcdef', 0: 'ff' })), '0:ff 2:01234567');
  t.is(setText([]), 'none');
});

test('the oldest secondaries are the excess, and never the staged key or the primary', (t) => {
  const keys = stored({ 0: 's', 3: 'a', 4: 'b', 5: 'c' });
  t.deepEqual(
    excessOf(keys, 3).map(({ index }) => index),
    [3],
  );
  t.deepEqual(excessOf(keys, 4), []);
});

test("Keystone's rule for the number of keys", (t) => {
  t.is(activeNeeded(72, 72), 3);
  t.is(activeNeeded(73, 72), 4);
  t.is(activeNeeded(1, 1000), 3);
});
