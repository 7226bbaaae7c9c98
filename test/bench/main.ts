/**
 * The benchmark's command: words in, exit code out (0 measured, 1 something failed or a promise did not hold, 2 wrong
 * usage or the bed is taken, 130 interrupted). It measures; the only promise that it judges is that an idle system writes
 * nothing, because figures of another one would be worthless.
 */

import { chown, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { LockHeld } from '../bed/lock.ts';
import { interruption } from '../demo/interruption.ts';
import { addDatabaseBench, measureDatabase } from './database/command.ts';
import { benchDecide } from './decide.ts';
import { benchFailover, type FailoverKind, type FailoverRun } from './failover.ts';
import { addIdentityBench, measureIdentity } from './identity/command.ts';
import { watchIdle } from './idle.ts';
import { idleChecks } from './idle-checks.ts';
import { loadNow, thisMachine } from './machine.ts';
import { onBed } from './on-bed.ts';
import { type BenchReport, decideLines, failoverLines, idleLines } from './report.ts';

const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

const BENCHES = {
  decide: 'how long a decision takes; needs no bed',
  idle: 'writes to the stores, processor time and memory of every agent while nothing happens',
  failover: "kill -9 of the primary's mariadbd: how long a client of the database route writes nothing",
  switchover: 'an ordered switchover: how long a client of the database route writes nothing',
} as const;

type BenchName = keyof typeof BENCHES;

const NAMES = Object.keys(BENCHES) as BenchName[];
const KINDS = ['failover', 'switchover'] as const satisfies readonly FailoverKind[];
const DECIDE_SAMPLES = 100;

interface Options {
  readonly only?: readonly BenchName[];
  readonly runs: number;
  readonly json?: string;
  readonly keep?: boolean;
  readonly wait?: boolean;
}

function createProgram(): Command {
  const collect = (name: string, earlier: readonly BenchName[] = []): readonly BenchName[] => {
    const known = NAMES.find((each) => each === name);
    if (known === undefined) throw new InvalidArgumentError(`Benchmarks are: ${NAMES.join(', ')}.`);
    return [...earlier, known];
  };
  const count = (text: string): number => {
    if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('A number from 1 to 999 is needed.');
    return Number(text);
  };
  const program = new Command('npm run bench --')
    .description('Measures regent, and says how far the figures spread. Compare figures of one run only.')
    .option('--only <name>', `run this one; may be repeated: ${NAMES.join(', ')}`, collect)
    .option('--runs <count>', 'how many failovers, and switchovers', count, 5)
    .option('--json <file>', 'write every figure as JSON')
    .option('--keep', 'leave the bed up at the end')
    .option('--wait', 'wait while somebody else uses the bed')
    .addHelpText('after', `\n${NAMES.map((name) => `  ${name.padEnd(10)}${BENCHES[name]}`).join('\n')}`)
    .enablePositionalOptions()
    .exitOverride()
    .action((options: Options) => concluded((tools) => measureAll(options, tools)));
  addDatabaseBench(program, (options) =>
    concluded(async (tools) => ((await measureDatabase(options, tools)) ? EXIT.done : EXIT.failed)),
  );
  addIdentityBench(program, (options) =>
    concluded(async (tools) => {
      await measureIdentity(options, tools);
      return EXIT.done;
    }),
  );
  return program;
}

interface Tools {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

async function concluded(work: (tools: Tools) => Promise<number>): Promise<void> {
  const startedMs = performance.now();
  const say = (line: string): void =>
    console.log(`[${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s] ${line}`);
  const signal = interruption(say);
  try {
    process.exitCode = await work({ say, signal });
  } catch (error) {
    process.exitCode = error instanceof LockHeld ? EXIT.usage : EXIT.failed;
    if (signal.aborted) process.exitCode = EXIT.interrupted;
    else process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

async function measureAll(options: Options, { say, signal }: Tools): Promise<number> {
  const report = await measure(options, say, signal);
  if (options.json !== undefined) say(`figures: ${await writeJson(options.json, report)}`);
  const broken = report.idle === undefined ? [] : idleChecks(report.idle).filter((each) => !each.ok);
  for (const { name, detail } of broken) say(`does not hold: ${name} (${detail})`);
  return broken.length === 0 ? EXIT.done : EXIT.failed;
}

async function measure(options: Options, say: (line: string) => void, signal: AbortSignal): Promise<BenchReport> {
  const { runs, keep = false, wait = false } = options;
  const chosen = (name: BenchName): boolean => options.only?.includes(name) ?? true;
  const show = (lines: readonly string[]): void => console.log(['', ...lines, ''].join('\n'));
  let report: BenchReport = { version: 1, machine: thisMachine(), load: loadNow() };
  if (chosen('decide')) {
    say(`decide: load ${loadNow().toFixed(1)}`);
    report = { ...report, decide: await benchDecide(DECIDE_SAMPLES, signal) };
    show(decideLines(report.decide ?? []));
  }
  if (!chosen('idle') && !KINDS.some(chosen)) return report;
  await onBed({ say, signal, keep, wait }, async (bed) => {
    if (chosen('idle')) {
      say(`idle: watching for a minute, load ${loadNow().toFixed(1)}`);
      const idle = await watchIdle(signal);
      report = { ...report, idle };
      show(idleLines(idle));
    }
    for (const kind of KINDS.filter(chosen)) {
      say(`${kind}: ${runs} runs`);
      const onRun = (each: FailoverRun, index: number) => say(runLine(kind, each, index, runs));
      const measured = await benchFailover({ bed, kind, runs, signal, onRun });
      report = { ...report, [kind]: measured };
      show(failoverLines(kind, measured));
    }
  });
  return report;
}

function runLine(
  kind: FailoverKind,
  { from, to, outageMs, closedMs, load, lost }: FailoverRun,
  index: number,
  runs: number,
): string {
  const closed = closedMs === null ? '' : `, ${closedMs.toFixed(0)} ms nothing open`;
  const outage = `${(outageMs / 1000).toFixed(3)} s without writes${closed}`;
  return `${kind} ${index + 1}/${runs}: ${from} -> ${to}, ${outage}, load ${load.toFixed(1)}, ${lost} lost`;
}

/** A path relative to where the user stood; under `sudo` it belongs to the user. */
async function writeJson(file: string, report: object): Promise<string> {
  const path = resolve(process.env.REGENT_INVOKED_FROM ?? process.cwd(), file);
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  const owner = Number(process.env.SUDO_UID);
  if (owner > 0) await chown(path, owner, Number(process.env.SUDO_GID ?? owner));
  return path;
}

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
}
