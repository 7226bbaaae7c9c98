/**
 * Until when a primary may write its write-probe row. A replica that received a fresh one vetoes a ballot, so a primary
 * whose right is running out writes none in the end: it would be taken for a sign of life after the server was closed.
 */
import type { DatabaseFailover } from '../policy.ts';
import type { DurationMs } from '../time.ts';

/** A replica looks for new rows at least this often, and takes the moment at which it finds one for that of its arrival. */
const LOOK_MS = 1_000;
/** A right that is renewed in time, every fifth of the TTL, never sinks below this part of what a renewal gives. */
const RENEWED_PART = 0.6;

/**
 * The store lets the key go no earlier than the margin after the right's end: counted from there the last row has to be
 * older than a veto may be, also if it was found late.
 * @param remainingMs - how long the right still lasts
 */
export function mayProbe(policy: DatabaseFailover, remainingMs: DurationMs): boolean {
  const { writeProbe, ttlMs, marginMs } = policy;
  const silentMs = writeProbe.vetoWithinMs + Math.min(LOOK_MS, writeProbe.everyMs) - marginMs;
  return remainingMs > Math.min(silentMs, RENEWED_PART * (ttlMs - marginMs));
}
