/** The right of a primary to be open (I1): how it is taken, what it is worth, and when it is gone. */
import test from 'ava';
import { type DatabaseView, readDatabase } from '../../../src/runtime/duty/database-view.ts';
import { HeldPromises } from '../../../src/runtime/duty/held-promises.ts';
import { LeaseOnDemand } from '../../../src/runtime/duty/lease-on-demand.ts';
import { PrimaryRight } from '../../../src/runtime/duty/primary-right.ts';
import { StoreUnavailable } from '../../../src/store/errors.ts';
import { MemorySwitch } from '../../fakes/memory-switch.ts';
import { DATABASE, ownKey, PRIMARY_KEY, putPrimary, putState, stateIn, steady } from './a-database.ts';
import { AStore } from './a-store.ts';

const TTL_MS = 3000;
const MARGIN_MS = 600;

function process(stored: AStore, deadMansSwitch = new MemorySwitch(stored.time)) {
  const lease = new LeaseOnDemand({
    store: stored.client(),
    timing: () => ({ ttlMs: TTL_MS, marginMs: MARGIN_MS }),
    clock: stored.time,
    timers: stored.time,
    onChange: () => {},
    onProblem: () => {},
  });
  const promises = new HeldPromises(stored.time);
  return new PrimaryRight({ database: DATABASE, store: stored.client(), lease, promises, deadMansSwitch });
}

const viewOf = (stored: AStore): DatabaseView => readDatabase(DATABASE, stored.cluster.state.list('/'));

function managed() {
  const stored = new AStore();
  putState(stored, steady);
  return { stored, right: process(stored) };
}

/** The state as it stands, so that taking the key writes no state. */
async function taken() {
  const { stored, right } = managed();
  const view = viewOf(stored);
  if (view.state === undefined || !(await right.take(view, ownKey, view.state))) throw new Error('not taken');
  return { stored, right };
}

test('taking the key gives the right for its term, and for no other', async (t) => {
  const { right, stored } = await taken();
  t.true(right.holds(7n));
  t.false(right.holds(8n));
  t.true(right.isAlive);
  t.is(right.remainingMs, TTL_MS - MARGIN_MS);
  t.is(stored.entry(PRIMARY_KEY)?.leaseId, '1');
});

test('without the key there is no right', (t) => {
  const { right } = managed();
  t.false(right.holds(7n));
  t.false(right.isAlive);
  t.false(right.hasLapsed);
  t.is(right.remainingMs, 0);
});

test('key and state are written in one transaction; a state that stays is not written', async (t) => {
  const { stored, right } = managed();
  const before = stored.revision;
  t.true(await right.take(viewOf(stored), ownKey, { ...steady, switchedAtMs: 5 }));
  t.is(stored.revision, before + 1n);
  t.is(stateIn(stored).switchedAtMs, 5);
  const { stored: other } = await taken();
  t.not(viewOf(other).stateRevision, viewOf(other).primaryRevision);
});

test('a state that changed meanwhile keeps the key from being taken', async (t) => {
  const { stored, right } = managed();
  const view = viewOf(stored);
  putState(stored, { ...steady, term: 8n });
  t.false(await right.take(view, ownKey, steady));
  t.false(right.isAlive);
  t.is(stored.entry(PRIMARY_KEY), undefined);
  t.is(stateIn(stored).term, 8n);
});

test('a key that appeared meanwhile is not taken', async (t) => {
  const { stored, right } = managed();
  const view = viewOf(stored);
  putPrimary(stored, { ...ownKey, node: 'north-2' });
  t.false(await right.take(view, ownKey, steady));
  t.is(viewOf(stored).primary?.node, 'north-2');
});

test('the key of another node is never taken', async (t) => {
  const { stored, right } = managed();
  putPrimary(stored, { ...ownKey, node: 'north-2' });
  t.false(await right.take(viewOf(stored), ownKey, steady));
  t.is(viewOf(stored).primary?.node, 'north-2');
  t.false(right.isAlive);
});

