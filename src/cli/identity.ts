/** `regentctl identity`: the orders that an operator may give about a region's use of the home Keystone. */
import { Command } from 'commander';
import type { IdentityOrder } from '../core/identity-order.ts';
import type { Facts } from '../core/observation.ts';
import { secondsOf } from './database-sight.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { followIdentityOrder, giveIdentityOrder } from './identity-order.ts';
import { type IdentitySight, judgeOrder, seeIdentity } from './identity-sight.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';
import { lookedAt } from './status-rollouts.ts';

interface Options {
  readonly route?: string;
  readonly timeout: string;
  readonly dryRun?: true;
}

const ISOLATE_HELP = `
For planned work on the home Keystone or on the way to it. It is done at once, if one of the region's own Keystones has just
issued a token, and the region stays isolated, whatever its observers see, until it is ordered to return.

Examples:
  regentctl identity isolate south --dry-run
  regentctl identity isolate south`;

const RETURN_HELP = `
Ends an isolation, ordered or not, at once: neither returnAfter nor cooldown are waited for. A majority of the observers must
have just got tokens from home.

Examples:
  regentctl identity return south --dry-run
  regentctl identity return south`;

export function identityCommand(run: Run): Command {
  return new Command('identity')
    .description("let a region leave the home Keystone for its own, or return to it, at an operator's word")
    .addCommand(
      orderCommand(
        run,
        'isolate',
        "use the region's own Keystones, read-only, until it is ordered to return",
      ).addHelpText('after', ISOLATE_HELP),
    )
    .addCommand(orderCommand(run, 'return', 'use the home Keystones again, now').addHelpText('after', RETURN_HELP));
}

function orderCommand(run: Run, kind: IdentityOrder['kind'], description: string): Command {
  return new Command(kind)
    .description(description)
    .argument('<region>', "the region; the command runs on one of the region's own nodes")
    .option('--route <name>', 'name of the policy; may be left out if the region has one identity route')
    .option('--dry-run', 'say what would happen and what stands against it, and order nothing')
    .option('--timeout <seconds>', 'how long to follow the order', '30')
    .action((region: string, options: Options, command: Command) =>
      run(command, (session) => give(session, kind, region, options)),
    );
}

/** @returns undefined where a load balancer is switched */
function nodeChanges({ accepted: { policy }, view }: IdentitySight): readonly NodeChange[] | undefined {
  if (policy.via === 'proxy') return undefined;
  return policy.nodes.map((node) => ({ node, looked: lookedAt(policy.name, node, view) ?? null }));
}

/** As its agent last looked. */
function changeText({ node, looked }: NodeChange): string {
  if (looked === null) return `${node}: its agent has not looked at its files`;
  const { files, units, leftover, notGranted } = looked;
  const lacks = notGranted === 0 ? '' : `; ${notGranted} grants are missing, so it would refuse`;
  return `${node}: ${files} files, ${units} units, ${leftover} options left over${lacks}`;
}

function wayOf({ accepted: { policy } }: IdentitySight): string {
  return policy.via === 'proxy' ? `backend ${policy.backend}` : `the files of ${policy.nodes.join(', ')}`;
}

interface NodeChange {
  readonly node: string;
  readonly looked: Facts | null;
}

async function give(
  session: Session,
  kind: IdentityOrder['kind'],
  region: string,
  { route, timeout, dryRun }: Options,
): Promise<ExitCode> {
  const withinMs = secondsOf('--timeout', timeout) * 1000;
  const sight = await seeIdentity(session, region, route);
  const { refusal, from, to, readOnly } = judgeOrder(sight, kind, session.deps.wallMs());
  if (dryRun === true) {
    const { name } = sight.accepted.policy;
    const nodes = nodeChanges(sight);
    session.give({ route: name, region, order: kind, from, to, refusal: refusal ?? null, ...(nodes && { nodes }) });
    if (refusal === undefined) {
      session.say(`${region} would go from ${from.join(', ')} to ${to.join(', ')} (${wayOf(sight)})`);
      for (const each of nodes ?? []) session.say(`  ${changeText(each)}`);
      if (readOnly) session.say('  tokens are issued and validated there, and nothing can be changed');
      return exitCodes.ok;
    }
    session.say('nothing would be done');
    session.say(`  refused: ${refusal.code}: ${refusal.detail}`);
    return exitCodes.refused;
  }
  if (refusal !== undefined) {
    throw new CommandFailed(exitCodes.refused, `refused: ${refusal.code}: ${refusal.detail}`);
  }
  return followIdentityOrder(session, sight, await giveIdentityOrder(session, sight, kind), withinMs);
}
