/**
 * I7: bounded blast radius. After a change of primary no ballot opens for the policy's cooldown, whatever fails meanwhile,
 * so that a fault cannot chase the database around. A switchover that was ordered waits, too.
 */
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

/** Wall clocks are a little apart, and clock rates differ. */
const TOLERANCE_MS = 60;

export function oneSwitchPerCooldown(world: BallotWorld): BallotChecker {
  let switchedAtMs = Number.NEGATIVE_INFINITY;
  let recordedMs = 0;
  let term = 0n;
  return {
    afterStep: () => {
      const { state } = world.truth;
      if (state === undefined) return;
      const now = world.scheduler.nowMs();
      if (state.term > term && state.phase === 'ballot') {
        const { cooldownMs } = world.policies;
        const sinceMs = now - switchedAtMs;
        if (sinceMs < cooldownMs - TOLERANCE_MS) {
          world.violated(
            `I7: term ${state.term} begins ${sinceMs.toFixed(0)} ms after a switch, the cooldown is ${cooldownMs} ms`,
          );
        }
      }
      term = state.term;
      if (state.switchedAtMs !== recordedMs && state.promotions.length > 0) switchedAtMs = now;
      recordedMs = state.switchedAtMs;
    },
  };
}
