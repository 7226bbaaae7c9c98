/** `regentctl database switchover`: asks what the primary's agent will ask, gives the order and follows it. */
import { obstacles, type SwitchoverFacts, switchoverCandidates } from '../core/database/switchover.ts';
import type { OrderOptions } from './database.ts';
import { followOrder, giveOrder } from './database-order.ts';
import { type DatabaseSight, secondsOf, seeDatabase } from './database-sight.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CommandFailed, type Session } from './session.ts';

export async function switchover(
  session: Session,
  name: string | undefined,
  { to, timeout, dryRun }: OrderOptions,
): Promise<ExitCode> {
  const withinMs = secondsOf('--timeout', timeout) * 1000;
  const sight = await seeDatabase(session, name);
  const { state } = sight.view;
  if (state === undefined) {
    throw new CommandFailed(exitCodes.refused, `${sight.policy.name} is not under management yet`);
  }
  const facts = factsOf(session, sight, to ?? null);
  const { fit, unfit } = switchoverCandidates(facts);
  const against = obstacles(facts).map(({ code, detail }) => `${code}: ${detail}`);
  const without = unfit.map(({ node, why }) => `NoCandidate: ${node}: ${why}`);
  const refusals = fit.length === 0 ? [...against, ...without] : against;
  const candidate = fit[0]?.node;
  if (dryRun === true) {
    session.give({
      database: sight.policy.name,
      from: state.primary,
      to: candidate ?? null,
      term: state.term,
      refusals,
    });
    const told = `${state.primary} would close itself and hand over to ${candidate} under term ${state.term + 1n}`;
    session.say(refusals.length === 0 ? told : 'nothing would be done');
    for (const each of refusals) session.say(`  refused: ${each}`);
    if (refusals.length === 0)
      session.say('  its agent will also ask whether the candidate answers and how far it is behind');
    return refusals.length === 0 ? exitCodes.ok : exitCodes.refused;
  }
  if (refusals.length > 0) throw new CommandFailed(exitCodes.refused, `refused: ${refusals.join('; ')}`);
  const order = await giveOrder(session, sight, { kind: 'switchover', to: to ?? null, acceptLossMs: null });
  return followOrder(session, sight, order, withinMs);
}

function factsOf(session: Session, { policy, view, hold }: DatabaseSight, to: string | null): SwitchoverFacts {
  const { state, members, primary } = view;
  if (state === undefined) throw new CommandFailed(exitCodes.refused, `${policy.name} is not under management yet`);
  const isOpen = primary !== undefined && primary.node === state.primary;
  return { policy, state, members, hold, isOpen, wallMs: session.deps.wallMs(), standingMs: 0, to };
}
