/** When the dead man's switch acts, and what it makes of what it finds. */
import test from 'ava';
import {
  type ArmedFile,
  bootDeadline,
  decideFence,
  FENCE_GRACE_MS,
  FENCE_WITHIN_MS,
  type FenceOrder,
  readFenceOrder,
  readFenceReport,
} from '../../src/core/dead-mans-switch.ts';
import { ASSUMED_TIMING } from '../../src/policy/world.ts';

const order: FenceOrder = {
  version: 1,
  node: 'north-3',
  database: 'keystone',
  term: '7',
  serverInvocation: 'inv-1',
  deadlineBootMs: 10_000,
  bootId: 'boot-1',
};
const file = (difference: object = {}, database = 'keystone'): ArmedFile => ({
  database,
  text: JSON.stringify({ ...order, ...difference }),
});
const at = (nowBootMs: number, ...files: readonly ArmedFile[]) => decideFence(files, { bootId: 'boot-1', nowBootMs });

test('a deadline is never later than the right, also by a fraction', (t) => {
  t.is(bootDeadline(1_000, 2_400), 3_400);
  t.is(bootDeadline(1_000, 2_399.9), 3_399);
  t.is(bootDeadline(1_000, 0), 1_000);
});

test('the fence and its grace fit into what the margin has for stepping down, with room for the kill', (t) => {
  const clockStepMs = 10;
  t.true(FENCE_GRACE_MS + FENCE_WITHIN_MS + clockStepMs <= ASSUMED_TIMING.stepDownMs - 40);
});

test('nothing is ordered: nothing is done', (t) => {
  t.deepEqual(at(99_999), { kind: 'idle' });
});

for (const [nowBootMs, kind] of [
  [0, 'wait'],
  [9_999, 'wait'],
  [10_000, 'wait'],
  [10_000 + FENCE_GRACE_MS - 1, 'wait'],
  [10_000 + FENCE_GRACE_MS, 'close'],
  [999_999, 'close'],
] as const) {
  test(`with a deadline of 10000 the fence says ${kind} at ${nowBootMs}`, (t) => {
    t.is(at(nowBootMs, file()).kind, kind);
  });
}

test('it waits until the grace of the earliest order has passed', (t) => {
  const found = at(0, file({ deadlineBootMs: 9_000 }, 'b'), file({ deadlineBootMs: 8_000 }, 'c'), file());
  t.like(found, { kind: 'wait', untilBootMs: 8_000 + FENCE_GRACE_MS });
});

test('one order that has run out closes the server, whatever the others say', (t) => {
  const found = at(9_500, file({ deadlineBootMs: 99_000 }, 'b'), file({ deadlineBootMs: 9_000, term: '3' }, 'c'));
  t.like(found, { kind: 'close', database: 'c' });
  t.regex(found.kind === 'close' ? found.cause : '', /term 3, which ended 500 ms ago/);
});

test('an order of another boot is nothing, also beside one of this boot', (t) => {
  t.deepEqual(at(99_999, file({ bootId: 'boot-0' })), { kind: 'idle' });
  t.is(at(0, file({ bootId: 'boot-0', deadlineBootMs: 1 }), file({}, 'b')).kind, 'wait');
});

for (const [what, text] of [
  ['that cannot be read', undefined],
  ['that is empty', ''],
  ['that is cut off', JSON.stringify(order).slice(0, 40)],
  ['that is null', 'null'],
  ['of another version', JSON.stringify({ ...order, version: 2 })],
  ['without a deadline', JSON.stringify({ ...order, deadlineBootMs: undefined })],
  ['with a deadline as a text', JSON.stringify({ ...order, deadlineBootMs: '10000' })],
  ['with a negative deadline', JSON.stringify({ ...order, deadlineBootMs: -1 })],
  ['with half a millisecond', JSON.stringify({ ...order, deadlineBootMs: 0.5 })],
  ['without a boot', JSON.stringify({ ...order, bootId: '' })],
  ['with a term that is no number', JSON.stringify({ ...order, term: 'x' })],
] as const) {
  test(`an order ${what} closes the server and says why`, (t) => {
    const found = at(0, { database: 'keystone', text });
    t.like(found, { kind: 'close', database: 'keystone', order: undefined });
    t.regex(found.kind === 'close' ? found.cause : '', /its order cannot be read: \S/);
  });
}

test('an order is read as it was written', (t) => {
  t.deepEqual(readFenceOrder(JSON.stringify(order)), { ok: true, order });
});

test('a report is read as it was written; anything else is none', (t) => {
  const report = { version: 1, database: 'keystone', term: '7', how: 'killed', cause: 'late', atMs: 1, tookMs: 2 };
  t.deepEqual(readFenceReport(JSON.stringify(report)), report as never);
  t.deepEqual(readFenceReport(JSON.stringify({ ...report, term: null })), { ...report, term: null } as never);
  for (const broken of [{ version: 2 }, { how: 'opened' }, { term: 7 }, { atMs: 'now' }, { cause: '' }])
    t.is(readFenceReport(JSON.stringify({ ...report, ...broken })), undefined);
  t.is(readFenceReport('{'), undefined);
});
