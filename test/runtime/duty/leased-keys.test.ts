/** Keys under the agent's own lease: written when they change, and by whom they may be deleted. */
import test from 'ava';
import { LeasedKeys } from '../../../src/runtime/duty/leased-keys.ts';
import { StoreUnavailable } from '../../../src/store/errors.ts';
import type { LeaseMemory, RememberedLease } from '../../../src/store/lease-memory.ts';
import { settle } from '../fake-time.ts';
import { AStore } from './a-store.ts';

const A = '/regent/v1/nodes/a';
const B = '/regent/v1/nodes/b';
const TTL_MS = 9_000;

function memory(): LeaseMemory {
  let saved: RememberedLease | undefined;
  return {
    load: async () => saved,
    save: async (lease) => {
      saved = lease;
    },
    clear: async () => {
      saved = undefined;
    },
  };
}

function agent(stored: AStore, leaseMemory = memory()) {
  const woken = { times: 0 };
  const keys = new LeasedKeys({
    store: stored.client(),
    ttlMs: TTL_MS,
    marginMs: 600,
    memory: leaseMemory,
    clock: stored.time,
    timers: stored.time,
    onWake: () => {
      woken.times += 1;
    },
    onProblem: () => {},
  });
  return { keys, woken };
}

/** An agent whose key `a` stands. */
async function standing() {
  const stored = new AStore();
  const leaseMemory = memory();
  const { keys, woken } = agent(stored, leaseMemory);
  keys.set(A, 'one');
  await settle();
  await keys.flush();
  return { stored, keys, leaseMemory, woken };
}

test('no lease is asked for before the first key', async (t) => {
  const stored = new AStore();
  const { keys } = agent(stored);
  await stored.time.advance(TTL_MS);
  await keys.flush();
  t.is(stored.time.pending, 0, 'no renewal is planned');
  t.is(stored.cluster.ttlOf('1'), undefined);
});

test('a key stands under the lease and goes with it', async (t) => {
  const { stored, keys } = await standing();
  t.is(stored.entry(A)?.value, 'one');
  t.is(stored.entry(A)?.leaseId, '1');
  await keys.stop({ revoke: true });
  t.deepEqual(stored.keys(), []);
});

test('it is registered once all its keys stand, and no longer after the deadline', async (t) => {
  const stored = new AStore();
  const { keys } = agent(stored);
  t.true(keys.isRegistered, 'nothing to register');
  keys.set(A, 'one');
  await settle();
  t.false(keys.isRegistered, 'not written yet');
  await keys.flush();
  t.true(keys.isRegistered);
  keys.set(A, 'two');
  t.true(keys.isRegistered, 'a change to come hides nobody');
  stored.loses = 'requests';
  await stored.time.advance(TTL_MS);
  t.false(keys.isRegistered);
});

test('nothing is written before the lease is held', async (t) => {
  const stored = new AStore();
  stored.loses = 'requests';
  const { keys } = agent(stored);
  keys.set(A, 'one');
  await settle();
  await keys.flush();
  stored.loses = undefined;
  await keys.flush();
  t.deepEqual(stored.keys(), []);
});

test('nothing is written after the deadline, although the lease is still known', async (t) => {
  const { stored, keys } = await standing();
  stored.loses = 'requests';
  await stored.time.advance(TTL_MS - 600);
  stored.loses = undefined;
  keys.set(A, 'two');
  await keys.flush();
  t.is(stored.entry(A)?.value, 'one');
});

test('a key that stands under another lease is put under the own one', async (t) => {
  const { stored, keys } = await standing();
  const { leaseId } = stored.cluster.grantLease(TTL_MS);
  stored.put(B, 'other', leaseId);
  keys.set(B, 'other');
  await keys.flush();
  t.is(stored.entry(B)?.leaseId, '1');
});

test('a second flush without a change writes nothing', async (t) => {
  const { stored, keys } = await standing();
  const before = stored.revision;
  keys.set(A, 'one');
  await keys.flush();
  await keys.flush();
  t.is(stored.revision, before);
});

test('a changed value is written once, and wakes the writer', async (t) => {
  const { stored, keys, woken } = await standing();
  const before = { revision: stored.revision, woken: woken.times };
  keys.set(A, 'two');
  t.is(woken.times, before.woken + 1);
  await keys.flush();
  await keys.flush();
  t.is(stored.entry(A)?.value, 'two');
  t.is(stored.revision, before.revision + 1n);
});

test('the same value again wakes nobody', async (t) => {
  const { keys, woken } = await standing();
  const before = woken.times;
  keys.set(A, 'one');
  t.is(woken.times, before);
});

test('a removed key is deleted, the others stay', async (t) => {
  const { stored, keys } = await standing();
  keys.set(B, 'other');
  await keys.flush();
  keys.remove(A);
  await keys.flush();
  t.deepEqual(stored.keys(), [B]);
});

test('a key that another agent has taken over since is not deleted', async (t) => {
  const { stored, keys } = await standing();
  const { leaseId } = stored.cluster.grantLease(TTL_MS);
  stored.put(A, 'of another', leaseId);
  keys.remove(A);
  await keys.flush();
  t.is(stored.entry(A)?.value, 'of another');
});

