/**
 * `regentctl database adopt-store`: an operator says that a store which went back (restored from a copy, or built anew) is
 * the one to go on with. It shows its term beside those that the members have seen, and lifts the state above them in one
 * write that is guarded by what was shown.
 */
import { Command } from 'commander';
import type { DatabaseState } from '../core/database/state.ts';
import { adoptStore, highestSeen, type StoreAdoptionQuestion } from '../core/database/store-adoption.ts';
import { databaseStateRecord } from '../store/database-records.ts';
import { databaseStateKey } from '../store/keys.ts';
import { type DatabaseSight, seeDatabase } from './database-sight.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';
import { tableLines } from './table.ts';

interface AdoptOptions {
  readonly primary?: string;
  readonly dryRun?: true;
  readonly yes?: true;
}

const EXAMPLES = `
When members have seen a higher term than the store says (StoreWentBack), nothing is done any more: nobody knows what was
decided in between. Make sure that no server is open but the right one, and that the store is the one to go on with. A
server that is open keeps open; with none open, a ballot between all members follows, in which the most advanced one's
transactions are kept. That nothing acknowledged is lost is then your word for --primary.

Examples:
  regentctl database adopt-store --dry-run
  regentctl database adopt-store keystone --primary north-3`;

export function databaseAdoptStoreCommand(run: Run): Command {
  return new Command('adopt-store')
    .description('go on with a store that is older than what the members have seen')
    .argument('[name]', 'name of the policy; may be left out if there is one database')
    .option('--primary <node>', 'the member that was the primary last; default: the one whose server is open')
    .option('--dry-run', 'show the terms on both sides and what stands against it, and change nothing')
    .option('--yes', 'also if an agent does not say which terms it has seen')
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, options: AdoptOptions, command: Command) =>
      run(command, (session) => adopt(session, name, options)),
    );
}

async function adopt(session: Session, name: string | undefined, options: AdoptOptions): Promise<ExitCode> {
  const sight = await seeDatabase(session, name);
  const question: StoreAdoptionQuestion = {
    policy: sight.policy,
    state: sight.view.state,
    members: sight.view.members,
    primary: options.primary,
    isForced: options.yes === true,
    wallMs: session.deps.wallMs(),
  };
  const verdict = adoptStore(question);
  const refusals = verdict.ok ? [] : verdict.refusals;
  const given = {
    database: sight.policy.name,
    storeTerm: question.state?.term ?? null,
    seenTerms: Object.fromEntries(question.members.map(({ node, seenTerm }) => [node, seenTerm])),
    highestTerm: highestSeen(question),
    refusals,
  };
  for (const line of bothSides(sight, question)) session.say(line);
  if (!verdict.ok) {
    session.give({ ...given, outcome: 'refused' });
    const lines = refusals.map(({ code, reason, remedy }) => `  ${code}: ${reason}; ${remedy}`);
    throw new CommandFailed(exitCodes.refused, `the store is not adopted:\n${lines.join('\n')}`);
  }
  const { term, primary, phase } = verdict.state;
  const next = phase === 'steady' ? `${primary} stays open` : `a ballot follows, with ${primary} as the last primary`;
  if (options.dryRun !== true) await write(sight, verdict.state);
  session.give({ ...given, outcome: options.dryRun === true ? 'possible' : 'done', term, primary, phase });
  session.say(`${options.dryRun === true ? 'it would go on' : 'it goes on'} with term ${term}: ${next}`);
  return exitCodes.ok;
}

function bothSides({ policy }: DatabaseSight, { state, members }: StoreAdoptionQuestion): readonly string[] {
  const store = ['the store', `term ${state?.term ?? '-'}`, `names ${state?.primary ?? 'nobody'} the primary`];
  const nodes = policy.members.map(({ node }) => {
    const record = members.find((each) => each.node === node);
    const server = record?.serverUp === true ? (record.readOnly ? 'closed' : 'OPEN') : 'away';
    const term = record?.seenTerm == null ? 'does not say' : `has seen term ${record.seenTerm}`;
    return [node, term, `its server is ${server}`];
  });
  return tableLines([store, ...nodes]);
}

async function write({ policy, view, store }: DatabaseSight, state: DatabaseState): Promise<void> {
  const key = databaseStateKey(policy.name);
  const { committed } = await store.transact(
    [{ key, target: 'mod', equals: view.stateRevision }],
    [{ kind: 'put', key, value: databaseStateRecord.encode(state) }],
  );
  if (!committed)
    throw new CommandFailed(exitCodes.refused, 'the state changed in the same moment; look, and try again');
}
