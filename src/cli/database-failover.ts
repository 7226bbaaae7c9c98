/** `regentctl database failover`: shows what a ballot waits for and what would be lost, and gives the last word. */
import { lossText } from '../core/database/loss.ts';
import { isUndecided } from '../core/database/order.ts';
import { standingRefusal } from '../core/database/standing-refusal.ts';
import type { FailoverOptions } from './database.ts';
import { followOrder, giveOrder } from './database-order.ts';
import { type DatabaseSight, secondsOf, seeDatabase } from './database-sight.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CommandFailed, type Session } from './session.ts';

/** The members answer anew when they freeze; a few seconds more than what they say now is still what was accepted. */
const SLACK_MS = 1_000;

export async function failover(
  session: Session,
  name: string | undefined,
  { to, timeout, dryRun, acceptLoss }: FailoverOptions,
): Promise<ExitCode> {
  const withinMs = secondsOf('--timeout', timeout) * 1000;
  const sight = await seeDatabase(session, name);
  const { state, ballot } = waitingBallot(sight);
  if (to !== undefined && !sight.policy.members.some((member) => member.node === to)) {
    throw new CommandFailed(exitCodes.usage, `--to ${to}: write a member of ${sight.policy.name}`);
  }
  const standing = standingRefusal(sight.policy, state, ballot, sight.view.members, to ?? null);
  const acceptLossMs = standing.lossMs === null ? null : Math.ceil(standing.lossMs / 1000) * 1000 + SLACK_MS;
  const loss = acceptLossMs === null ? lossText(null) : lossText(acceptLossMs);
  session.say(`ballot for term ${state.term}, at ${ballot.step}: ${ballot.cause}`);
  for (const each of standing.reasons) session.say(`  ${each}`);
  session.say(`  candidate: ${standing.candidate ?? 'none'}; ${loss}`);
  if (dryRun === true || acceptLoss !== true) {
    session.give({ database: sight.policy.name, term: state.term, ...standing, acceptLossMs });
    if (dryRun === true && standing.candidate !== null) return exitCodes.ok;
    const remedy = 'add --accept-loss to promote all the same';
    session.warn(`regentctl: ${standing.candidate === null ? 'no member can be promoted' : remedy}`);
    return exitCodes.refused;
  }
  if (standing.candidate === null) throw new CommandFailed(exitCodes.refused, 'no member can be promoted');
  const order = await giveOrder(session, sight, { kind: 'failover', to: to ?? null, acceptLossMs });
  return followOrder(session, sight, order, withinMs);
}

function waitingBallot({ policy, view }: DatabaseSight) {
  const { state, primary } = view;
  if (state === undefined) throw new CommandFailed(exitCodes.refused, `${policy.name} is not under management yet`);
  const { ballot } = state;
  if (ballot === null) {
    const told =
      primary === undefined
        ? `${state.primary} has lost its key, and no ballot is open yet; it opens by itself, see regentctl status`
        : `${state.primary} is the primary and holds its key; use regentctl database switchover`;
    throw new CommandFailed(exitCodes.refused, `no ballot is open: ${told}`);
  }
  if (!isUndecided(ballot)) {
    throw new CommandFailed(exitCodes.refused, `the ballot has chosen ${ballot.candidate}; it goes on by itself`);
  }
  return { state, ballot };
}
