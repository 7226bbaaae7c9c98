/**
 * `npm run bed -- faults` and `npm run bed -- soak`: rows of the fault table one after the other on a bed with regent's
 * agents and the bed's policies. Words in, exit code out: 0 everything that ran held, 1 something did not; 130 by the bed's
 * command when it was interrupted, with the bed taken down and what ran until then reported.
 */

import { type Command, InvalidArgumentError } from 'commander';
import { Screen } from '../demo/screen.ts';
import { bedPolicy } from './bed-policy.ts';
import { chosenRows } from './choice.ts';
import { saveJournals } from './journals.ts';
import { type FaultReport, type RowReport, tableLines, writeReports } from './report.ts';
import type { FaultRow } from './row.ts';
import { faultRows, rowsByName } from './rows/all.ts';
import { runTable } from './run-table.ts';
import { type SoakPlan, soakLines } from './soak-lines.ts';
import { isHeld, lastWord } from './verdict.ts';
import { versionsNow } from './versions.ts';

const REPORTS = '.bed-reports';
const EXIT_BROKEN = 1;

interface FaultOptions {
  readonly only?: readonly string[];
  readonly list?: boolean;
  readonly json?: string;
  readonly wait?: boolean;
  readonly keep?: boolean;
}

interface SoakOptions extends Pick<FaultOptions, 'wait' | 'json'> {
  readonly minutes: number;
  readonly seed: number;
}

export function addFaultTable(program: Command, signal: AbortSignal): void {
  program
    .command('faults')
    .description('run the table of faults of the database on a bed of its own, and write a report')
    .option('--only <row>', 'run this row; may be repeated', collectRow)
    .option('--list', 'name the rows and end')
    .option('--json <file>', `where the report goes, Markdown beside it; default: dated, below ${REPORTS}/`)
    .option('--wait', 'wait while somebody else uses the bed')
    .option('--keep', 'leave the bed up at the end')
    .action((options: FaultOptions) => faults(options, signal));
  program
    .command('soak')
    .description('run rows in a random order until the time is over or a promise is broken')
    .requiredOption('--minutes <count>', 'begin no row after this many minutes', wholeNumber)
    .option('--seed <number>', 'the same seed, the same order', wholeNumber, 1)
    .option('--json <file>', `where the report goes; default: dated, below ${REPORTS}/`)
    .option('--wait', 'wait while somebody else uses the bed')
    .action((options: SoakOptions) => soak(options, signal));
}

async function faults(options: FaultOptions, signal: AbortSignal): Promise<void> {
  const rows = options.only === undefined ? faultRows : rowsByName(options.only);
  if (options.list === true) {
    const { timing } = await timingNow();
    for (const row of rows) {
      console.log(`${row.name.padEnd(27)} ${row.what}`);
      const mark =
        row.skipped !== undefined ? '; skipped' : row.expectedToFail !== undefined ? '; expected to fail' : '';
      console.log(
        `${''.padEnd(27)}   ${row.outage.ms(timing) / 1000} s = ${row.outage.formula}; ${row.shows.join(' ')}${mark}`,
      );
    }
    return;
  }
  await reported(rows, { ...options, stopAtFirst: false, keep: options.keep === true }, signal);
}

async function soak(options: SoakOptions, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + options.minutes * 60_000;
  const rows = faultRows.filter((each) => each.skipped === undefined && each.expectedToFail === undefined);
  const endless = chosenRows(rows, options.seed);
  function* bounded(): Generator<FaultRow> {
    for (const row of endless) {
      if (performance.now() >= untilMs) return;
      yield row;
    }
  }
  await reported(bounded(), { ...options, stopAtFirst: true, keep: false, soak: options }, signal);
}

interface ReportedOptions extends Pick<FaultOptions, 'json' | 'wait'> {
  /** Ends with the first broken promise. */
  readonly stopAtFirst: boolean;
  readonly keep: boolean;
  readonly soak?: SoakPlan;
}

async function reported(rows: Iterable<FaultRow>, options: ReportedOptions, signal: AbortSignal): Promise<void> {
  const screen = new Screen({ write: (text) => process.stdout.write(text), isTerminal: process.stdout.isTTY === true });
  const startedAt = new Date().toISOString();
  const base = (options.json ?? `${REPORTS}/faults-${startedAt.replaceAll(':', '-')}.json`).replace(/\.json$/, '');
  const paths = { json: `${base}.json`, markdown: `${base}.md` };
  const { timing, policy } = await timingNow();
  const reports: RowReport[] = [];
  let versions: FaultReport['versions'] = {};
  const write = () => writeReports({ version: 1, startedAt, versions, policy, rows: reports }, paths);
  const { keep, wait = false, stopAtFirst } = options;
  try {
    await runTable(rows, {
      timing,
      screen,
      signal,
      keep,
      wait,
      prepare: async () => {
        versions = await versionsNow();
      },
      onReport: async (report, samples) => {
        reports.push(report);
        await write();
        if (report.verdict !== 'BROKEN') return true;
        screen.line(`  journals: ${await saveJournals(`${base}-${report.name}`, samples)}`);
        return !stopAtFirst;
      },
    });
  } finally {
    conclude(reports, screen, { isInterrupted: signal.aborted, soak: options.soak });
    if (reports.length > 0) screen.line(`report: ${(await write()).join(', ')}`);
  }
}

function conclude(
  reports: readonly RowReport[],
  screen: Screen,
  { isInterrupted, soak }: { readonly isInterrupted: boolean; readonly soak: SoakPlan | undefined },
): void {
  screen.stopLive();
  const summary = soak === undefined ? [] : ['', ...soakLines(reports, soak)];
  for (const line of ['', ...tableLines(reports), ...summary]) screen.line(line);
  const verdicts = reports.map((each) => each.verdict);
  const held = isHeld(verdicts);
  screen.verdict(held, lastWord(verdicts, isInterrupted));
  process.exitCode = held ? 0 : EXIT_BROKEN;
}

async function timingNow() {
  const timing = await bedPolicy();
  const { ttlMs, marginMs, cooldownMs, stepTimeoutMs, withinRegion, betweenRegions } = timing;
  const holdDowns = { holdDownMs: withinRegion.holdDownMs, betweenRegionsHoldDownMs: betweenRegions.holdDownMs };
  return { timing, policy: { ttlMs, marginMs, cooldownMs, stepTimeoutMs, ...holdDowns } };
}

function collectRow(name: string, earlier: readonly string[] = []): readonly string[] {
  if (!faultRows.some((each) => each.name === name))
    throw new InvalidArgumentError(`Rows are: ${faultRows.map((each) => each.name).join(', ')}.`);
  return [...earlier, name];
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A whole number of at most nine digits is needed.');
  return Number(text);
}
