/** The table of regentctl's commands, and running one of them. No work of its own. */
import { Command, CommanderError } from 'commander';
import { DEFAULT_CONFIG_PATH } from '../runtime/config.ts';
import { catalogCommand } from './catalog.ts';
import { databaseCommand } from './database.ts';
import type { CliDeps } from './deps.ts';
import { eventsCommand } from './events.ts';
import { type ExitCode, exitCodes, exitCodesHelp } from './exit-codes.ts';
import { identityCommand } from './identity.ts';
import { keysCommand } from './keys.ts';
import { policyApplyCommand } from './policy-apply.ts';
import { policyCheckCommand } from './policy-check.ts';
import { policyDeleteCommand } from './policy-delete.ts';
import { policyDiffCommand } from './policy-diff.ts';
import { policyListCommand } from './policy-list.ts';
import { policyShowCommand } from './policy-show.ts';
import { type Run, runner } from './run.ts';
import { statusCommand } from './status.ts';

const HELP = `
Run it on any node that has an agent: it uses that node's configuration to reach the stores.

First steps:
  regentctl status                       what is wrong, if anything
  regentctl events --since 1h            what was done, what was refused, and why
  regentctl policy check FILE            is this policy good?
  regentctl policy diff FILE             what would it change?
  regentctl policy apply FILE            put it into force
  regentctl catalog diff                 where do the endpoint rows differ from the policy?
  regentctl database rebuild NODE        give a quarantined replica the primary's data

Planned work:
  regentctl database switchover          another server becomes the primary, nothing is lost
  regentctl database failover            what a ballot waits for; --accept-loss decides it
  regentctl database hold --why TEXT     nothing is decided about it for a while; release ends that
  regentctl identity isolate REGION      a region uses its own Keystones, read-only, until it is ordered to return
  regentctl keys rotate                  the next of Keystone's keys, on every node of every region

${exitCodesHelp}`;

/** @param argv the arguments alone, without node and script */
export async function runCli(argv: readonly string[], version: string, deps: CliDeps): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const run = runner(deps, (code) => {
    exitCode = code;
  });
  try {
    await program(run, version, deps).parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  return exitCode;
}

function program(run: Run, version: string, deps: CliDeps): Command {
  const root = new Command('regentctl')
    .description('Look at and steer regent: leases, leaders and declarative failover.')
    .version(version)
    .option('--json', 'print JSON for machines')
    .option('--config <file>', `the node's configuration (default: $REGENT_CONFIG, or ${DEFAULT_CONFIG_PATH})`)
    .addHelpText('after', HELP);
  const policy = new Command('policy').description('check, compare, put, list, show and delete policies');
  for (const add of POLICY_COMMANDS) policy.addCommand(add(run));
  const commands = [statusCommand, eventsCommand, databaseCommand, identityCommand, catalogCommand, keysCommand];
  for (const command of [policy, ...commands.map((add) => add(run))]) root.addCommand(command);
  for (const command of withChildren(root)) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureOutput({ writeOut: deps.out, writeErr: deps.err, getOutHasColors: () => false });
  }
  return root;
}

const POLICY_COMMANDS = [
  policyCheckCommand,
  policyDiffCommand,
  policyApplyCommand,
  policyListCommand,
  policyShowCommand,
  policyDeleteCommand,
];

function withChildren(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withChildren)];
}
