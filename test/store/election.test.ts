import test from 'ava';
import { Election } from '../../src/store/election.ts';
import { leaderKey } from '../../src/store/keys.ts';
import type { Store, WatchOptions } from '../../src/store/store.ts';
import { startMemoryHarness } from './memory-harness.ts';

const TTL_MS = 3_000;

async function campaigning() {
  return campaigningOn(await startMemoryHarness());
}

/** The watches of the one that waits can be interrupted by the test. */
async function watchedCampaigning() {
  const harness = await startMemoryHarness();
  const { other } = harness;
  let interrupted: (() => void)[] = [];
  const watch = (prefix: string, options: WatchOptions) => {
    const inner = other.watch(prefix, options);
    interrupted.push(() => {
      inner.close();
      options.onInterrupted('the member went quiet');
    });
    return inner;
  };
  const watched = new Proxy<Store>(other, {
    get: (store, name: keyof Store) => (name === 'watch' ? watch : (store[name] as () => unknown).bind?.(store)),
  });
  const interruptWatches = () => {
    const now = interrupted;
    interrupted = [];
    for (const interrupt of now) interrupt();
  };
  return { ...(await campaigningOn({ ...harness, other: watched })), interruptWatches };
}

async function campaigningOn(harness: Awaited<ReturnType<typeof startMemoryHarness>>) {
  const told: string[] = [];
  const candidate = (name: string, store: Store) =>
    new Election({
      store,
      key: leaderKey(),
      value: name,
      ttlMs: TTL_MS,
      marginMs: 200,
      clock: harness.clock,
      timers: harness.timers,
      random: { next: () => 0.5 },
      onElected: () => told.push(`${name} leads`),
      onDeposed: (reason) => told.push(`${name} ${reason}`),
    });
  const first = candidate('first', harness.store);
  await first.start();
  await harness.advance(100);
  const second = candidate('second', harness.other);
  await second.start();
  await harness.advance(100);
  return { ...harness, first, second, told };
}

test('one leads, and its epoch is the create revision of the key', async (t) => {
  const { first, second, clock, told, cluster } = await campaigning();
  t.deepEqual(told, ['first leads']);
  t.is(first.right(clock.nowMs())?.epoch, cluster.state.get(leaderKey())?.createRevision);
  t.true(first.isLeading(clock.nowMs()));
  t.false(second.isLeading(clock.nowMs()));
});

test('a guarded write is refused once its writer has been succeeded', async (t) => {
  const { first, clock, settle, other, cluster, advance } = await campaigning();
  const guard = first.guard(first.right(clock.nowMs())?.epoch ?? 0n);
  const write = { kind: 'put', key: '/regent/v1/desired/test/a', value: '1' } as const;
  t.true((await settle(other.transact([guard], [write]))).committed);
  cluster.revokeLease(cluster.state.get(leaderKey())?.leaseId ?? '');
  await advance(1_000);
  t.false((await settle(other.transact([guard], [write]))).committed);
});

test('a key that goes while a watch is interrupted is not missed', async (t) => {
  const { first, second, told, advance, settle, interruptWatches } = await watchedCampaigning();
  interruptWatches();
  await advance(TTL_MS / 4);
  await settle(first.stop({ revoke: true }));
  await advance(TTL_MS);
  t.is(told.at(-1), 'second leads');
  await settle(second.stop({ revoke: true }));
});

test('in a store that went back the key is watched from where that store is', async (t) => {
  const harness = await startMemoryHarness();
  const { other } = harness;
  const watchedFrom: (bigint | undefined)[] = [];
  let restoredTo: bigint | undefined;
  const restored = new Proxy<Store>(other, {
    get: (store, name: keyof Store) => {
      if (name === 'watch')
        return (prefix: string, options: WatchOptions) => {
          watchedFrom.push(options.fromRevision);
          return other.watch(prefix, options);
        };
      if (name === 'get')
        return async (key: string) => {
          const found = await other.get(key);
          return { ...found, revision: restoredTo ?? found.revision };
        };
      return (store[name] as () => unknown).bind?.(store);
    },
  });
  const { second, advance, settle } = await campaigningOn({ ...harness, other: restored });
  t.deepEqual(watchedFrom, [undefined]);
  restoredTo = 0n;
  second.stand();
  await advance(100);
  t.deepEqual(watchedFrom, [undefined, 1n]);
  second.stand();
  await advance(100);
  t.is(watchedFrom.length, 2, 'once');
  await settle(second.stop({ revoke: true }));
});

test('who resigns hands over at once, and comes back only when it stands again', async (t) => {
  const { first, second, clock, told, advance } = await campaigning();
  first.resign();
  t.false(first.isLeading(clock.nowMs()));
  await advance(500);
  t.deepEqual(told, ['first leads', 'first Resigned', 'second leads']);
  second.resign();
  await advance(20_000);
  t.is(told.at(-1), 'second Resigned');
  first.stand();
  await advance(100);
  t.is(told.at(-1), 'first leads');
});

test('who resigns and stands again before its key is deleted leads with another epoch', async (t) => {
  const { first, second, clock, told, advance, settle } = await campaigning();
  const before = first.right(clock.nowMs())?.epoch ?? 0n;
  await settle(second.stop({ revoke: true }));
  first.resign();
  first.stand();
  await advance(1_000);
  t.deepEqual(told, ['first leads', 'first Resigned', 'first leads']);
  t.true((first.right(clock.nowMs())?.epoch ?? 0n) > before);
});

test('a key that vanishes deposes its owner as soon as the store says so', async (t) => {
  const { told, settle, other, advance, second, clock } = await campaigning();
  await settle(other.transact([], [{ kind: 'delete', key: leaderKey() }]));
  await advance(300);
  t.is(told[1], 'first KeyGone');
  t.is(told.filter((line) => line.endsWith('leads')).length, 2);
  t.is(second.isLeading(clock.nowMs()), told.at(-1) === 'second leads');
});

test('a candidate that stops is out, and may be stopped twice', async (t) => {
  const { first, told, settle, advance } = await campaigning();
  await settle(first.stop({ revoke: true }));
  await settle(first.stop({ revoke: true }));
  await advance(500);
  t.deepEqual(told, ['first leads', 'first Stopped', 'second leads']);
});

test('a candidate knows since when it has reached the store, whether it leads or not', async (t) => {
  const { first, second, clock, advance, freeze, thaw } = await campaigning();
  const since = first.contactSince(clock.nowMs());
  t.not(since, undefined);
  t.not(second.contactSince(clock.nowMs()), undefined);
  await advance(10_000);
  t.is(first.contactSince(clock.nowMs()), since);
  freeze('toServer');
  await advance(TTL_MS);
  t.is(first.contactSince(clock.nowMs()), undefined);
  thaw();
  await advance(2 * TTL_MS);
  const again = first.contactSince(clock.nowMs());
  t.true(again !== undefined && since !== undefined && again > since + 10_000);
});
