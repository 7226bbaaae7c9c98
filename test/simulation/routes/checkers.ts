/**
 * What must hold for every decision about the identity route that stands in the store, by what the probes really saw. A leader
 * may know less than the truth, never more; so each rule asks what was true within the time for which it may be late.
 */
import type { DesiredIdentity } from '../../../src/core/desired.ts';
import type { IdentityOrder } from '../../../src/core/identity-order.ts';
import { REGION } from './region.ts';
import type { RouteWorld } from './world.ts';

export interface RouteChange {
  readonly before: DesiredIdentity | undefined;
  readonly after: DesiredIdentity;
  /** The order that went in the same step. */
  readonly order: IdentityOrder | undefined;
}

export type RouteChecker = (change: RouteChange) => void;

/** A node's last word stands for its lease, and a leader that was cut off acts on what it saw before until its own ends. */
const STALE_MS = 14_000;
/** What is put into the store is seen by a leader that can write there within this time. */
const SEEN_MS = 4_000;
/** A transaction that is on its way may still arrive. */
const ON_ITS_WAY_MS = 2_500;
/** Two clocks' rates differ, and a round takes its time. */
const EARLY_MS = 100;

export function routeCheckers(world: RouteWorld): readonly RouteChecker[] {
  const since = () => ({ nowMs: world.scheduler.nowMs(), staleMs: STALE_MS });
  const leaves = ({ before, after }: RouteChange) => after.readOnly && before?.readOnly !== true;
  /** Home is another region than before: what was known of it counts for nothing. */
  const comesBack = ({ before, after }: RouteChange) =>
    before?.readOnly === true && !after.readOnly && before.home === after.home;
  let leftAtMs = Number.NEGATIVE_INFINITY;

  const majority: RouteChecker = (change) => {
    const { policy } = world.policy;
    if (leaves(change) && change.order?.kind !== 'isolate' && change.before?.home === change.after.home) {
      if (!world.looks.hadMajority('failed', policy.isolateAfterMs, since()))
        world.violated('I3: the region left home without a majority that had failed for the time of the policy');
    }
    if (!comesBack(change)) return;
    const forMs = change.order?.kind === 'return' ? 0 : policy.returnAfterMs;
    if (!world.looks.hadMajority('ok', forMs, since()))
      world.violated(`I3: the region came back to a home that had not been good for ${Math.round(forMs)} ms`);
  };

  const proof: RouteChecker = (change) => {
    if (!leaves(change)) return;
    if (!change.after.ready.some((node) => world.looks.hasProved(node, since())))
      world.violated('target: the region went to Keystones none of which had issued a token');
  };

  const word: RouteChecker = (change) => {
    if (leaves(change)) leftAtMs = world.scheduler.nowMs();
    const isSentAway = change.after.isOrdered && change.before?.isOrdered !== true;
    if (isSentAway && change.order?.kind !== 'isolate')
      world.violated('order: a region was sent away, and the order did not go with it');
    if (!comesBack(change) || change.order?.kind === 'return') return;
    const { returning, cooldownMs } = world.policy.policy;
    if (change.before?.isOrdered === true)
      world.violated('order: a region that was sent away came back without an order');
    if (returning === 'manual') world.violated('order: a region that returns by order only came back by itself');
    if (world.scheduler.nowMs() - leftAtMs < cooldownMs - EARLY_MS)
      world.violated('cooldown: the region came back before its cooldown was over');
  };

  const pause: RouteChecker = () => {
    const now = world.scheduler.nowMs();
    const { holdSinceMs = now, observesSinceMs = now } = world.operator;
    if (now - holdSinceMs > SEEN_MS) world.violated('hold: something was decided under a hold');
    if (now - observesSinceMs > ON_ITS_WAY_MS) world.violated('observe: a policy that only observes decided something');
  };

  const home: RouteChecker = ({ after }) => {
    if (after.home === REGION && after.readOnly)
      world.violated('I3: the region that has the primary was sent to Keystones as if they could not write');
  };

  return [majority, proof, word, pause, home];
}
