/** A false-positive run as lines for people and as a row of the benchmark's document. Pure. */

import { summarize } from '../statistics.ts';
import { BLIP_KINDS } from './blips.ts';
import type { FalsePositives } from './false-positives.ts';
import { type DatabaseBenchRow, spreadOf } from './figures.ts';
import type { Move } from './moves.ts';

export const FALSE_POSITIVES = 'false-positives';

/** Moves that nothing but a blip can be blamed for. */
export function unexcused({ moves }: Pick<FalsePositives, 'moves'>): readonly Move[] {
  return moves.filter((each) => !each.isExcused);
}

/** In the row's outage stands the longest pause of writes around each blip, which may be as long as the blip. */
export function falsePositiveRow({ blips, ackedLost, dualWritableMs }: FalsePositives): DatabaseBenchRow {
  const silences = blips.map((each) => each.silenceMs).filter((each) => each !== null);
  const isWhole = silences.length === blips.length && blips.length > 0;
  const outageMs = isWhole ? spreadOf(silences) : null;
  return { fault: FALSE_POSITIVES, runs: blips.length, outageMs, ackedLost, dualWritableMs };
}

export function falsePositiveLines(found: FalsePositives): readonly string[] {
  const { blips, limitMs, vetoes, acknowledged, ackedLost, dualWritableMs, moves } = found;
  const count = (kind: Move['kind']): number => unexcused(found).filter((each) => each.kind === kind).length;
  const tooLong = blips.filter(({ tookMs }) => tookMs !== null && tookMs > limitMs).length;
  const loads = summarize(blips.map((each) => each.load));
  const kinds = BLIP_KINDS.map((kind) => `${kind} ${blips.filter((each) => each.kind === kind).length}`);
  const dropped = blips.reduce((sum, each) => sum + each.droppedPackets, 0);
  const pauses = falsePositiveRow(found).outageMs;
  const pause =
    pauses === null
      ? 'did not end'
      : `${pauses.max} ms at most, ${pauses.p95} ms in 19 of 20, median ${pauses.median} ms`;
  return [
    `promotions: ${count('promotion')}; demotions: ${count('demotion')}`,
    `blips: ${blips.length} (${kinds.join(', ')}), ${dropped} packets dropped; the lease forgives ${limitMs} ms`,
    `longest pause of writes around a blip: ${pause}`,
    `acknowledged writes: ${acknowledged}, lost: ${ackedLost}; two writers: ${dualWritableMs} ms; ballots vetoed: ${vetoes}`,
    `load average: ${loads.median.toFixed(1)} (${loads.min.toFixed(1)} to ${loads.max.toFixed(1)})`,
    `blips that the busy machine stretched beyond what the lease forgives: ${tooLong}`,
    ...found.notMade.map((each) => `not made: ${each}`),
    ...moves.map(moveText),
  ];
}

function moveText({ kind, what, blip, isExcused }: Move): string {
  const after =
    blip === undefined ? 'before any blip' : `after ${blip.kind} ${blip.host} ${blip.unit} (${blip.tookMs ?? '-'} ms)`;
  return `${kind}: ${what}, ${after}${isExcused ? '; stretched, does not count' : ''}`;
}
