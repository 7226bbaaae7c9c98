/**
 * What a store owes its callers while the cluster or the way to it is broken: bounded calls, "cannot confirm" for
 * every doubt, and leases that outlive an outage in which nobody could have taken them.
 */
import { StoreUnavailable } from '../../src/store/errors.ts';
import { ALWAYS, type DefinePromise, put, TTL_MS } from './contract.ts';
import { eventually } from './harness.ts';

/** The bound of a call, and as much again and more for a busy machine. */
const CALL_BOUND_MS = 5_000;

export function faultContract(promise: DefinePromise): void {
  promise('an answer that is lost does not undo what was applied', async (t, harness, prefix) => {
    const { store, other, settle, freeze, thaw, clock } = harness;
    const key = `${prefix}a`;
    await settle(store.get(key));
    freeze('fromServer');
    const startedAt = clock.nowMs();
    await t.throwsAsync(settle(put(store, key, '1')), { instanceOf: StoreUnavailable });
    t.true(clock.nowMs() - startedAt <= CALL_BOUND_MS);
    t.is((await settle(other.get(key))).entry?.value, '1');
    thaw();
    await eventually(harness, 20_000, () => answers(settle(store.get(key))));
  });

  promise('a request that is held back ends as unavailable, within its bound', async (t, harness, prefix) => {
    const { store, settle, freeze, thaw, clock } = harness;
    const { leaseId } = await settle(store.grantLease(TTL_MS));
    freeze('toServer');
    const calls: readonly (() => Promise<unknown>)[] = [
      () => store.get(`${prefix}a`),
      () => store.list(prefix),
      () => store.keepAliveLease(leaseId),
    ];
    for (const call of calls) {
      const startedAt = clock.nowMs();
      await t.throwsAsync(settle(call()), { instanceOf: StoreUnavailable });
      t.true(clock.nowMs() - startedAt <= CALL_BOUND_MS);
    }
    thaw();
    await eventually(harness, 20_000, () => answers(settle(store.get(`${prefix}a`))));
  });

  promise('without a quorum nothing is confirmed, and leases outlive it', async (t, harness, prefix) => {
    const { store, settle } = harness;
    const key = `${prefix}a`;
    const { leaseId } = await settle(store.grantLease(TTL_MS));
    await settle(store.transact(ALWAYS, [{ kind: 'put', key, value: '1', leaseId }]));
    const before = (await settle(store.get(key))).entry;
    await harness.loseQuorum();
    await t.throwsAsync(settle(put(store, `${prefix}b`, 'maybe')), { instanceOf: StoreUnavailable });
    await t.throwsAsync(settle(store.get(key)), { instanceOf: StoreUnavailable });
    await harness.advance(2 * TTL_MS);
    await harness.regainQuorum();
    await eventually(harness, 60_000, () => answers(settle(store.keepAliveLease(leaseId))));
    t.deepEqual((await settle(store.get(key))).entry, before);
    const unconfirmed = (await settle(store.get(`${prefix}b`))).entry?.value;
    t.true(unconfirmed === undefined || unconfirmed === 'maybe');
    await settle(store.revokeLease(leaseId));
  });
}

function answers(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    (error: unknown) => {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    },
  );
}
