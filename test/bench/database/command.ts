/**
 * `npm run bench -- database`: words in, figures out. Every run is kept in a file of its own beside the figures, from which
 * `--resume` goes on.
 */

import { chown, writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { benchDatabase } from './bench.ts';
import { type BenchFault, benchFaults } from './faults.ts';
import { databaseBench, databaseLines } from './figures.ts';
import { appendRecord, type RunRecord, readRecords, userPath } from './records.ts';

const REPORTS = '.bed-reports';
const RUNS_DEFAULT = 10;

export interface DatabaseOptions {
  readonly only?: readonly string[];
  readonly runs: number;
  readonly json?: string;
  readonly resume?: string;
  readonly keep?: boolean;
  readonly wait?: boolean;
}

/** Adds the words; `action` runs what they ask for. */
export function addDatabaseBench(program: Command, action: (options: DatabaseOptions) => Promise<void>): void {
  const names = benchFaults.map((each) => each.name);
  const collect = (name: string, earlier: readonly string[] = []): readonly string[] => {
    if (!names.includes(name)) throw new InvalidArgumentError(`There are ${names.join(', ')}.`);
    return [...earlier, name];
  };
  program
    .command('database')
    .description("each fault's write outage at the database route, with default timing")
    .option('--only <fault>', 'measure this one; may be repeated', collect)
    .option('--runs <count>', 'how often each', wholeNumber, RUNS_DEFAULT)
    .option('--json <file>', 'write the figures as JSON')
    .option('--resume <file>', `go on with the runs in this file; default: a new one below ${REPORTS}/`)
    .option('--keep', 'leave the bed up at the end')
    .option('--wait', 'wait while somebody else uses the bed')
    .addHelpText('after', `\n${benchFaults.map(({ name, what }) => `  ${name.padEnd(24)}${what}`).join('\n')}`)
    .action(action);
}

/** Measures, and shows what there is also when it is interrupted. @throws as benchDatabase does */
export async function measureDatabase(
  options: DatabaseOptions,
  { say, signal }: { readonly say: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { runs, only, resume, json, keep = false, wait = false } = options;
  const faults = benchFaults.filter(({ name }) => only?.includes(name) ?? true);
  const startedAt = new Date().toISOString().replaceAll(':', '-');
  const path = userPath(resume ?? `${REPORTS}/bench-database-${startedAt}.jsonl`);
  const records: RunRecord[] = resume === undefined ? [] : [...(await readRecords(path))];
  const onRecord = async (record: RunRecord): Promise<void> => {
    records.push(record);
    await appendRecord(path, record);
    if (json !== undefined) await writeFigures(userPath(json), faults, records);
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

/** Under `sudo` the file belongs to the user. */
async function writeFigures(path: string, faults: readonly BenchFault[], records: readonly RunRecord[]): Promise<void> {
  await writeFile(path, `${JSON.stringify(databaseBench(faults, records), null, 2)}\n`);
  const owner = Number(process.env.SUDO_UID);
  if (owner > 0) await chown(path, owner, Number(process.env.SUDO_GID ?? owner));
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('A number from 1 to 999 is needed.');
  return Number(text);
}
