/**
 * `npm run simulate`: runs schedules of the lease and election layer, or of the database's ballots, and says what they
 * violated. One printed seed replays its schedule exactly.
 */
import { parseArgs } from 'node:util';
import { runBallots } from './ballot/command.ts';
import { simulate } from './world.ts';

const HELP = `Usage: npm run simulate -- [elections|ballots] [--seed N] [--schedules M] [--early-revocation] [--log]

elections (the default): the election and lease layer of regent in virtual time: 2 to 4 agents with drifting
clocks and one store, under faults drawn from a seed (cuts in either direction, loss, freezes, crashes, store
outages, a store leader without a majority, set wall clocks). Checks after every step:
  I1   one holder at a time, epochs that grow, no stale write
  I3   nobody gains leadership without a way to the store's majority
  I5   leadership does not change hands without a cause that lies with its holder
  I10  when the faults have ended, one agent leads

ballots: the agents of a database with a model of MariaDB's replication and clients that write, under kills of
servers and agents at every step of a ballot, freezes, cuts and store outages. Checks:
  I1   never two servers that can acknowledge a write
  I2   a promotion loses no acknowledged write beyond what it says
  I3   nothing is opened without the store's majority
  I10  when the faults have ended, one server is open and the others follow it

  --seed N            first seed (default: from the clock)
  --schedules M       how many seeds, one after the other (default: 1000 elections, 300 ballots; with --seed: 1)
  --early-revocation  elections only: the store also takes leases away too early; then only guarded writes are
                      promised
  --log               print what happened, also in schedules that are well
  --help              this text

Exit code: 0 all is well, 1 something was violated, 2 wrong usage.`;

const SCHEDULES = { elections: '1000', ballots: '300' } as const;
type Subject = keyof typeof SCHEDULES;

interface Options {
  readonly subject: Subject;
  readonly seed: number;
  readonly schedules: number;
  readonly earlyRevocation: boolean;
  readonly log: boolean;
  readonly help: boolean;
}

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (typeof options === 'string') {
    console.error(`${options}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const { subject, seed, schedules } = options;
  console.log(`${subject}, seeds ${seed} to ${seed + schedules - 1}`);
  const violated = subject === 'ballots' ? await runBallots(options) : await runElections(options);
  console.log(`${schedules} schedules, ${violated} with a violation`);
  return violated === 0 ? 0 : 1;
}

/** @returns how many schedules violated something */
async function runElections({ seed, schedules, earlyRevocation, log }: Options): Promise<number> {
  let violated = 0;
  for (let current = seed; current < seed + schedules; current++) {
    const result = await simulate(current, { earlyRevocation });
    const isViolated = result.violations.length > 0;
    if (isViolated) violated += 1;
    if (isViolated || log) console.log(`seed ${current}\n${result.log.join('\n')}`);
    if (isViolated)
      console.log(`replay: npm run simulate -- --seed ${current}${earlyRevocation ? ' --early-revocation' : ''}`);
  }
  return violated;
}

function readOptions(argv: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        seed: { type: 'string' },
        schedules: { type: 'string' },
        'early-revocation': { type: 'boolean', default: false },
        log: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const subject = subjectOf(positionals);
    const seed = whole('seed', values.seed ?? String(Date.now() % 1_000_000));
    const schedules = whole('schedules', values.schedules ?? (values.seed === undefined ? SCHEDULES[subject] : '1'));
    return {
      subject,
      seed,
      schedules,
      earlyRevocation: values['early-revocation'],
      log: values.log,
      help: values.help,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function subjectOf(positionals: readonly string[]): Subject {
  const [subject = 'elections', ...more] = positionals;
  if (more.length === 0 && (subject === 'elections' || subject === 'ballots')) return subject;
  throw new RangeError(`what is simulated is elections or ballots, got ${JSON.stringify(positionals.join(' '))}`);
}

function whole(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`--${name} must be a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}
