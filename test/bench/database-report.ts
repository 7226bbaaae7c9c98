/** The figures of the database benchmark: one document for machines and one Markdown table. Pure. */

import type { RowReport } from '../faults/report.ts';
import { summarize } from './statistics.ts';

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
  /** Of the worst run; null when a run was not watched. */
  readonly dualWritableMs: number | null;
}

export interface DatabaseBench {
  readonly version: 1;
  readonly rows: readonly DatabaseBenchRow[];
}

/** @throws RangeError when there was no run */
export function databaseRow(
  fault: string,
  runs: readonly Pick<RowReport, 'outageMs' | 'ackedLost' | 'dualWritableMs'>[],
): DatabaseBenchRow {
  if (runs.length === 0) throw new RangeError(`nothing can be said about ${fault}: there was no run`);
  const outages = known(runs.map((each) => each.outageMs));
  const losses = known(runs.map((each) => each.ackedLost));
  const duals = known(runs.map((each) => each.dualWritableMs));
  return {
    fault,
    runs: runs.length,
    outageMs: outages === null ? null : spreadOf(outages),
    ackedLost: losses === null ? null : losses.reduce((sum, each) => sum + each, 0),
    dualWritableMs: duals === null ? null : Math.max(...duals),
  };
}

export function databaseLines({ rows }: DatabaseBench): readonly string[] {
  const head = ['fault', 'runs', 'min s', 'median s', 'p95 s', 'max s', 'acknowledged lost', 'two open ms (worst)'];
  const body = rows.map(({ fault, runs, outageMs, ackedLost, dualWritableMs }) => {
    const spread = outageMs === null ? ['-', '-', '-', 'did not end'] : Object.values(outageMs).map(seconds);
    return [fault, String(runs), ...spread, String(ackedLost ?? 'unknown'), String(dualWritableMs ?? 'unknown')];
  });
  return [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...body].map(
    (each) => `| ${each.join(' | ')} |`,
  );
}

function known(values: readonly (number | null)[]): readonly number[] | null {
  const numbers = values.filter((each) => each !== null);
  return numbers.length === values.length ? numbers : null;
}

function spreadOf(values: readonly number[]): NonNullable<DatabaseBenchRow['outageMs']> {
  const { min, median, p95, max } = summarize(values);
  return { min: Math.round(min), median: Math.round(median), p95: Math.round(p95), max: Math.round(max) };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
