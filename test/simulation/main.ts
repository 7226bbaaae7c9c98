/**
 * `npm run simulate`: runs schedules of the lease and election layer and says what they violated. One printed seed
 * replays its schedule exactly.
 */
import { parseArgs } from 'node:util';
import { simulate } from './world.ts';

const HELP = `Usage: npm run simulate -- [--seed N] [--schedules M] [--early-revocation] [--log]

Runs the election and lease layer of regent in virtual time: 2 to 4 agents with drifting clocks and one
store, under faults drawn from a seed (cuts in either direction, loss, freezes, crashes, store outages,
a store leader without a majority, set wall clocks). Checks after every step:
  I1   one holder at a time, epochs that grow, no stale write
  I3   nobody gains leadership without a way to the store's majority
  I5   leadership does not change hands without a cause that lies with its holder
  I10  when the faults have ended, one agent leads

  --seed N            first seed (default: from the clock)
  --schedules M       how many seeds, one after the other (default 1000; with --seed alone: 1)
  --early-revocation  the store also takes leases away too early; then only guarded writes are promised
  --log               print what happened, also in schedules that are well
  --help              this text

Exit code: 0 all is well, 1 something was violated, 2 wrong usage.`;

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
  const { seed, schedules, earlyRevocation, log } = options;
  console.log(`seeds ${seed} to ${seed + schedules - 1}`);
  let violated = 0;
  for (let current = seed; current < seed + schedules; current++) {
    const result = await simulate(current, { earlyRevocation });
    if (result.violations.length > 0) violated += 1;
    if (result.violations.length > 0 || log) {
      console.log(`seed ${current}\n${result.log.join('\n')}`);
    }
    if (result.violations.length > 0) {
      const option = earlyRevocation ? ' --early-revocation' : '';
      console.log(`replay: npm run simulate -- --seed ${current}${option}`);
    }
  }
  console.log(`${schedules} schedules, ${violated} with a violation`);
  return violated === 0 ? 0 : 1;
}

function readOptions(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string' },
        schedules: { type: 'string' },
        'early-revocation': { type: 'boolean', default: false },
        log: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const seed = whole('seed', values.seed ?? String(Date.now() % 1_000_000));
    const schedules = whole('schedules', values.schedules ?? (values.seed === undefined ? '1000' : '1'));
    return { seed, schedules, earlyRevocation: values['early-revocation'], log: values.log, help: values.help };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function whole(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`--${name} must be a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}