test('what stands is not written again after a restart within the TTL', async (t) => {
  const { stored, keys, leaseMemory } = await standing();
  await keys.stop({ revoke: false });
  const before = stored.revision;
  const { keys: next } = agent(stored, leaseMemory);
  next.set(A, 'one');
  await settle();
  await next.flush();
  t.is(stored.revision, before);
  next.set(A, 'two');
  await next.flush();
  t.is(stored.revision, before + 1n);
  t.is(stored.entry(A)?.leaseId, '1');
});

test('a key that comes later after a restart is not written again either', async (t) => {
  const { stored, keys, leaseMemory } = await standing();
  keys.set(B, 'other');
  await keys.flush();
  await keys.stop({ revoke: false });
  const before = stored.revision;
  const { keys: next } = agent(stored, leaseMemory);
  next.set(A, 'one');
  await settle();
  await next.flush();
  next.set(B, 'other');
  await next.flush();
  t.is(stored.revision, before);
});

test('what means the same is left as it stands after a restart; from then on all of a value counts', async (t) => {
  const { stored, keys, leaseMemory } = await standing();
  await keys.stop({ revoke: false });
  const before = stored.revision;
  const firstLetter = (value: string) => value.slice(0, 1);
  const { keys: next } = agent(stored, leaseMemory);
  next.set(A, 'ohne', firstLetter);
  await settle();
  await next.flush();
  t.is(stored.entry(A)?.value, 'one');
  t.is(stored.revision, before);
  next.set(A, 'other', firstLetter);
  await next.flush();
  t.is(stored.entry(A)?.value, 'other');
});

test('a restart after the TTL writes everything under a new lease', async (t) => {
  const { stored, keys, leaseMemory } = await standing();
  await keys.stop({ revoke: false });
  await stored.time.advance(TTL_MS + 1);
  t.deepEqual(stored.keys(), []);
  const { keys: next } = agent(stored, leaseMemory);
  next.set(A, 'one');
  await settle();
  await next.flush();
  t.is(stored.entry(A)?.leaseId, '2');
});

test('a lease that the store has dropped is replaced, and every key is written anew', async (t) => {
  const { stored, keys } = await standing();
  stored.cluster.revokeLease('1');
  await stored.time.advance(TTL_MS);
  await keys.flush();
  t.is(stored.entry(A)?.leaseId, '2');
});

for (const [what, change, expected, answersBefore] of [
  ['put', (keys: LeasedKeys) => keys.set(A, 'two'), ['two'], 0],
  ['removal', (keys: LeasedKeys) => keys.remove(A), [], 1],
] as const) {
  test(`a ${what} without an answer is looked up and not repeated if it was applied`, async (t) => {
    const { stored, keys } = await standing();
    change(keys);
    stored.answersLeft = answersBefore;
    const failed = t.throwsAsync(keys.flush(), { instanceOf: StoreUnavailable });
    await stored.time.advance(500);
    await failed;
    stored.answersLeft = undefined;
    const before = stored.revision;
    await keys.flush();
    const values = stored.keys().map((key) => stored.entry(key)?.value);
    t.deepEqual(values, [...expected]);
    t.is(stored.revision, before);
  });

  test(`a ${what} that never reached the store is made up for`, async (t) => {
    const { stored, keys } = await standing();
    change(keys);
    stored.loses = 'requests';
    const failed = t.throwsAsync(keys.flush(), { instanceOf: StoreUnavailable });
    await stored.time.advance(500);
    await failed;
    stored.loses = undefined;
    await keys.flush();
    t.deepEqual(
      stored.keys().map((key) => stored.entry(key)?.value),
      [...expected],
    );
  });
}

test('two flushes at once write each value once, the newer one last', async (t) => {
  const { stored, keys } = await standing();
  const before = stored.revision;
  keys.set(A, 'two');
  const first = keys.flush();
  keys.set(A, 'three');
  await Promise.all([first, keys.flush(), keys.flush()]);
  t.is(stored.entry(A)?.value, 'three');
  t.true(stored.revision <= before + 2n);
});

test('a flush that fails does not keep the next one from writing', async (t) => {
  const { stored, keys } = await standing();
  keys.set(A, 'two');
  stored.loses = 'requests';
  const failed = t.throwsAsync(keys.flush());
  await stored.time.advance(500);
  await failed;
  stored.loses = undefined;
  await t.notThrowsAsync(keys.flush());
});

test('more keys than one transaction takes are all written', async (t) => {
  const stored = new AStore();
  const { keys } = agent(stored);
  for (let index = 0; index < 250; index += 1) keys.set(`/regent/v1/nodes/n${index}`, 'here');
  await settle();
  await keys.flush();
  t.is(stored.keys().length, 250);
  t.is(stored.revision, 4n, 'three transactions');
});

test('a put that arrives late is noticed, and does not stand', async (t) => {
  const { stored, keys } = await standing();
  stored.cluster.transact([], [{ kind: 'put', key: A, value: 'late', leaseId: '1' }]);
  keys.set(A, 'two');
  await keys.flush();
  t.is(stored.entry(A)?.value, 'late', 'what was written unseen is not overwritten unseen');
  await keys.flush();
  t.is(stored.entry(A)?.value, 'two');
});
