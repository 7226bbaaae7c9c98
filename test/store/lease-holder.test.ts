import test from 'ava';
import { LeaseHolder, type LossReason } from '../../src/store/lease-holder.ts';
import type { LeaseMemory, RememberedLease } from '../../src/store/lease-memory.ts';
import type { KeepAliveOptions } from '../../src/store/store.ts';
import { startMemoryHarness } from './memory-harness.ts';

const TTL_MS = 3_000;
const MARGIN_MS = 200;

function memory(): LeaseMemory & { found: RememberedLease | undefined } {
  const kept: LeaseMemory & { found: RememberedLease | undefined } = {
    found: undefined,
    load: async () => kept.found,
    save: async (lease) => {
      kept.found = lease;
    },
    clear: async () => {
      kept.found = undefined;
    },
  };
  return kept;
}

async function holding(kept: LeaseMemory = memory()) {
  const harness = await startMemoryHarness();
  const told: ('held' | LossReason)[] = [];
  const ids: string[] = [];
  const make = () =>
    new LeaseHolder({
      ...harness,
      ttlMs: TTL_MS,
      marginMs: MARGIN_MS,
      memory: kept,
      onHeld: (leaseId) => {
        told.push('held');
        ids.push(leaseId);
      },
      onLost: (reason) => told.push(reason),
    });
  const holder = make();
  await holder.start();
  await harness.advance(50);
  return { ...harness, holder, make, told, ids };
}

test('a lease that is renewed is held for ever', async (t) => {
  const { holder, advance, clock, told } = await holding();
  for (let second = 0; second < 60; second++) {
    await advance(1_000);
    t.true(holder.remainingMs(clock.nowMs()) > TTL_MS - MARGIN_MS - TTL_MS / 5 - 100);
  }
  t.deepEqual(told, ['held']);
});

test('without an answer the lease is lost by its deadline, before the store gives it away', async (t) => {
  const { holder, advance, clock, told, freeze, cluster } = await holding();
  const deadline = holder.deadline() ?? clock.nowMs();
  freeze('toServer', 'fromServer');
  await advance(deadline - clock.nowMs() - 1);
  t.true(holder.isHeld(clock.nowMs()));
  await advance(2);
  t.false(holder.isHeld(clock.nowMs()));
  t.deepEqual(told, ['held', 'DeadlinePassed']);
  t.not(cluster.ttlOf(holder.leaseId ?? ''), undefined);
});

test('the same lease comes back when the store had only been away', async (t) => {
  const { holder, advance, clock, told, ids, loseQuorum, regainQuorum } = await holding();
  await loseQuorum();
  await advance(20_000);
  await regainQuorum();
  await advance(2_000);
  t.deepEqual(told, ['held', 'DeadlinePassed', 'held']);
  t.is(ids[0], ids[1]);
  t.true(holder.isHeld(clock.nowMs()));
});

test('a lease that the store declares gone is lost at once, and a new one is taken', async (t) => {
  const { holder, advance, clock, told, ids, cluster } = await holding();
  cluster.revokeLease(holder.leaseId ?? '');
  await advance(TTL_MS / 5 + 10);
  t.deepEqual(told, ['held', 'LeaseGone']);
  await advance(TTL_MS / 5 + 10);
  t.deepEqual(told, ['held', 'LeaseGone', 'held']);
  t.not(ids[0], ids[1]);
  t.true(holder.isHeld(clock.nowMs()));
});

test('the next process takes up the lease of the one before', async (t) => {
  const { holder, make, advance, ids, told } = await holding();
  await holder.remember(42n);
  const stopped = holder.stop({ revoke: false });
  await advance(50);
  await stopped;
  await advance(2_000);
  await make().start();
  await advance(50);
  t.is(ids[0], ids[1]);
  t.deepEqual(told, ['held', 'Stopped', 'held']);
});

test('a process that comes too late takes a new lease', async (t) => {
  const { holder, make, advance, ids } = await holding();
  const stopped = holder.stop({ revoke: false });
  await advance(50);
  await stopped;
  await advance(TTL_MS + 100);
  await make().start();
  await advance(50);
  t.is(ids.length, 2);
  t.not(ids[0], ids[1]);
});

test('a lease that is given back is gone from the store and from memory', async (t) => {
  const kept = memory();
  const { holder, advance, cluster } = await holding(kept);
  const leaseId = holder.leaseId ?? '';
  const stopped = holder.stop({ revoke: true });
  await advance(50);
  await stopped;
  await holder.stop({ revoke: true });
  t.is(cluster.ttlOf(leaseId), undefined);
  t.is(kept.found, undefined);
});

test('a memory that cannot be written costs no lease', async (t) => {
  const broken = { ...memory(), save: () => Promise.reject(new Error('disk full')) };
  const { holder, clock } = await holding(broken);
  t.true(holder.isHeld(clock.nowMs()));
});

const renewals = test.macro<[boolean, number]>({
  title: (_, isExclusive, count) =>
    `a lease that is ${isExclusive ? '' : 'not '}exclusive is renewed ${count} times in its TTL`,
  exec: async (t, isExclusive, count) => {
    const { store, clock, timers, advance } = await startMemoryHarness();
    const asked: (boolean | undefined)[] = [];
    const counting = {
      get: store.get.bind(store),
      grantLease: store.grantLease.bind(store),
      revokeLease: store.revokeLease.bind(store),
      keepAliveLease: (leaseId: string, options?: KeepAliveOptions) => {
        asked.push(options?.confirm);
        return store.keepAliveLease(leaseId, options);
      },
    };
    const told = { onHeld: () => {}, onLost: () => t.fail() };
    const lease = { store: counting, ttlMs: TTL_MS, marginMs: MARGIN_MS, isExclusive };
    const holder = new LeaseHolder({ ...lease, ...told, clock, timers });
    await holder.start();
    await advance(10 * TTL_MS + 100);
    t.is(asked.length, 10 * count);
    t.true(asked.every((confirm) => confirm === isExclusive));
  },
});
test(renewals, true, 5);
test(renewals, false, 3);
