/**
 * `regentctl database rebuild`: judges whether a member may be rebuilt, writes the order into the store, and follows what
 * the member's own agent makes of it. The work is the agent's: this command may be ended and begun again at any time.
 */
import { Command } from 'commander';
import { judgeRebuild, type RebuildQuestion, type RebuildRefusal } from '../core/database/rebuild.ts';
import { hasEnded, type RebuildOrder } from '../core/database/rebuild-order.ts';
import { rebuildRecord } from '../store/database-records.ts';
import { databaseRebuildKey } from '../store/keys.ts';
import { readRebuild, type SeenRebuild } from './database-rebuild-view.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';
import { pause } from './wait.ts';

interface RebuildOptions {
  readonly database?: string;
  readonly from?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly discardOld?: true;
  readonly abort?: true;
}

const EXAMPLES = `
Its own agent on NODE does the work: it fetches a copy from a healthy member, stops the server, moves the old data
aside, starts on the copy and follows the primary. Whatever fails before that is undone. Ending this command ends
nothing: run it again to follow, or with --abort to have it undone.

Examples:
  regentctl database rebuild north-3 --dry-run       # may it be done, and is there room?
  regentctl database rebuild north-3                 # the old data is kept beside the new
  regentctl database rebuild north-3 --discard-old   # afterwards: remove the old data for good`;

const LOOK_EVERY_MS = 1_000;
/** An agent that works sees an order at once. */
const TAKEN_WITHIN_MS = 15_000;

export function databaseRebuildCommand(run: Run): Command {
  return new Command('rebuild')
    .description("replace a replica's data by a copy of a healthy member's")
    .argument('<node>', 'the member to rebuild: quarantined, broken or stopped')
    .option('--database <name>', 'name of the DatabaseFailover policy; not needed if there is one only')
    .option('--from <node>', 'take the copy from this member (default: the nearest clean replica)')
    .option('--dry-run', 'find out whether it could be done, also on the nodes, and do nothing')
    .option('--yes', 'also if the member works, or what only it has is not exported yet')
    .option('--discard-old', 'remove the old data once the new one replicates, or now if it does already')
    .option('--abort', 'end a rebuild that is under way and have it undone')
    .addHelpText('after', EXAMPLES)
    .action((node: string, options: RebuildOptions, command: Command) =>
      run(command, (session) => rebuild(session, node, options)),
    );
}

async function rebuild(session: Session, node: string, options: RebuildOptions): Promise<ExitCode> {
  const seen = await readRebuild(session, node, options.database);
  const isUnderWay = seen.standing !== undefined && !hasEnded(seen.standing.order.phase);
  if (options.abort === true) {
    if (!isUnderWay) throw new CommandFailed(exitCodes.refused, `no rebuild of ${node} is under way`);
    await put(session, seen, { ...seen.standing.order, isCancelled: true });
    session.say(`${node}: told to end and to undo what it has done`);
  } else if (isUnderWay) {
    session.say(`${node}: a rebuild from ${seen.standing.order.from} is under way already; following it`);
  } else {
    const order = await ordered(session, seen, options);
    await put(session, seen, order);
    if (order.kind === 'rebuild') session.say(`${node}: ordered, from ${order.from}`);
  }
  return follow(session, seen);
}

/** @throws CommandFailed with every reason and remedy if it is refused */
async function ordered(session: Session, seen: SeenRebuild, options: RebuildOptions): Promise<RebuildOrder> {
  const { from, yes = false, dryRun = false, discardOld = false } = options;
  const question: RebuildQuestion = { ...seen.question, from, isForced: yes };
  const verdict = judgeRebuild(question);
  // A rebuilt server may be the one that commits wait for by now: its old data can go all the same.
  const codes = verdict.ok ? [] : verdict.refusals.map((each) => each.code);
  const worksAlready = codes.includes('NodeWorks') && codes.every((code) => code === 'NodeWorks' || code === 'IsAcker');
  const discardsOnly = discardOld && worksAlready && !dryRun;
  if (!verdict.ok && !discardsOnly) {
    session.give({ node: question.node, outcome: 'refused', refusals: verdict.refusals });
    throw new CommandFailed(exitCodes.refused, refusalText(question.node, verdict.refusals));
  }
  const { wallMs, environment } = session.deps;
  const who = environment.SUDO_USER ?? environment.USER ?? 'unknown';
  const here = (await session.config()).node;
  return {
    id: `${here}-${wallMs()}`,
    node: question.node,
    from: verdict.ok ? verdict.from : (question.state?.primary ?? ''),
    kind: discardsOnly ? 'discard' : dryRun ? 'check' : 'rebuild',
    term: question.state?.term ?? 0n,
    isForced: yes,
    discardsOld: discardOld,
    isCancelled: false,
    orderedBy: `${who}@${here}`,
    orderedAtMs: wallMs(),
    phase: 'ordered',
    bytes: 0,
    totalBytes: null,
    detail: '',
    changedAtMs: wallMs(),
  };
}

