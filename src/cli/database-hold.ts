/**
 * `regentctl database hold`: an operator's pause of one database, with an owner, a reason and an end. While it stands no
 * ballot opens and no switchover or rebuild begins; nothing that runs is changed.
 */
import { Command } from 'commander';
import type { Hold } from '../core/holds.ts';
import { DURATION, durationMs, durationProblem } from '../policy/duration.ts';
import { holdRecord } from '../store/schema.ts';
import { seeDatabase } from './database-sight.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';
import { overtaken, ownerHere, requireOwn, standingHold } from './standing-hold.ts';

interface HoldOptions {
  readonly why: string;
  readonly for: string;
  readonly yes?: true;
}

const MINUTE_MS = 60_000;
/** A week: who needs longer looks at it again by then. */
const HOLD_MAX_MS = 7 * 24 * 60 * MINUTE_MS;

const EXAMPLES = `
While it stands no ballot opens, whatever happens to the primary, and no switchover or rebuild begins. It ends by itself;
regentctl status lists it. Run it again to prolong it.

Examples:
  regentctl database hold --why 'network maintenance' --for 2h
  regentctl database release`;

export function databaseHoldCommand(run: Run): Command {
  return new Command('hold')
    .description('let nothing be decided about a database for a while')
    .argument('[name]', 'name of the policy; may be left out if there is one database')
    .requiredOption('--why <text>', 'the reason, for everybody who meets the hold')
    .option('--for <duration>', 'how long, 1m to 168h', '1h')
    .option('--yes', "also in the place of somebody else's hold")
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, options: HoldOptions, command: Command) =>
      run(command, (session) => hold(session, name, options)),
    );
}

async function hold(session: Session, name: string | undefined, options: HoldOptions): Promise<ExitCode> {
  const forMs = lengthOf(options.for);
  const reason = options.why.trim();
  if (reason === '') throw new CommandFailed(exitCodes.usage, '--why is empty: say what the hold is for');
  const sight = await seeDatabase(session, name);
  const owner = await ownerHere(session);
  const standing = await standingHold(session, sight);
  requireOwn(standing, owner, options.yes === true);
  const { scope, key, revision } = standing;
  const made: Hold = { scope, owner, reason, expiresAtMs: session.deps.wallMs() + forMs };
  const { committed } = await sight.store.transact(
    [{ key, target: 'mod', equals: revision }],
    [{ kind: 'put', key, value: holdRecord.encode(made) }],
  );
  if (!committed) throw overtaken();
  session.give(made);
  session.say(`${scope}: held by ${owner} until ${new Date(made.expiresAtMs).toISOString()}: ${reason}`);
  return exitCodes.ok;
}

/** In ms. @throws CommandFailed naming what is wrong */
function lengthOf(text: string): number {
  const problem = DURATION.test(text) ? undefined : durationProblem(text, '2h');
  if (problem !== undefined) {
    throw new CommandFailed(exitCodes.usage, `--for ${text}: ${problem.message}; ${problem.remedy}`);
  }
  const forMs = durationMs(text);
  if (forMs < MINUTE_MS || forMs > HOLD_MAX_MS) {
    throw new CommandFailed(exitCodes.usage, `--for ${text}: a hold lasts from 1m to 168h`);
  }
  return forMs;
}
