/**
 * From runs to figures: one row per fault, the document for machines and the Markdown table. Pure.
 *
 * Nothing is shorter than a healthy write: the floor is the longest time between two acknowledgements in the time before
 * the faults, when nothing was wrong, of all runs together. Where nothing may move, a silence that is no longer than the
 * floor is an outage of 0; a longer one counts in full. A machine so busy that healthy writes pause for longer than
 * FLOOR_MAX_MS has shown nothing, and its floor is no excuse.
 */

import { summarize } from '../statistics.ts';
import type { BenchFault } from './faults.ts';
import type { RunRecord } from './records.ts';

export interface DatabaseBenchRow {
  readonly fault: string;
  readonly runs: number;
  /** Null when an outage did not end: no figure says that. */
  readonly outageMs: {
    readonly min: number;
    readonly median: number;
    readonly p95: number;
    readonly max: number;
  } | null;
  /** Of all runs together; null when a run could not be audited. */
  readonly ackedLost: number | null;
  /** Of the worst run. */
  readonly dualWritableMs: number;
}

export interface DatabaseBench {
  readonly version: 1;
  readonly rows: readonly DatabaseBenchRow[];
}

export type Judged = Pick<BenchFault, 'name' | 'moves' | 'target'>;

const FLOOR_MAX_MS = 250;

/** @throws RangeError when there was no run */
export function floorOf(records: readonly RunRecord[]): number {
  return Math.min(FLOOR_MAX_MS, summarize(records.map((each) => each.healthyMs)).max);
}

/** Rows in the faults' order; a fault without a run has none. */
export function databaseBench(faults: readonly Judged[], records: readonly RunRecord[]): DatabaseBench {
  const rows = faults.flatMap((fault) => {
    const own = records.filter((each) => each.fault === fault.name);
    return own.length === 0 ? [] : [rowOf(fault, own, floorOf(records))];
  });
  return { version: 1, rows };
}

function rowOf({ name, moves }: Judged, runs: readonly RunRecord[], floorMs: number): DatabaseBenchRow {
  const outageOf = (silenceMs: number): number => (moves === 'nothing' && silenceMs <= floorMs ? 0 : silenceMs);
  const silences = known(runs.map((each) => each.silenceMs));
  const losses = known(runs.map((each) => each.ackedLost));
  return {
    fault: name,
    runs: runs.length,
    outageMs: silences === null ? null : spreadOf(silences.map(outageOf)),
    ackedLost: losses === null ? null : losses.reduce((sum, each) => sum + each, 0),
    dualWritableMs: Math.max(...runs.map((each) => each.dualWritableMs)),
  };
}

/** Whether a row keeps its target, loses nothing and shows no second writer. */
export function isReached({ target }: Judged, row: DatabaseBenchRow): boolean {
  const { outageMs, ackedLost, dualWritableMs } = row;
  const isInTime = outageMs !== null && outageMs.median <= target.medianMs && outageMs.p95 <= target.p95Ms;
  return isInTime && ackedLost === 0 && dualWritableMs === 0;
}

export function databaseLines(faults: readonly Judged[], records: readonly RunRecord[]): readonly string[] {
  const head = ['fault', 'runs', 'min s', 'median s', 'p95 s', 'max s', 'target s', '', 'lost', 'two writers ms'];
  const { rows } = databaseBench(faults, records);
  const body = rows.flatMap((row) => {
    const judged = faults.find((each) => each.name === row.fault);
    return judged === undefined ? [] : [cells(judged, row)];
  });
  const loads = summarize(records.map((each) => each.load));
  return [
    ...[head, head.map((_, column) => (column === 0 || column === 7 ? '---' : '---:')), ...body].map(
      (each) => `| ${each.join(' | ')} |`,
    ),
    '',
    `Target: median / p95. 0 is no silence above the floor: ${floorOf(records)} ms, the longest between two healthy writes.`,
    `Load average when the faults were made: ${loads.median.toFixed(1)} (${loads.min.toFixed(1)} to ${loads.max.toFixed(1)}).`,
    ...records
      .filter((each) => each.moved.length > 0)
      .map((each) => `Moved by ${each.fault}: ${each.moved.join('; ')}`),
  ];
}

function cells(judged: Judged, row: DatabaseBenchRow): readonly string[] {
  const { outageMs, ackedLost, dualWritableMs } = row;
  const spread =
    outageMs === null
      ? ['-', '-', '-', 'did not end']
      : [outageMs.min, outageMs.median, outageMs.p95, outageMs.max].map(seconds);
  const target = `${judged.target.medianMs / 1000} / ${judged.target.p95Ms / 1000}`;
  const verdict = isReached(judged, row) ? 'reached' : 'not reached';
  return [
    row.fault,
    String(row.runs),
    ...spread,
    target,
    verdict,
    String(ackedLost ?? 'unknown'),
    String(dualWritableMs),
  ];
}

function known(values: readonly (number | null)[]): readonly number[] | null {
  const numbers = values.filter((each) => each !== null);
  return numbers.length === values.length ? numbers : null;
}

/** @throws RangeError without a value */
export function spreadOf(values: readonly number[]): NonNullable<DatabaseBenchRow['outageMs']> {
  const { min, median, p95, max } = summarize(values);
  return { min: Math.round(min), median: Math.round(median), p95: Math.round(p95), max: Math.round(max) };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
