/**
 * Points in time and lengths of time as plain numbers with a brand. An `Instant` is monotonic and belongs to one
 * process: it decides. A `WallTime` is what an operator's watch shows: it is written into events and never decides.
 * The brands keep the two from being compared with each other.
 */

/** Monotonic milliseconds of one process, from an unknown start. */
export type Instant = number & { readonly __brand: 'Instant' };

/** A length of time in milliseconds; may be negative when it is a remainder. */
export type DurationMs = number;

/** Milliseconds since 1970-01-01 UTC by the machine's wall clock; for people, never for deadlines. */
export type WallTime = number & { readonly __brand: 'WallTime' };

/** @throws RangeError if the number is not finite: a deadline of NaN would never be reached. */
export function instant(valueMs: number): Instant {
  if (!Number.isFinite(valueMs)) throw new RangeError(`an instant must be finite, got ${valueMs}`);
  return valueMs as Instant;
}

/** @throws RangeError if the number is not finite. */
export function wallTime(valueMs: number): WallTime {
  if (!Number.isFinite(valueMs)) throw new RangeError(`a wall time must be finite, got ${valueMs}`);
  return valueMs as WallTime;
}

/** The instant `byMs` after `at` (before it, if negative). */
export function later(at: Instant, byMs: DurationMs): Instant {
  return instant(at + byMs);
}

/** How long it is from `from` to `to`; negative if `to` came first. */
export function elapsedMs(from: Instant, to: Instant): DurationMs {
  return to - from;
}

/** True from the deadline itself on: at the deadline the right is already gone. */
export function isPast(deadline: Instant, now: Instant): boolean {
  return now >= deadline;
}

export function earliest(first: Instant, ...others: readonly Instant[]): Instant {
  return instant(Math.min(first, ...others));
}
