/**
 * One sick member must not cost a lease (I5). The bounds are those of a leader's lease: TTL 3 s, renewed every
 * 600 ms; a renewal that fails over has to be back within a third of the TTL, so that the next one still fits before
 * the deadline. Each test starts with every member well and its client's connections open.
 */
import test, { type ExecutionContext } from 'ava';
import { StoreUnavailable } from '../../src/store/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { type EtcdHarness, startEtcdHarness } from './etcd-harness.ts';
import { eventually } from './harness.ts';

const TTL_MS = 3_000;
const RENEW_EVERY_MS = TTL_MS / 5;
const RENEWAL_BOUND_MS = TTL_MS / 3;
const PREFERRED = 0;

let harness: EtcdHarness;
test.before(async () => {
  harness = await startEtcdHarness();
});
test.after.always(() => harness?.stop());

/** Renews for a while, with the fault in the middle. @returns how long each renewal took, in ms. */
async function renewThrough(t: ExecutionContext, store: Store, fault: () => unknown): Promise<readonly number[]> {
  const { leaseId, ttlMs } = await store.grantLease(TTL_MS);
  t.is(ttlMs, TTL_MS);
  const tookMs: number[] = [];
  for (let renewal = 0; renewal < 8; renewal++) {
    if (renewal === 2) await fault();
    const sentAt = performance.now();
    t.deepEqual(await store.keepAliveLease(leaseId, { confirm: true }), { ttlMs: TTL_MS });
    tookMs.push(performance.now() - sentAt);
    await harness.advance(Math.max(0, RENEW_EVERY_MS - (performance.now() - sentAt)));
  }
  await store.revokeLease(leaseId);
  return tookMs;
}

async function allWell(store: Store): Promise<void> {
  await eventually(harness, 20_000, async () => {
    const { endpoints, leaderEndpoint } = await store.status();
    return leaderEndpoint !== undefined && endpoints.every((member) => member.reachable);
  });
}

type Fault = (forwards: EtcdHarness['forwards']) => unknown;

const withinBound = test.macro<[Fault, Fault]>(async (t, fault, heal) => {
  // The preferred member must not lead: a change of leader is another promise.
  await harness.cluster.moveLeader(2).catch(() => undefined);
  const { store, forwards } = await harness.connect();
  await allWell(store);
  const tookMs = await renewThrough(t, store, () => fault(forwards));
  await heal(forwards);
  t.true(Math.max(...tookMs) < RENEWAL_BOUND_MS, `renewals took ${tookMs.map(Math.round)}ms`);
  await allWell(store);
  await store.close();
});

test.serial(
  'a killed member costs no renewal',
  withinBound,
  () => harness.cluster.member(PREFERRED).kill(),
  () => harness.cluster.startMember(PREFERRED),
);

test.serial(
  'a frozen member costs no renewal',
  withinBound,
  () => harness.cluster.member(PREFERRED).freeze(),
  () => harness.cluster.member(PREFERRED).thaw(),
);

test.serial(
  'a connection on which nothing arrives any more costs no renewal',
  withinBound,
  (forwards) => forwards[PREFERRED]?.freeze('fromServer'),
  (forwards) => forwards[PREFERRED]?.thaw(),
);

test.serial(
  'a connection on which nothing leaves any more costs no renewal',
  withinBound,
  (forwards) => forwards[PREFERRED]?.freeze('toServer'),
  (forwards) => forwards[PREFERRED]?.thaw(),
);

test.serial('a leadership that is moved costs no renewal', async (t) => {
  const { store } = await harness.connect();
  await allWell(store);
  await harness.cluster.moveLeader(1).catch(() => undefined);
  const tookMs = await renewThrough(t, store, () => harness.cluster.moveLeader(2));
  t.true(Math.max(...tookMs) < RENEWAL_BOUND_MS, `renewals took ${tookMs.map(Math.round)}ms`);
  t.true((await store.status()).leaderEndpoint !== undefined);
  await store.close();
});

test.serial('a transaction goes to a member that answers, and is applied once', async (t) => {
  const { store } = await harness.connect();
  await allWell(store);
  await harness.cluster.moveLeader(2).catch(() => undefined);
  harness.cluster.member(PREFERRED).freeze();
  await harness.advance(1_100);
  const key = '/regent/v1/test-once';
  const made = await store.transact([{ key, target: 'create', equals: 0n }], [{ kind: 'put', key, value: '1' }]);
  harness.cluster.member(PREFERRED).thaw();
  t.true(made.committed);
  t.is((await store.get(key)).entry?.createRevision, made.revision);
  await store.close();
});

test.serial('a watch on a member that falls silent is interrupted', async (t) => {
  const { store, forwards } = await harness.connect();
  await allWell(store);
  const reasons: string[] = [];
  const changes: unknown[] = [];
  const watched = '/regent/v1/test-silent/';
  store.watch(watched, { onChange: (batch) => changes.push(...batch), onInterrupted: (why) => reasons.push(why) });
  await eventually(harness, 5_000, async () => {
    await harness.other.transact([], [{ kind: 'put', key: `${watched}a`, value: '1' }]);
    return changes.length > 0;
  });
  for (const forward of forwards) forward.freeze('fromServer');
  await eventually(harness, 10_000, () => reasons.length > 0);
  t.is(reasons.length, 1);
  for (const forward of forwards) forward.thaw();
  await store.close();
});

test.serial('a client without a certificate is not served', async (t) => {
  const { store } = await harness.connect({ tls: { ca: harness.cluster.tls.ca } });
  await t.throwsAsync(store.get('/regent/a'), { instanceOf: StoreUnavailable });
  await store.close();
});

test.serial('a member whose certificate names another address is not believed', async (t) => {
  const { store } = await harness.connect({ listenOn: '127.0.0.2' });
  const error = await t.throwsAsync(store.get('/regent/a'), { instanceOf: StoreUnavailable });
  t.regex(error?.message ?? '', /127\.0\.0\.2/);
  await store.close();
});