function refusalText(node: string, refusals: readonly RebuildRefusal[]): string {
  const lines = refusals.map(({ code, reason, remedy }) => `  ${code}: ${reason}; ${remedy}`);
  return `${node} is not rebuilt:\n${lines.join('\n')}`;
}

async function put(session: Session, seen: SeenRebuild, order: RebuildOrder): Promise<void> {
  const { global } = await session.stores();
  const key = databaseRebuildKey(seen.database, order.node);
  const { committed } = await global.transact(
    [{ key, target: 'mod', equals: seen.standing?.revision ?? 0n }],
    [{ kind: 'put', key, value: rebuildRecord.encode(order) }],
  );
  if (!committed)
    throw new CommandFailed(exitCodes.refused, 'the order changed in the same moment; run the command again');
}

async function follow(session: Session, { database, question: { node } }: SeenRebuild): Promise<ExitCode> {
  const { clock, timers, interrupted } = session.deps;
  const { global } = await session.stores();
  const key = databaseRebuildKey(database, node);
  const begunAt = clock.nowMs();
  let said = '';
  for (;;) {
    const { entry } = await global.get(key);
    if (entry === undefined) throw new CommandFailed(exitCodes.refused, `the order for ${node} was deleted`);
    const order = rebuildRecord.decode(key, entry.value);
    const line = lineOf(order);
    if (line !== said) session.say(line);
    said = line;
    if (hasEnded(order.phase)) return ended(session, order);
    if (interrupted.aborted) {
      session.warn(`${node}: it goes on; run the command again to follow it, or with --abort to have it undone`);
      session.give({ ...order, outcome: 'under way' });
      return exitCodes.undecided;
    }
    if (order.phase === 'ordered' && clock.nowMs() - begunAt > TAKEN_WITHIN_MS) {
      const isWithdrawn = await global.transact(
        [{ key, target: 'mod', equals: entry.modRevision }],
        [{ kind: 'delete', key }],
      );
      if (isWithdrawn.committed) {
        const why = `the agent of ${node} did not take the order within ${TAKEN_WITHIN_MS / 1000} s; it was withdrawn`;
        throw new CommandFailed(
          exitCodes.undecided,
          `${why}. Is regent-agent.service there of this version, and running?`,
        );
      }
    }
    await pause(LOOK_EVERY_MS, timers, interrupted);
  }
}

function ended(session: Session, order: RebuildOrder): ExitCode {
  session.give({ ...order, outcome: order.phase });
  // A rebuild that was told to end and was undone did what was asked.
  return order.phase === 'done' || (order.phase === 'undone' && order.isCancelled) ? exitCodes.ok : exitCodes.refused;
}

const MEANS: Readonly<Record<RebuildOrder['phase'], string>> = {
  ordered: 'waiting for its agent',
  receive: 'receiving a copy',
  prepare: 'preparing the copy',
  stop: 'stopping the server',
  swap: 'moving the old data aside and the copy in',
  start: 'starting the server on the copy',
  position: 'setting its position',
  join: 'waiting until it follows the primary',
  undo: 'going back to the old data',
  refused: 'refused; nothing was touched',
  done: 'done',
  undone: 'undone; it has the data that it had before',
};

function lineOf({ node, phase, bytes, totalBytes, detail }: RebuildOrder): string {
  const share =
    phase === 'receive' && totalBytes !== null ? `: ${mebibytes(bytes)} of about ${mebibytes(totalBytes)}` : '';
  return `${node}: ${MEANS[phase]}${share}${detail === '' ? '' : `; ${detail}`}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