test('the own key keeps its create revision when the next process takes it', async (t) => {
  const { stored, right } = await taken();
  const before = stored.entry(PRIMARY_KEY);
  await right.leave();
  t.false(right.isAlive);
  const next = process(stored);
  const view = viewOf(stored);
  t.true(await next.take(view, ownKey, view.state ?? steady));
  const after = stored.entry(PRIMARY_KEY);
  t.is(after?.createRevision, before?.createRevision);
  t.not(after?.leaseId, before?.leaseId);
  next.compareWith(viewOf(stored), stored.revision);
  t.true(next.holds(7n));
  t.true(await next.writeState(viewOf(stored), { ...steady, switchedAtMs: 9 }));
});

test('a left key stands until its lease ends', async (t) => {
  const { stored, right } = await taken();
  await right.leave();
  await stored.time.advance(TTL_MS - 1);
  t.not(stored.entry(PRIMARY_KEY), undefined);
  await stored.time.advance(1);
  t.is(stored.entry(PRIMARY_KEY), undefined);
});

test('the right lasts for as long as the lease is renewed', async (t) => {
  const { stored, right } = await taken();
  await stored.time.advance(10 * TTL_MS);
  t.true(right.holds(7n));
});

test('the right ends at the deadline, before the store gives the key away', async (t) => {
  const { stored, right } = await taken();
  stored.loses = 'requests';
  await stored.time.advance(TTL_MS - MARGIN_MS - 1);
  t.true(right.holds(7n));
  await stored.time.advance(1);
  t.false(right.holds(7n));
  t.false(right.isAlive);
  t.true(right.hasLapsed);
  t.not(stored.entry(PRIMARY_KEY), undefined);
});

test('the right is back when the same lease is confirmed again', async (t) => {
  const { stored, right } = await taken();
  stored.cluster.loseLeader();
  await stored.time.advance(TTL_MS);
  t.false(right.isAlive);
  stored.cluster.electLeader();
  await stored.time.advance(TTL_MS);
  t.true(right.holds(7n));
});

test('a lease that was granted after the old one was gone gives no right to the old key', async (t) => {
  const { stored, right } = await taken();
  stored.cluster.revokeLease('1');
  await stored.time.advance(2 * TTL_MS);
  t.is(stored.cluster.ttlOf('2'), TTL_MS, 'a new lease is held');
  t.false(right.holds(7n));
  t.false(right.isAlive);
  t.is(right.remainingMs, 0);
  t.false(await right.writeState(viewOf(stored), steady));
});

test('the state is written by the holder of the key', async (t) => {
  const { stored, right } = await taken();
  t.true(await right.writeState(viewOf(stored), { ...steady, switchedAtMs: 5 }));
  t.is(stateIn(stored).switchedAtMs, 5);
});

test('the state is not written without a key, nor after the deadline', async (t) => {
  const { stored, right } = managed();
  t.false(await right.writeState(viewOf(stored), { ...steady, switchedAtMs: 5 }));
  const late = await taken();
  late.stored.loses = 'requests';
  await late.stored.time.advance(TTL_MS - MARGIN_MS);
  late.stored.loses = undefined;
  t.false(await late.right.writeState(viewOf(late.stored), { ...steady, switchedAtMs: 5 }));
  t.is(stateIn(stored).switchedAtMs, 1);
  t.is(stateIn(late.stored).switchedAtMs, 1);
});

test('the state is not written over a change that was not seen', async (t) => {
  const { stored, right } = await taken();
  const view = viewOf(stored);
  putState(stored, { ...steady, switchedAtMs: 6 });
  t.false(await right.writeState(view, { ...steady, switchedAtMs: 5 }));
  t.is(stateIn(stored).switchedAtMs, 6);
});

test('the state is not written once the key is another one', async (t) => {
  const { stored, right } = await taken();
  stored.delete(PRIMARY_KEY);
  putPrimary(stored, ownKey);
  t.false(await right.writeState(viewOf(stored), { ...steady, switchedAtMs: 5 }));
});

for (const [what, change] of [
  ['is gone', (stored: AStore) => stored.delete(PRIMARY_KEY)],
  [
    'was created anew',
    (stored: AStore) => {
      stored.delete(PRIMARY_KEY);
      putPrimary(stored, ownKey);
    },
  ],
] as const) {
  test(`a right whose key ${what} is forgotten`, async (t) => {
    const { stored, right } = await taken();
    change(stored);
    right.compareWith(viewOf(stored), stored.revision);
    t.false(right.isAlive);
    t.false(right.hasLapsed);
  });
}

