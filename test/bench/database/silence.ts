/**
 * What a client that writes all the time saw, as times between two acknowledgements. Pure. It counts acknowledgements alone:
 * an attempt that failed beside one that succeeded is no outage, and one that nobody answered is no end of one.
 */

import type { Sample } from '../../demo/sample.ts';

/** A silence at the end that is longer than this has not ended: the longest that a try may take. */
const OPEN_END_MS = 1_000;

/**
 * The longest time without an acknowledgement that reaches into a window. It begins with the last one before the window, so
 * that what the window's beginning cut short counts in full.
 *
 * @returns in ms; undefined when the last silence had not ended with the window, or nothing was acknowledged
 */
export function longestSilence(samples: readonly Sample[], fromMs: number, untilMs: number): number | undefined {
  const ends = samples
    .filter((each) => each.ok && each.endMs <= untilMs)
    .map((each) => each.endMs)
    .sort((a, b) => a - b);
  const first = ends.findLastIndex((each) => each <= fromMs);
  const seen = ends.slice(Math.max(0, first));
  const last = seen.at(-1);
  if (last === undefined || untilMs - last > OPEN_END_MS) return undefined;
  const silences = seen.slice(1).map((each, index) => each - (seen[index] ?? each));
  return Math.max(untilMs - last, ...silences);
}
