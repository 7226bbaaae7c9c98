/**
 * The clock by which the demo measures: the machine's monotonic clock, which every process on it shares, so that a fault
 * made here and a request made by a client process can be compared. Never the wall clock.
 */

/** Milliseconds since the machine started, with fractions. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
