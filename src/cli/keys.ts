/** `regentctl keys`: how the keys of Keystone stand, and the orders that an operator may give about them. */
import { Command } from 'commander';
import { setText } from '../core/keys/key-set.ts';
import type { KeysOrder } from '../core/keys/key-state.ts';
import { prefixes } from '../store/keys.ts';
import { secondsOf } from './database-sight.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { followKeysOrder, giveKeysOrder } from './keys-order.ts';
import { judgeKeys, seeKeys } from './keys-sight.ts';
import { policyPrefixes, policyStandings } from './policy-standing.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';
import { keysLines, keysText } from './status-keys.ts';
import { requireContents } from './store-contents.ts';

interface Options {
  readonly timeout: string;
  readonly dryRun?: true;
  readonly migrated?: true;
  readonly invalidateAllTokens?: true;
}

const ROTATE_HELP = `
The staged key becomes the primary on every node, a fresh one is staged, and the oldest goes when no token can need it. Each
step is confirmed by every node; ending the command ends nothing.

Credential keys: run keystone-manage credential_migrate first, on one node of the home region, and say --migrated.

Examples:
  regentctl keys rotate --dry-run
  regentctl keys rotate credential-keys --migrated`;

const REVOKE_HELP = `
For keys that somebody else may have. All are replaced, step by step, so that new tokens are valid everywhere all the time;
at the end every token of before is invalid, and everybody has to log in again. Services that keep validated tokens in a
cache go on to accept them until it ends (keystonemiddleware: token_cache_time, 300 s).

Examples:
  regentctl keys revoke-all --dry-run
  regentctl keys revoke-all --invalidate-all-tokens`;

export function keysCommand(run: Run): Command {
  return new Command('keys')
    .description("show Keystone's keys on every node, rotate them, or replace all of them")
    .addCommand(statusCommand(run))
    .addCommand(
      orderCommand(run, 'rotate', 'make the staged key the primary, on every node of every region')
        .option('--migrated', 'of credential keys: keystone-manage credential_migrate was run since the last rotation')
        .addHelpText('after', ROTATE_HELP),
    )
    .addCommand(
      orderCommand(run, 'revoke-all', 'replace all keys: every token of before becomes INVALID')
        .option('--invalidate-all-tokens', 'say that this is what you want')
        .addHelpText('after', REVOKE_HELP),
    );
}

function statusCommand(run: Run): Command {
  return new Command('status')
    .description('which keys each node has, which are in force, what is under way')
    .action((_options, command: Command) => run(command, showStatus));
}

function orderCommand(run: Run, kind: KeysOrder['kind'], description: string): Command {
  return new Command(kind)
    .description(description)
    .argument('[name]', 'the policy; may be left out if there is one')
    .option('--dry-run', 'say what would happen and what stands against it, and order nothing')
    .option('--timeout <seconds>', 'how long to follow the order', '60')
    .action((name: string | undefined, options: Options, command: Command) =>
      run(command, (session) => give(session, kind, name, options)),
    );
}

async function showStatus(session: Session): Promise<ExitCode> {
  const { global: store } = await session.stores();
  const entries = await requireContents(store, [...policyPrefixes, prefixes.keys]);
  const lines = keysLines(policyStandings(store.name, entries), entries);
  session.give(lines);
  if (lines.length === 0) session.say('no policy of kind FernetKeys is in force');
  for (const line of keysText(lines)) session.say(line);
  const complaints = lines.flatMap((each) => each.complaints);
  for (const each of complaints) session.say(`  ${session.colours.warning('!')} ${each}`);
  return complaints.length === 0 ? exitCodes.ok : exitCodes.degraded;
}

async function give(
  session: Session,
  kind: KeysOrder['kind'],
  name: string | undefined,
  { timeout, dryRun, migrated, invalidateAllTokens }: Options,
): Promise<ExitCode> {
  const withinMs = secondsOf('--timeout', timeout) * 1000;
  const sight = await seeKeys(session, name);
  const wanted = { kind, isMigrated: migrated === true };
  const { refusal, state } = judgeKeys(sight, wanted, session.deps.wallMs());
  const { policy } = sight.accepted;
  if (kind === 'revoke-all') {
    session.say(`every token that was issued with the keys ${policy.name} until now becomes INVALID in all regions`);
  }
  if (dryRun === true) {
    session.give({ keys: policy.name, order: kind, generation: state?.generation ?? null, refusal: refusal ?? null });
    const nodes = Object.values(policy.nodes).flat().length;
    session.say(refusal === undefined ? `a ${kind} would go through ${nodes} nodes` : 'nothing would be done');
    if (refusal === undefined) session.say(`  from generation ${state?.generation}: ${setText(state?.keys ?? [])}`);
    else session.say(`  refused: ${refusal.code}: ${refusal.detail}`);
    return refusal === undefined ? exitCodes.ok : exitCodes.refused;
  }
  if (refusal !== undefined) {
    throw new CommandFailed(exitCodes.refused, `refused: ${refusal.code}: ${refusal.detail}`);
  }
  if (kind === 'revoke-all' && invalidateAllTokens !== true) {
    throw new CommandFailed(exitCodes.usage, 'say --invalidate-all-tokens if that is what you want');
  }
  return followKeysOrder(session, sight, await giveKeysOrder(session, sight, wanted), withinMs);
}
