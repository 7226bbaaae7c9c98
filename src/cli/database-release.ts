/**
 * `regentctl database release`: ends an operator's hold of one database. It also ends the one that an agent leaves behind
 * when it is stopped in order, and with it the only thing that keeps another server from being opened beside the one
 * that such an agent leaves open (I1): hence on the operator's word alone.
 */
import { Command } from 'commander';
import { databaseStateRecord } from '../store/database-records.ts';
import { databaseStateKey } from '../store/keys.ts';
import { type DatabaseSight, seeDatabase } from './database-sight.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';
import { overtaken, ownerHere, requireOwn, type StandingHold, standingHold } from './standing-hold.ts';

interface ReleaseOptions {
  readonly serverIsClosed?: true;
  readonly yes?: true;
}

const EXAMPLES = `
An agent that is stopped in order leaves a hold as well, and its server open, so that an upgrade moves nothing. That hold
ends when the agent is started again. --server-is-closed is your word that it will not be, and that its server is closed
for good: another one is opened then, and nothing but your word keeps the two apart.

Examples:
  regentctl database release
  regentctl database release keystone --server-is-closed`;

export function databaseReleaseCommand(run: Run): Command {
  return new Command('release')
    .description("end an operator's hold, or the one that a stopped agent left")
    .argument('[name]', 'name of the policy; may be left out if there is one database')
    .option('--yes', "also somebody else's hold")
    .option('--server-is-closed', 'end the hold of an agent that was stopped in order: its server is not open')
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, options: ReleaseOptions, command: Command) =>
      run(command, (session) => release(session, name, options)),
    );
}

async function release(session: Session, name: string | undefined, options: ReleaseOptions): Promise<ExitCode> {
  const sight = await seeDatabase(session, name);
  if (options.serverIsClosed === true) return releaseLeft(session, sight);
  const standing = await standingHold(session, sight);
  const { scope, hold } = standing;
  if (hold === undefined) throw new CommandFailed(exitCodes.refused, whyNothing(sight, scope));
  requireOwn(standing, await ownerHere(session), options.yes === true);
  await remove(sight, standing);
  session.give({ scope, released: hold });
  session.say(`${scope}: the hold of ${hold.owner} is released`);
  return exitCodes.ok;
}

async function remove({ store }: DatabaseSight, { key, revision }: StandingHold): Promise<void> {
  const { committed } = await store.transact([{ key, target: 'mod', equals: revision }], [{ kind: 'delete', key }]);
  if (!committed) throw overtaken();
}

/** The hold in the state: as it was read, or not at all. */
async function releaseLeft(session: Session, { policy, view, store }: DatabaseSight): Promise<ExitCode> {
  const scope = `database/${policy.name}`;
  const { state, stateRevision } = view;
  const left = state?.hold ?? null;
  if (state === undefined || left === null) {
    throw new CommandFailed(exitCodes.refused, `no stopped agent holds ${scope}; leave --server-is-closed out`);
  }
  const key = databaseStateKey(policy.name);
  const { committed } = await store.transact(
    [{ key, target: 'mod', equals: stateRevision }],
    [{ kind: 'put', key, value: databaseStateRecord.encode({ ...state, hold: null }) }],
  );
  if (!committed) throw overtaken();
  session.give({ scope, released: left });
  session.say(
    `${scope}: the hold that the agent of ${left.owner} left is released; a ballot for another primary opens`,
  );
  return exitCodes.ok;
}

/** Nobody's own hold stands: what else keeps the database, if anything does. */
function whyNothing({ view, hold }: DatabaseSight, scope: string): string {
  const left = view.state?.hold ?? null;
  if (left !== null) {
    return (
      `${scope} is held by ${left.owner}: ${left.reason}. Start its agent again; if it is gone for good, and its ` +
      'server closed, say --server-is-closed'
    );
  }
  return hold === undefined ? `nobody holds ${scope}` : `nobody holds ${scope}, but ${hold.owner} holds ${hold.scope}`;
}
