/**
 * The ports through which time, waiting and chance enter the program. Everything that decides gets an instant as
 * an argument; only what lives (a lease holder, a mirror) holds one of these ports. The wall clock is not here on
 * purpose: no right may depend on it.
 */
import type { Instant } from './time.ts';

/** A monotonic clock: it never goes back, and a change of the wall clock does not move it. */
export interface Clock {
  /** Milliseconds since an unknown start. Comparable only with instants of the same process. */
  nowMs(): Instant;
}

/** A timer that has been set and can be taken back. */
export interface Timer {
  /** Idempotent; after it returns the callback does not run. */
  cancel(): void;
}

/** Waiting. A timer may fire late, never early; code that matters looks at the clock again when it fires. */
export interface Timers {
  after(delayMs: number, callback: () => void): Timer;
}

/** Chance, for jitter and ids. Seeded in the simulation. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}
