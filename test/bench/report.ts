/**
 * What a benchmark run found: lines for people and one document for machines. Figures of two runs are never compared here,
 * because two runs met two machines.
 */

import type { DecideResult } from './decide.ts';
import type { FailoverKind, FailoverRun } from './failover.ts';
import type { IdleResult } from './idle.ts';
import type { Machine } from './machine.ts';
import { type Summary, summarize } from './statistics.ts';

export interface BenchReport {
  readonly version: 1;
  readonly machine: Machine;
  /** Load average of the last minute when the run began. */
  readonly load: number;
  readonly decide?: readonly DecideResult[];
  readonly idle?: IdleResult;
  readonly failover?: readonly FailoverRun[];
  readonly switchover?: readonly FailoverRun[];
}

const MIB = 1024 * 1024;

export function decideLines(results: readonly DecideResult[]): readonly string[] {
  const rows = results.map(({ name, callUs }) => [name, ...spread(callUs, microseconds)]);
  return table(['µs a call', ...SPREAD], rows);
}

export function failoverLines(kind: FailoverKind, runs: readonly FailoverRun[]): readonly string[] {
  const seconds = (ms: number): string => (ms / 1000).toFixed(3);
  const closed = runs.flatMap(({ closedMs }) => (closedMs === null ? [] : [closedMs]));
  const lost = runs.reduce((sum, each) => sum + each.lost, 0);
  return [
    ...table(
      ['s without writes', ...SPREAD],
      [
        [kind === 'failover' ? 'kill -9' : 'as a client sees it', ...spread(summarize(runs.map(outageOf)), seconds)],
        ...(closed.length === 0 ? [] : [['no server open', ...spread(summarize(closed), seconds)]]),
      ],
    ),
    `acknowledged writes lost: ${lost}; load: ${runs.map((each) => each.load.toFixed(1)).join(', ')}`,
  ];
}

export function idleLines({ stores, agents, durationMs }: IdleResult): readonly string[] {
  const mib = (bytes: number): string => (bytes / MIB).toFixed(0);
  const rows = agents.map(({ host, complaints, cpuPercent, rssBytes, pssBytes }) => [
    host,
    complaints.join('; ') || 'alive',
    cpuPercent.toFixed(1),
    mib(rssBytes.median),
    mib(pssBytes.median),
  ]);
  const writes = stores.map(({ store, revisionDelta, changed }) =>
    [`${store} ${revisionDelta}`, ...changed].join(', '),
  );
  return [
    `writes to the stores in ${(durationMs / 1000).toFixed(0)} s: ${writes.join('; ')}`,
    ...table(['agent', '', '% of a processor', 'RSS MiB', 'PSS MiB'], rows),
  ];
}

const SPREAD = ['median', 'min', 'p10', 'p90', 'p95', 'max', 'runs'];

function spread(summary: Summary, text: (value: number) => string): readonly string[] {
  const { median, min, p10, p90, p95, max, runs } = summary;
  return [...[median, min, p10, p90, p95, max].map(text), String(runs)];
}

function microseconds(value: number): string {
  return value < 100 ? value.toPrecision(2) : value.toFixed(0);
}

function outageOf({ outageMs }: FailoverRun): number {
  return outageMs;
}

/** The first column to the left, figures to the right. */
function table(head: readonly string[], body: readonly (readonly string[])[]): readonly string[] {
  const rows = [head, ...body];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