test('a key that stands keeps the right, and so does a view from before it was taken', async (t) => {
  const { stored, right } = managed();
  const old = { view: viewOf(stored), revision: stored.revision };
  await right.take(old.view, ownKey, steady);
  right.compareWith(old.view, old.revision);
  t.true(right.isAlive);
  right.compareWith(viewOf(stored), stored.revision);
  t.true(right.isAlive);
});

test('giving up deletes the key and writes the state in one transaction, and ends the lease', async (t) => {
  const { stored, right } = await taken();
  const before = stored.revision;
  t.true(await right.giveUp(viewOf(stored), { ...steady, switchedAtMs: 5 }));
  t.is(stored.revision, before + 1n);
  t.is(stored.entry(PRIMARY_KEY), undefined);
  t.is(stateIn(stored).switchedAtMs, 5);
  t.is(stored.cluster.ttlOf('1'), undefined);
  t.false(right.isAlive);
});

test('giving up writes the state where no key stands', async (t) => {
  const { stored, right } = managed();
  t.true(await right.giveUp(viewOf(stored), { ...steady, switchedAtMs: 5 }));
  t.is(stateIn(stored).switchedAtMs, 5);
});

test('giving up changes nothing if key or state changed meanwhile', async (t) => {
  const { stored, right } = await taken();
  const view = viewOf(stored);
  putState(stored, { ...steady, switchedAtMs: 6 });
  t.false(await right.giveUp(view, { ...steady, switchedAtMs: 5 }));
  t.true(right.isAlive);
  const other = await taken();
  const otherView = viewOf(other.stored);
  putPrimary(other.stored, ownKey, '1');
  t.false(await other.right.giveUp(otherView, { ...steady, switchedAtMs: 5 }));
  t.not(other.stored.entry(PRIMARY_KEY), undefined);
});

test('a take without an answer is no right until the key was seen and taken again', async (t) => {
  const { stored, right } = managed();
  stored.answersLeft = 1;
  const failed = t.throwsAsync(right.take(viewOf(stored), ownKey, { ...steady }), { instanceOf: StoreUnavailable });
  await stored.time.advance(500);
  await failed;
  stored.answersLeft = undefined;
  t.not(stored.entry(PRIMARY_KEY), undefined);
  t.false(right.isAlive);
  t.true(await right.take(viewOf(stored), ownKey, { ...steady }));
  right.compareWith(viewOf(stored), stored.revision);
  t.true(right.holds(7n));
});

test("a key that could not be taken leaves the dead man's switch as it was", async (t) => {
  const stored = new AStore();
  putState(stored, steady);
  const deadMansSwitch = new MemorySwitch(stored.time);
  const right = process(stored, deadMansSwitch);
  const view = viewOf(stored);
  putState(stored, { ...steady, term: 8n });
  t.false(await right.take(view, ownKey, steady));
  t.deepEqual(deadMansSwitch.calls, ['arm', 'disarm']);
  deadMansSwitch.deadlineMs = 42;
  t.false(await right.take(view, ownKey, steady));
  t.is(deadMansSwitch.deadlineMs, 42, 'an order of the process before');
});

test('a take without an answer leaves the switch armed; nobody knows what was committed', async (t) => {
  const stored = new AStore();
  putState(stored, steady);
  const deadMansSwitch = new MemorySwitch(stored.time);
  const right = process(stored, deadMansSwitch);
  stored.answersLeft = 1;
  const failed = t.throwsAsync(right.take(viewOf(stored), ownKey, { ...steady }), { instanceOf: StoreUnavailable });
  await stored.time.advance(500);
  await failed;
  t.deepEqual(deadMansSwitch.calls, ['arm']);
  t.true((deadMansSwitch.deadlineMs ?? Number.POSITIVE_INFINITY) <= stored.time.nowMs() + TTL_MS - MARGIN_MS);
});

test('an order of the process before is replaced only once the key is under the new lease', async (t) => {
  const { stored } = await taken();
  const deadMansSwitch = new MemorySwitch(stored.time);
  deadMansSwitch.deadlineMs = 42;
  const next = process(stored, deadMansSwitch);
  const view = viewOf(stored);
  t.true(await next.take(view, ownKey, view.state ?? steady));
  t.deepEqual(deadMansSwitch.calls, ['arm']);
  t.is(deadMansSwitch.deadlineMs, stored.time.nowMs() + next.remainingMs);
});
