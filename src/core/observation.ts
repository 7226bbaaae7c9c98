/**
 * What a probe may report. `unknown` means that the probe could not look; it is never the same as `failed`, which means
 * that it looked and the thing is down. Decisions count them apart (a node that cannot look has no vote).
 */

/** How a probed thing is. */
export type Health = 'ok' | 'degraded' | 'failed' | 'unknown';

/** Plain facts beside the verdict, for people and for the core. Values that change all the time (lag, positions, counters) do not belong here: observations are written to the store when they change. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** What one probe saw on one node. */
export interface Observation {
  readonly health: Health;
  /** One sentence for people: what was tried and what came back. */
  readonly detail: string;
  readonly facts: Facts;
}

/** An observation as the region's leader sees it, with the time for which it has stood. */
export interface SeenObservation extends Observation {
  readonly node: string;
  readonly probe: string;
  /** How long this health has been seen by the reader without a change, in ms of the reader's monotonic clock. */
  readonly standingMs: number;
}

/**
 * Tells whether two observations say the same, so that the second need not be written.
 * @param a - the observation last written, or undefined if there is none
 * @param b - the new one
 */
export function saysTheSame(a: Observation | undefined, b: Observation): boolean {
  if (a === undefined || a.health !== b.health) return false;
  const keys = new Set([...Object.keys(a.facts), ...Object.keys(b.facts)]);
  return [...keys].every((key) => a.facts[key] === b.facts[key]);
}
