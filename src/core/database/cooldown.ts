/**
 * The pause after a change of primary: no further one for a while, so that a fault cannot chase the database around (I7).
 * A switch is not over before its primary has proved itself: one that is lost earlier is replaced without the pause. That
 * is done once in a cooldown, so that whatever ends each new primary ends two of them and not all.
 */
import type { DatabaseFailover } from '../policy.ts';
import { isClaimed } from './ackers.ts';
import type { DatabaseState } from './state.ts';

/**
 * What is left of it, in ms; zero or less when it is over. The wall clock may have been stepped, so the reader's own
 * monotonic view counts as well; the longer time wins.
 * @param standingMs - for how long the reader has seen the state unchanged
 */
export function cooldownRestMs(
  policy: DatabaseFailover,
  state: DatabaseState,
  { wallMs, standingMs }: { readonly wallMs: number; readonly standingMs: number },
): number {
  if (state.promotions.length === 0) return 0;
  return policy.cooldownMs - Math.max(wallMs - state.switchedAtMs, standingMs);
}

/**
 * Was the primary that the last promotion opened lost before any replica had acknowledged a write of it, and did no other
 * promotion come shortly before? What it may have taken is judged by the ballot, as always. A promotion whose time is not
 * recorded counts as one that was shortly before.
 */
export function isFirstReplacement(policy: DatabaseFailover, state: DatabaseState): boolean {
  const [last, before] = state.promotions;
  if (last?.term !== state.term || last.node !== state.primary || isClaimed(state)) return false;
  if (before === undefined) return true;
  return last.atMs !== null && before.atMs !== null && last.atMs - before.atMs >= policy.cooldownMs;
}
