/** `regentctl database`: the orders that an operator may give about a database. */
import { Command } from 'commander';
import { databaseAdoptStoreCommand } from './database-adopt-store.ts';
import { failover } from './database-failover.ts';
import { databaseHoldCommand } from './database-hold.ts';
import { databaseRebuildCommand } from './database-rebuild.ts';
import { databaseReleaseCommand } from './database-release.ts';
import { switchover } from './database-switchover.ts';
import type { Run } from './run.ts';

export interface OrderOptions {
  readonly to?: string;
  readonly timeout: string;
  readonly dryRun?: true;
}

export interface FailoverOptions extends OrderOptions {
  readonly acceptLoss?: true;
}

const SWITCHOVER_HELP = `
Both sides must be alive: the primary closes itself, the candidate applies everything and opens; nothing is lost. If the
candidate does not manage, the primary opens again.

Examples:
  regentctl database switchover --dry-run
  regentctl database switchover keystone --to north-2`;

const FAILOVER_HELP = `
The last word in a ballot that waits or refuses because writes could be lost, a hold-down runs or promotion is manual.
Without --accept-loss it only says what stands against the ballot and what would be lost. It never overrides a veto, a
fence, a member that has not answered or one with transactions of its own.

Examples:
  regentctl database failover
  regentctl database failover keystone --accept-loss --to south-2`;

export function databaseCommand(run: Run): Command {
  return new Command('database')
    .description('switch a database over, decide a ballot that waits, hold it, or repair a member')
    .addCommand(databaseRebuildCommand(run))
    .addCommand(databaseHoldCommand(run))
    .addCommand(databaseReleaseCommand(run))
    .addCommand(databaseAdoptStoreCommand(run))
    .addCommand(
      common(new Command('switchover').description('make another member the primary, with both sides alive'))
        .addHelpText('after', SWITCHOVER_HELP)
        .action((name: string | undefined, options: OrderOptions, command: Command) =>
          run(command, (session) => switchover(session, name, options)),
        ),
    )
    .addCommand(
      common(new Command('failover').description('promote although acknowledged writes may be lost'))
        .option('--accept-loss', 'accept the loss that the command shows')
        .addHelpText('after', FAILOVER_HELP)
        .action((name: string | undefined, options: FailoverOptions, command: Command) =>
          run(command, (session) => failover(session, name, options)),
        ),
    );
}

function common(command: Command): Command {
  return command
    .argument('[name]', 'name of the policy; may be left out if there is one database')
    .option('--to <node>', 'the member that is to become the primary; default: the first that can, by the policy')
    .option('--dry-run', 'say what would happen and what stands against it, and order nothing')
    .option('--timeout <seconds>', 'how long to follow the order', '60');
}
