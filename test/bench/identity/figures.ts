/** From runs to figures: one row per kind of switch, the document for machines and the Markdown table. Pure. */

import { spreadOf } from '../database/figures.ts';
import { summarize } from '../statistics.ts';
import { type FilesRun, fileKinds } from './files-run.ts';
import { type SwitchRun, switchKinds } from './switch-run.ts';

export type AnyRun = SwitchRun | FilesRun;

/** The row format of `bench -- database`; what a switch of Keystones cannot lose is null. */
export interface IdentityBenchRow {
  readonly fault: string;
  readonly runs: number;
  readonly outageMs: { readonly min: number; readonly median: number; readonly p95: number; readonly max: number };
  readonly ackedLost: null;
  readonly dualWritableMs: null;
  readonly requests: number;
  readonly failedRequests: number;
}

export interface IdentityBench {
  readonly version: 1;
  readonly rows: readonly IdentityBenchRow[];
}

/** To be reached in the median, by `via: proxy`. */
const TARGET_MS = 500;
/** By `via: config`: 30 s for three nodes, so 10 s for each. */
const TARGET_PER_NODE_MS = 10_000;

export function identityBench(runs: readonly AnyRun[]): IdentityBench {
  const rows = [...switchKinds, ...fileKinds].flatMap((kind): readonly IdentityBenchRow[] => {
    const own = runs.filter((each) => each.kind === kind);
    if (own.length === 0) return [];
    const total = (count: (run: AnyRun) => number): number => own.reduce((sum, each) => sum + count(each), 0);
    return [
      {
        fault: kind,
        runs: own.length,
        outageMs: spreadOf(own.map((each) => Math.round(each.tookMs))),
        ackedLost: null,
        dualWritableMs: null,
        requests: total((each) => each.requests),
        failedRequests: total((each) => each.failed),
      },
    ];
  });
  return { version: 1, rows };
}

/** A service that is restarted loses requests, so that only a switch of the proxies promises none. */
export const isReached = (row: IdentityBenchRow, nodes: number): boolean =>
  row.outageMs.median <= targetMs(row, nodes) && (isByFiles(row) || row.failedRequests === 0);

const isByFiles = ({ fault }: IdentityBenchRow): boolean => fileKinds.some((kind) => kind === fault);

const targetMs = (row: IdentityBenchRow, nodes: number): number =>
  isByFiles(row) ? nodes * TARGET_PER_NODE_MS : TARGET_MS;

export function identityLines(runs: readonly AnyRun[]): readonly string[] {
  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  const head = ['order', 'runs', 'min s', 'median s', 'p95 s', 'max s', 'target s', '', 'requests', 'failed'];
  const perNode = runs.flatMap((run) => ('perNodeMs' in run ? run.perNodeMs : []));
  const nodes = Math.max(...runs.map((run) => ('perNodeMs' in run ? run.perNodeMs.length : 0)));
  const rows = identityBench(runs).rows.map((row) => [
    row.fault,
    String(row.runs),
    ...[row.outageMs.min, row.outageMs.median, row.outageMs.p95, row.outageMs.max].map(seconds),
    String(targetMs(row, nodes) / 1000),
    isReached(row, nodes) ? 'reached' : 'not reached',
    String(row.requests),
    String(row.failedRequests),
  ]);
  const loads = summarize(runs.map((each) => each.load));
  const rule = head.map((_, column) => (column === 0 || column === 7 ? '---' : '---:'));
  return [
    ...[head, rule, ...rows].map((each) => `| ${each.join(' | ')} |`),
    '',
    'From the decision to the first token that a service has validated by the new way.',
    ...(perNode.length === 0 ? [] : [perNodeLine(perNode, nodes)]),
    `Load average: ${loads.median.toFixed(1)} (${loads.min.toFixed(1)} to ${loads.max.toFixed(1)}).`,
  ];
}

function perNodeLine(perNodeMs: readonly number[], nodes: number): string {
  const { min, median, max } = summarize(perNodeMs.map((each) => each / 1000));
  return `By files, of ${nodes} nodes: each ${median.toFixed(1)} s (${min.toFixed(1)} to ${max.toFixed(1)}).`;
}
