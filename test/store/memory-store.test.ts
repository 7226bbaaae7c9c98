/**
 * The memory store under the contract of all stores, and what it alone does: it stands in for etcd in simulations,
 * so its own faults must be etcd's.
 */
import test from 'ava';
import { LeaseLost, StoreUnavailable } from '../../src/store/errors.ts';
import { MemoryCluster } from '../../src/store/memory-cluster.ts';
import { type MemberState, MemoryStore } from '../../src/store/memory-store.ts';
import { Scheduler } from '../simulation/scheduler.ts';
import { put, storeContract } from './contract.ts';
import { startMemoryHarness } from './memory-harness.ts';

storeContract(test, startMemoryHarness, async () => {
  const scheduler = new Scheduler();
  const cluster = new MemoryCluster({ clock: scheduler, timers: scheduler });
  const link = { toStore: (deliver: () => void) => deliver(), fromStore: (deliver: () => void) => deliver() };
  return new MemoryStore({ name: 'regional', cluster, timers: scheduler, link });
});

test('a leader that was just elected gives every lease its full TTL again', async (t) => {
  const { store, cluster, advance, settle } = await startMemoryHarness();
  const { leaseId } = await settle(store.grantLease(3_000));
  await advance(2_900);
  cluster.loseLeader();
  await advance(60_000);
  cluster.electLeader();
  await advance(2_900);
  t.deepEqual(await settle(store.keepAliveLease(leaseId)), { ttlMs: 3_000 });
});

test('a lease that is revoked early is gone for its holder', async (t) => {
  const { store, cluster, settle } = await startMemoryHarness();
  const { leaseId } = await settle(store.grantLease(3_000));
  cluster.revokeLease(leaseId);
  await t.throwsAsync(settle(store.keepAliveLease(leaseId)), { instanceOf: LeaseLost });
});

test('a lost leader interrupts watches', async (t) => {
  const { store, cluster, advance, settle } = await startMemoryHarness();
  const reasons: string[] = [];
  store.watch('/regent/', { onChange: () => {}, onInterrupted: (reason) => reasons.push(reason) });
  await settle(put(store, '/regent/a', '1'));
  cluster.loseLeader();
  await advance(10);
  t.deepEqual(reasons, ['no leader']);
});

test('a TTL below the floor is raised to it', async (t) => {
  const { store, settle } = await startMemoryHarness();
  t.is((await settle(store.grantLease(100))).ttlMs, 2_000);
});

test('a leader without a majority acknowledges renewals that have no effect, unless it must be confirmed', async (t) => {
  const scheduler = new Scheduler();
  const cluster = new MemoryCluster({ clock: scheduler, timers: scheduler });
  const link = { toStore: (deliver: () => void) => deliver(), fromStore: (deliver: () => void) => deliver() };
  let member: MemberState = 'serving';
  const store = new MemoryStore({ name: 'regional', cluster, timers: scheduler, link, member: () => member });
  const { leaseId, ttlMs } = await store.grantLease(3_000);
  member = 'staleLeader';
  await scheduler.advance(2_000);
  t.deepEqual(await store.keepAliveLease(leaseId), { ttlMs });
  const confirmed = store.keepAliveLease(leaseId, { confirm: true });
  const refused = t.throwsAsync(confirmed, { instanceOf: StoreUnavailable });
  await scheduler.advance(1_001);
  await refused;
  t.is(cluster.ttlOf(leaseId), undefined);
});
