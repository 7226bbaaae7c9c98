/**
 * The fault table's result as one document for machines, checked against its schema before it is written, and as Markdown
 * for people. Pure but for the writing.
 */

import { chown, mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { check } from '../demo/report.ts';
import type { Verdict } from './verdict.ts';

const verdicts = ['held', 'held unexpectedly', 'BROKEN', 'fails as expected', 'skipped'] as const satisfies Verdict[];
const ms = z.number().int().nonnegative();

const row = z.strictObject({
  name: z.string().min(1),
  what: z.string(),
  shows: z.array(z.string()).readonly(),
  verdict: z.enum(verdicts),
  /** Why it was skipped or is expected to fail; empty otherwise. */
  why: z.string(),
  /** Null: it did not end. */
  outageMs: ms.nullable(),
  boundMs: ms,
  boundFormula: z.string(),
  /** Rows that clients were told are written. */
  acked: z.number().int().nonnegative().nullable(),
  ackedLost: ms.nullable(),
  dualWritableMs: ms.nullable(),
  /** The machine's load average of the last minute when the fault was made. */
  load: z.number().nonnegative(),
  checks: z.array(check).readonly(),
  /** What regent did and refused since the fault, one line each. */
  events: z.array(z.string()).readonly(),
});

const faultReport = z.strictObject({
  version: z.literal(1),
  /** Wall time of the beginning, ISO 8601. */
  startedAt: z.iso.datetime(),
  /** What was run: etcd, mariadb, kernel, node, regent. */
  versions: z.record(z.string(), z.string()),
  policy: z.record(z.string(), z.number()),
  rows: z.array(row).readonly(),
});

export type RowReport = Readonly<z.infer<typeof row>>;
export type FaultReport = Readonly<z.infer<typeof faultReport>>;

/** @throws ZodError when it does not fit its own schema */
export function reportJson(report: FaultReport): string {
  return `${JSON.stringify(faultReport.parse(report), null, 2)}\n`;
}

const HEAD = ['fault', 'result', 'outage', 'bound', 'lost', 'two writers', 'shows'];

/** The table as lines of equal columns, for a terminal. */
export function tableLines(rows: readonly RowReport[]): readonly string[] {
  const cells = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((each) => each[column]?.length ?? 0)));
  const line = (each: readonly string[]): string =>
    each.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return cells.map((each) => line(each).trimEnd());
}

export function reportMarkdown(report: FaultReport): string {
  const { startedAt, versions, policy, rows } = report;
  const table = [HEAD, HEAD.map(() => '---'), ...rows.map(cellsOf)].map((each) => `| ${each.join(' | ')} |`);
  return [
    `# Faults of the database, ${startedAt}`,
    '',
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    '',
    `Policy in ms: ${Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    '',
    ...table,
    '',
    ...rows.flatMap(section),
  ].join('\n');
}

/** Writes both forms; under `sudo` they belong to the user. @returns their paths */
export async function writeReports(
  report: FaultReport,
  paths: { readonly json: string; readonly markdown: string },
): Promise<readonly string[]> {
  const from = process.env.REGENT_INVOKED_FROM ?? process.cwd();
  const files = [
    [resolve(from, paths.json), reportJson(report)],
    [resolve(from, paths.markdown), reportMarkdown(report)],
  ] as const;
  const owner = Number(process.env.SUDO_UID);
  for (const [path, text] of files) {
    await mkdir(resolve(path, '..'), { recursive: true });
    await writeFile(path, text);
    if (owner > 0) await chown(path, owner, Number(process.env.SUDO_GID ?? owner));
  }
  return files.map(([path]) => path);
}

function cellsOf(each: RowReport): readonly string[] {
  const isSkipped = each.verdict === 'skipped';
  return [
    each.name,
    each.verdict,
    isSkipped ? '-' : each.outageMs === null ? 'did not end' : seconds(each.outageMs),
    seconds(each.boundMs),
    each.ackedLost === null ? '-' : String(each.ackedLost),
    each.dualWritableMs === null ? '-' : `${each.dualWritableMs} ms`,
    each.shows.join(' '),
  ];
}

function section(each: RowReport): readonly string[] {
  return [
    `## ${each.name}: ${each.verdict}`,
    '',
    `${each.what}. Bound: ${each.boundFormula} = ${seconds(each.boundMs)}. Load: ${each.load.toFixed(1)}.`,
    ...(each.why === '' ? [] : ['', each.why]),
    '',
    ...each.checks.map(
      (made) => `- ${made.ok ? 'ok' : 'FAIL'}: ${made.name}${made.detail === '' ? '' : ` (${made.detail})`}`,
    ),
    ...each.events.map((event) => `- event: ${event}`),
    '',
  ];
}

function seconds(value: number): string {
  return `${(value / 1000).toFixed(1)} s`;
}
