/** A primary whose right is running out writes no row that would veto a ballot after its end. */
import test from 'ava';
import { mayProbe } from '../../../src/core/database/last-word.ts';
import type { DatabaseFailover } from '../../../src/core/policy.ts';
import { aPolicy } from './a-database.ts';

const writes = test.macro({
  exec: (t, remainingMs: number, difference: Partial<DatabaseFailover>, expected: boolean) => {
    t.is(mayProbe(aPolicy(difference).policy, remainingMs), expected);
  },
  title: (name) => `a row is ${name}`,
});

const often = { writeProbe: { everyMs: 200, vetoWithinMs: 1_000 } };
const bold = { writeProbe: { everyMs: 1_000, vetoWithinMs: 2_399 } };

test('written with a right that was renewed in time', writes, 1_800, {}, true);
test('written until a veto, a look and no margin are left', writes, 1_401, {}, true);
test('not written any more then', writes, 1_400, {}, false);
test('written for longer where it is looked for more often', writes, 601, often, true);
test('not written for ever there', writes, 600, often, false);
test('written in spite of a veto that is as long as the right, while that is renewed', writes, 1_800, bold, true);
test('not written with most of such a right gone', writes, 1_440, bold, false);
