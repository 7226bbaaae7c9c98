/**
 * I7: bounded blast radius. No ballot opens within the cooldown after a switch, but once, for a primary that was lost before
 * a replica had acknowledged a write of it; so a fault cannot chase the database around. A switchover that was ordered waits,
 * too. By the store's own truth, whatever the arbiters' clocks say.
 */
import { isClaimed } from '../../../../src/core/database/ackers.ts';
import type { DatabaseState } from '../../../../src/core/database/state.ts';
import { STORE_ADOPTED } from '../../../../src/core/database/store-adoption.ts';
import { STRAGGLER_MAX_MS } from '../../path.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

/** Wall clocks differ by 40 ms at most and drift a little in a cooldown, and the write that ends a switch may travel. */
const TOLERANCE_MS = 100 + STRAGGLER_MAX_MS;

export function oneSwitchPerCooldown(world: BallotWorld): BallotChecker {
  let before: DatabaseState | undefined;
  let switchedAtMs = Number.NEGATIVE_INFINITY;
  let formerSwitchAtMs = Number.NEGATIVE_INFINITY;

  const ballotOpened = (former: DatabaseState, isOrdered: boolean): void => {
    const { cooldownMs } = world.policies;
    const nowMs = world.scheduler.nowMs();
    if (nowMs - switchedAtMs >= cooldownMs - TOLERANCE_MS) return;
    const isRepeated = switchedAtMs - formerSwitchAtMs < cooldownMs - TOLERANCE_MS;
    if (isOrdered || isClaimed(former) || isRepeated) {
      const why = isRepeated ? 'another switch came shortly before' : 'its primary had proved itself';
      world.violated(`I7: a ballot opens ${Math.round(nowMs - switchedAtMs)} ms after a switch, and ${why}`);
      return;
    }
    world.counted('a primary that had not proved itself was replaced within the cooldown');
  };

  return {
    onState: (state) => {
      // An adoption switches nothing; its primary's taking of the key counts, because the cooldown does from then on.
      const isSwitched = state.switchedAtMs !== before?.switchedAtMs && state.switchedAtMs !== 0;
      if (isSwitched && state.promotions.length > 0) {
        formerSwitchAtMs = switchedAtMs;
        switchedAtMs = world.scheduler.nowMs();
      }
      const { ballot } = state;
      if (before?.phase === 'steady' && ballot !== null && ballot.cause !== STORE_ADOPTED)
        ballotOpened(before, ballot.ordered !== null);
      before = state;
    },
  };
}
