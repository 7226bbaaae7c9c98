/**
 * Chance that can be replayed, and jitter. The generator is mulberry32: 32 bits of state, good enough to spread
 * timers over time, never for secrets.
 */
import type { Random } from '../core/clock.ts';
import type { DurationMs } from '../core/time.ts';

/** @returns the same sequence for the same seed */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
    },
  };
}

/**
 * Spreads what would otherwise happen on all nodes at once.
 * @param fraction 0–1: how much of the length may be taken off
 * @returns a length in (delayMs · (1 − fraction), delayMs]: never longer than asked, so a bound stays a bound
 */
export function jittered(delayMs: DurationMs, fraction: number, random: Random): DurationMs {
  return delayMs * (1 - fraction * random.next());
}
