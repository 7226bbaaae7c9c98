/**
 * What a client's samples say about an outage. Pure. An outage ends with the first success that began after the fault and
 * was followed by nothing but successes for a while: a single lucky answer in the middle of a failover is no recovery.
 */

import type { Sample, SampleKind } from './sample.ts';

/** A success counts when no attempt that began within this time after it failed. */
export const SUSTAINED_MS = 3_000;

export interface Outage {
  /** From the fault to the end of the first success that lasted. */
  readonly outageMs: number;
  readonly attempts: number;
  readonly failures: number;
}

/**
 * @param faultMs - when the fault was made
 * @returns undefined when no success after the fault has lasted yet
 */
export function outageAfter(samples: readonly Sample[], kind: SampleKind, faultMs: number): Outage | undefined {
  const later = samples.filter((each) => each.kind === kind && each.startMs >= faultMs);
  const inOrder = later.toSorted((a, b) => a.startMs - b.startMs);
  const end = inOrder.find((each) => each.ok && isFollowedBySuccess(each, inOrder));
  if (end === undefined) return undefined;
  const until = inOrder.filter((each) => each.startMs <= end.startMs);
  return {
    outageMs: end.endMs - faultMs,
    attempts: until.length,
    failures: until.filter((each) => !each.ok).length,
  };
}

/**
 * The longest time from one acknowledged attempt to the next, as far as it lies after the fault; a fault that shows late, as
 * a lease does that runs out, is felt late.
 *
 * @param faultMs - the time before it does not count
 * @returns undefined when the last attempt was not acknowledged, or none was since the fault: the gap is open
 */
export function longestGap(samples: readonly Sample[], kind: SampleKind, faultMs: number): number | undefined {
  const ends = samples
    .filter((each) => each.kind === kind && each.endMs >= faultMs)
    .toSorted((a, b) => a.endMs - b.endMs);
  if (ends.at(-1)?.ok !== true) return undefined;
  const acknowledged = [faultMs, ...ends.filter((each) => each.ok).map((each) => each.endMs)];
  return Math.max(...acknowledged.slice(1).map((each, index) => each - (acknowledged[index] ?? faultMs)));
}

/**
 * The same for a service that may come back elsewhere: one list of attempts per place, and an acknowledgement anywhere ends
 * the gap. A region's database route leads to its own read-only replicas while the primary is in another region.
 *
 * @returns undefined when nowhere the last attempt was acknowledged
 */
export function longestGapAnywhere(
  places: readonly (readonly Sample[])[],
  kind: SampleKind,
  faultMs: number,
): number | undefined {
  const isServed = (samples: readonly Sample[]): boolean => longestGap(samples, kind, faultMs) !== undefined;
  if (!places.some(isServed)) return undefined;
  return longestGap(
    places.flat().filter((each) => each.ok),
    kind,
    faultMs,
  );
}

/** Attempts of a kind that began in [fromMs, toMs) and failed. */
export function failuresBetween(
  samples: readonly Sample[],
  fromMs: number,
  toMs = Number.POSITIVE_INFINITY,
): readonly Sample[] {
  return samples.filter((each) => !each.ok && each.startMs >= fromMs && each.startMs < toMs);
}

/** The longest run of `write refused by an answer, read accepted` in the order in which they were tried. */
export function longestAlternation(samples: readonly Sample[]): number {
  const tried = samples.filter((each) => each.kind === 'write' || each.kind === 'read');
  let longest = 0;
  let current = 0;
  for (const [index, each] of tried.entries()) {
    const isRefusedWrite = each.kind === 'write' && !each.ok && each.status >= 400;
    const next = tried[index + 1];
    if (each.kind === 'read') continue;
    current = isRefusedWrite && next?.kind === 'read' && next.ok ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}

function isFollowedBySuccess(success: Sample, inOrder: readonly Sample[]): boolean {
  const untilMs = success.startMs + SUSTAINED_MS;
  const following = inOrder.filter((each) => each.startMs > success.startMs && each.startMs <= untilMs);
  const hasLasted = inOrder.some((each) => each.ok && each.startMs > untilMs - SUSTAINED_MS / 3);
  return following.every((each) => each.ok) && hasLasted;
}
