/**
 * I7: no ballot opens within the cooldown after a switch, but once, for a primary that was lost before a replica had
 * acknowledged a write of it. By the store's own truth, whatever the arbiters' clocks say.
 */
import type { DatabaseState } from '../../../../src/core/database/state.ts';
import { databaseStateKey } from '../../../../src/store/keys.ts';
import { DATABASE } from '../settings.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

/** Wall clocks differ by 40 ms at most, and drift a little in a cooldown. */
const CLOCKS_MS = 100;

export function oneSwitch(world: BallotWorld): BallotChecker {
  const { cooldownMs } = world.policy.policy;
  let before: DatabaseState | undefined;
  let revision = 0n;
  let switchedAtMs = Number.NEGATIVE_INFINITY;
  let replacedAtMs = Number.NEGATIVE_INFINITY;

  const ballotOpened = (state: DatabaseState): void => {
    const nowMs = world.scheduler.nowMs();
    if (nowMs - switchedAtMs >= cooldownMs - CLOCKS_MS) return;
    const isProved = state.ackerInvocation !== null;
    const isRepeated = switchedAtMs - replacedAtMs < cooldownMs - CLOCKS_MS;
    if (isProved || isRepeated) {
      const why = isProved ? 'its primary had proved itself' : 'it was a replacement itself';
      world.violated(`I7: a ballot opens ${Math.round(nowMs - switchedAtMs)} ms after a switch, and ${why}`);
      return;
    }
    replacedAtMs = nowMs;
    world.counted('a primary that had not proved itself was replaced within the cooldown');
  };

  return {
    afterStep: () => {
      const found = world.cluster.state.get(databaseStateKey(DATABASE))?.modRevision ?? 0n;
      if (found === revision) return;
      revision = found;
      const state = world.state();
      const isSwitched = state?.switchedAtMs !== before?.switchedAtMs && (state?.promotions.length ?? 0) > 0;
      if (isSwitched) switchedAtMs = world.scheduler.nowMs();
      if (before?.phase === 'steady' && state?.ballot?.step === 'poll') ballotOpened(before);
      before = state;
    },
  };
}
