/**
 * `npm run bench -- database`: words in, figures out. Every run is kept in a file of its own beside the figures, from which
 * `--resume` goes on. The false-positive run is another kind of run under the same command: it has minutes, and no faults.
 */

import { chown, writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { IdentityBench } from '../identity/figures.ts';
import { onBed } from '../on-bed.ts';
import { benchDatabase } from './bench.ts';
import { FALSE_POSITIVES, falsePositiveLines, falsePositiveRow, unexcused } from './false-positive-report.ts';
import { falsePositives } from './false-positives.ts';
import { type BenchFault, benchFaults } from './faults.ts';
import { type DatabaseBench, databaseBench, databaseLines } from './figures.ts';
import { applyBenchPolicy, benchPolicy } from './policy.ts';
import { appendRecord, type RunRecord, readRecords, userPath } from './records.ts';

const REPORTS = '.bed-reports';
const RUNS_DEFAULT = 10;
const MINUTES_DEFAULT = 60;

export interface DatabaseOptions {
  readonly only?: readonly string[];
  readonly runs: number;
  /** Of the false-positive run. */
  readonly minutes: number;
  readonly seed: number;
  readonly json?: string;
  readonly resume?: string;
  readonly keep?: boolean;
  readonly wait?: boolean;
}

/** Adds the words; `action` runs what they ask for. */
export function addDatabaseBench(program: Command, action: (options: DatabaseOptions) => Promise<void>): void {
  const names = [...benchFaults.map((each) => each.name), FALSE_POSITIVES];
  const collect = (name: string, earlier: readonly string[] = []): readonly string[] => {
    if (!names.includes(name)) throw new InvalidArgumentError(`There are ${names.join(', ')}.`);
    return [...earlier, name];
  };
  program
    .command('database')
    .description("each fault's write outage at the database route, with default timing")
    .option('--only <fault>', 'measure this one; may be repeated', collect)
    .option('--runs <count>', 'how often each', wholeNumber, RUNS_DEFAULT)
    .option('--minutes <count>', `of ${FALSE_POSITIVES}: for how long`, wholeNumber, MINUTES_DEFAULT)
    .option('--seed <number>', `of ${FALSE_POSITIVES}: the same seed, the same blips`, wholeNumber, 1)
    .option('--json <file>', 'write the figures as JSON')
    .option('--resume <file>', `go on with the runs in this file; default: a new one below ${REPORTS}/`)
    .option('--keep', 'leave the bed up at the end')
    .option('--wait', 'wait while somebody else uses the bed')
    .addHelpText('after', `\n${descriptions().join('\n')}`)
    .action(action);
}

function descriptions(): readonly string[] {
  const blips =
    'pauses, cuts, elections and busy processors, each shorter than the lease: nothing may move; only by name';
  return [...benchFaults, { name: FALSE_POSITIVES, what: blips }].map(
    ({ name, what }) => `  ${name.padEnd(24)}${what}`,
  );
}

interface Tools {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Measures, and shows what there is also when it is interrupted.
 *
 * @returns false when a false positive was found; figures that miss a target are figures
 * @throws as benchDatabase and falsePositives do
 */
export async function measureDatabase(options: DatabaseOptions, tools: Tools): Promise<boolean> {
  const { only } = options;
  const faults = benchFaults.filter(({ name }) => only?.includes(name) ?? true);
  if (faults.length > 0) await measureFaults(faults, options, tools);
  return only?.includes(FALSE_POSITIVES) === true ? measureFalsePositives(options, tools) : true;
}

async function measureFaults(
  faults: readonly BenchFault[],
  { runs, resume, json, keep = false, wait = false }: DatabaseOptions,
  { say, signal }: Tools,
): Promise<void> {
  const startedAt = new Date().toISOString().replaceAll(':', '-');
  const path = userPath(resume ?? `${REPORTS}/bench-database-${startedAt}.jsonl`);
  const records: RunRecord[] = resume === undefined ? [] : [...(await readRecords(path))];
  const onRecord = async (record: RunRecord): Promise<void> => {
    records.push(record);
    await appendRecord(path, record);
    if (json !== undefined) await writeFigures(json, databaseBench(faults, records));
  };
  try {
    await benchDatabase({ faults, runs, earlier: [...records], signal, keep, wait, say, onRecord });
  } finally {
    if (records.length > 0) {
      console.log(['', ...databaseLines(faults, records), ''].join('\n'));
      say(`runs: ${path}`);
    }
  }
}

async function measureFalsePositives(
  { minutes, seed, json, keep = false, wait = false }: DatabaseOptions,
  { say, signal }: Tools,
): Promise<boolean> {
  const wanted = await benchPolicy();
  let isHeld = false;
  await onBed({ say, signal, keep, wait }, async (bed) => {
    await applyBenchPolicy(wanted, signal);
    say(`blips for ${minutes} min, seed ${seed}`);
    const found = await falsePositives({ bed, timing: wanted.policy, minutes, seed, signal, say });
    console.log(['', ...falsePositiveLines(found), ''].join('\n'));
    if (json !== undefined) await writeFigures(json, { version: 1, rows: [falsePositiveRow(found)] });
    isHeld = unexcused(found).length === 0;
  });
  return isHeld;
}

/** Under `sudo` the file belongs to the user. */
export async function writeFigures(file: string, figures: DatabaseBench | IdentityBench): Promise<void> {
  const path = userPath(file);
  await writeFile(path, `${JSON.stringify(figures, null, 2)}\n`);
  const owner = Number(process.env.SUDO_UID);
  if (owner > 0) await chown(path, owner, Number(process.env.SUDO_GID ?? owner));
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('A number from 1 to 9999 is needed.');
  return Number(text);
}
