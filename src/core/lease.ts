/**
 * The life of a lease as its holder may believe it. A lease counts as held until the send time of the last
 * acknowledged keep-alive, plus the TTL that the store granted, minus a margin: the store starts its own TTL only
 * after that sending, so the holder lets go before the store can give the lease away (I1), as long as clock rates
 * differ by no more than the margin allows. Nothing here asks a clock; the instants are arguments.
 *
 *   held      the last renewals were acknowledged
 *   suspect   renewals are overdue, the right still stands: no long work is begun
 *   expired   the deadline has passed: act as if somebody else already held it
 *
 * held ⇄ suspect → expired → held. The last step needs a keep-alive that the store acknowledged: then it never gave
 * the lease away in between. Time alone brings no right back, and whoever was told of the loss is told of the return.
 */
import { type DurationMs, elapsedMs, type Instant, isPast, later } from './time.ts';

/** What the holder knows of its lease. */
export interface HeldLease {
  readonly leaseId: string;
  /** When the last keep-alive that was acknowledged (or the grant) was *sent*. */
  readonly confirmedAt: Instant;
  /** What the store granted with it. */
  readonly ttlMs: DurationMs;
  /** Subtracted once, here, at the holder. */
  readonly marginMs: DurationMs;
}

export type LeasePhase = 'held' | 'suspect' | 'expired';

/** Five renewals in a TTL: two in a row may be lost, and the third still comes before the deadline. */
const RENEWALS_PER_TTL = 5;

/** One renewal may be lost. */
const PRESENCE_RENEWALS_PER_TTL = 3;

/** Overdue by more than two renewals is no longer one lost packet. */
const SUSPECT_AFTER_RENEWALS = 2;

/** @returns the instant from which on the holder must not act. */
export function leaseDeadline(lease: HeldLease): Instant {
  return later(lease.confirmedAt, lease.ttlMs - lease.marginMs);
}

/** @returns milliseconds until the deadline; zero or less once the right is gone. */
export function leaseRemainingMs(lease: HeldLease, now: Instant): DurationMs {
  return elapsedMs(now, leaseDeadline(lease));
}

export function leasePhase(lease: HeldLease, now: Instant): LeasePhase {
  if (isPast(leaseDeadline(lease), now)) return 'expired';
  const overdueMs = elapsedMs(lease.confirmedAt, now);
  return overdueMs > SUSPECT_AFTER_RENEWALS * renewEveryMs(lease.ttlMs) ? 'suspect' : 'held';
}

/** @returns how often a lease of this TTL is renewed whose loss hands something over. */
export function renewEveryMs(ttlMs: DurationMs): DurationMs {
  return ttlMs / RENEWALS_PER_TTL;
}

/** @returns how often a lease of this TTL is renewed that only says "I am here"; there are as many as nodes. */
export function renewPresenceEveryMs(ttlMs: DurationMs): DurationMs {
  return ttlMs / PRESENCE_RENEWALS_PER_TTL;
}

/**
 * The lease after a keep-alive was acknowledged. Acknowledgements may come out of order; none makes the deadline earlier.
 * @param sentAt when that keep-alive was sent, not when its answer came.
 * @param ttlMs what the store granted with it.
 */
export function confirmLease(lease: HeldLease, sentAt: Instant, ttlMs: DurationMs): HeldLease {
  const confirmed = { ...lease, confirmedAt: sentAt, ttlMs };
  return leaseDeadline(confirmed) > leaseDeadline(lease) ? confirmed : lease;
}
