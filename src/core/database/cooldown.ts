/** The pause after a change of primary: no further one for a while, so that a fault cannot chase the database around (I7). */
import type { DatabaseFailover } from '../policy.ts';
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
