/**
 * `npm run simulate`: runs schedules of the database's ballots, or of the lease and election layer, and says what they
 * violated. One printed seed replays its schedule exactly.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runSimulation, type SimulationOptions, type SimulationOutput } from './command.ts';
import { reportText } from './report.ts';
import { SUBJECTS, type SubjectName } from './subjects.ts';

const HELP = `Usage: npm run simulate -- [ballots|promises|routes|rollouts|keys|elections|elections-early-revocation] [options]

The real decisions and the real work of the agents, in virtual time, on a store in memory and a model of MariaDB's
replication, under faults that are drawn from a seed. Checkers look after every step.

ballots (the default): the agents of a database and clients that write, under kills of servers and agents at every
step of a ballot, freezes, cuts, drifting clocks, store outages, stops in order and operators' orders:
  I1   never two servers that can acknowledge a write
  I2   a promotion loses no acknowledged write beyond what it says
  I3   nothing is opened without the store's majority
  I5   the loss of a store closes nothing
  I6   an agent that is gone changes nothing, and one that is stopped in order closes nothing
  I7   one switch per cooldown
  I8   every ballot, opening and closing has its event, with cause and term
  I9   nothing that is no member is ever followed or promoted
  I10  when the faults have ended, one server is open and the others follow it
promises: faults aimed at the promises between the agents, where nothing else hides a second writer
routes: a region's use of the home Keystone, with its leader, observers, proxies and operators: no minority moves it (I3), it
goes only where somebody has just got a token, it comes back by its operator's word, and it ends at home (I10)
rollouts: a region whose services are pointed at a Keystone by their files, with processes killed at any step: one node at a
time (I7), each verified before the next, and in the end all of them where the decision says (I10)
keys: the keys of two regions' Keystones, with tokens issued and validated all the time, under kills between any two files, cuts,
new nodes, foreign keys and a restored store: no token is lost, no node has a primary that another one lacks, no step is
taken while a node is unaccounted for, nothing of others is overwritten, and a rotation goes through in the end (I10)
elections: 2 to 4 agents that want to lead, and one store: I1, I3, I5 and I10 of leases and leaders
elections-early-revocation: the same with a store that takes leases away too early; only guarded writes are promised

  --seeds N     how many seeds, one after the other (default 1000; with --seed: 1)
  --seed S      the first of them (default: from the clock)
  --trace       print what happened, also in schedules that are well
  --mutations   hunt the planted bugs as well, each in a copy of these sources; takes minutes
  --json        print one document of version 1 instead of words; traces go to stderr. Its mutationsKilled and
                mutations are 0 without --mutations
  --help        this text

Exit code: 0 all is well, 1 something was violated or a planted bug not found, 2 wrong usage.`;

const ROOT = join(import.meta.dirname, '../..');
const SEEDS_DEFAULT = '1000';

interface Request extends SimulationOptions {
  readonly json: boolean;
  readonly help: boolean;
}

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const request = readRequest(argv);
  if (typeof request === 'string') {
    console.error(`${request}\n\n${HELP}`);
    return 2;
  }
  if (request.help) {
    console.log(HELP);
    return 0;
  }
  const { subject, seed, schedules, json } = request;
  // Thousands of simulated calls fail and nobody reads where; a schedule that is replayed alone tells it.
  if (schedules > 1) Error.stackTraceLimit = 0;
  if (!json) console.log(`${subject}, seeds ${seed} to ${seed + schedules - 1}`);
  const report = await runSimulation(request, ROOT, outputTo(json ? process.stderr : process.stdout));
  if (json) console.log(JSON.stringify(report));
  else for (const line of reportText(report)) console.log(line);
  return report.violations.length === 0 && report.mutationsKilled === report.mutations ? 0 : 1;
}

/** Progress is one line that is written over, and only on a terminal. */
function outputTo(stream: NodeJS.WriteStream): SimulationOutput {
  const { stderr } = process;
  const erase = stderr.isTTY ? '\r\x1b[K' : '';
  return {
    line: (text) => {
      stderr.write(erase);
      stream.write(`${text}\n`);
    },
    progress: (text) => {
      if (stderr.isTTY) stderr.write(`${erase}${text}`);
    },
  };
}

function readRequest(argv: readonly string[]): Request | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        trace: { type: 'boolean', default: false },
        mutations: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { trace, mutations, json, help } = values;
    const seed = whole('seed', values.seed ?? String(Date.now() % 1_000_000));
    const schedules = whole('seeds', values.seeds ?? (values.seed === undefined ? SEEDS_DEFAULT : '1'));
    return { subject: subjectOf(positionals), seed, schedules, trace, mutations, json, help };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function subjectOf([subject = 'ballots', ...more]: readonly string[]): SubjectName {
  if (more.length === 0 && Object.hasOwn(SUBJECTS, subject)) return subject as SubjectName;
  const given = JSON.stringify([subject, ...more].join(' '));
  throw new RangeError(`what is simulated is one of ${Object.keys(SUBJECTS).join(', ')}; got ${given}`);
}

function whole(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`--${name} must be a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}
