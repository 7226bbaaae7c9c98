/**
 * Operators' orders: each is obeyed for the term that it names and for no other, overrides no veto, and leaves no
 * database without an open server: where nothing disturbs, the order is carried out and writes are out for a moment.
 */
import type { Ballot, DatabaseState } from '../../../../src/core/database/state.ts';
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

/**
 * A server that cannot be closed in time is killed, and a ballot follows; without that a switchover is over in this: slow
 * appliers, messages that take longer than their calls, a candidate that is given up after its step timeout.
 */
const GAP_MAX_MS = 7_000;
/** A freeze takes this long at least; what comes on top may be a message that was late. */
const FREEZE_MS = 100;
const LATENCY_MS = 30;

export function ordersKept(world: BallotWorld): BallotChecker {
  const obeyed = new Set<string>();
  let lastOpenMs = 0;
  let frozen = { term: 0n, atMs: 0 };
  let invocations: string | undefined;
  const look = (state: DatabaseState, ballot: Ballot) => {
    const { ordered } = ballot;
    if (ballot.step === 'freeze' && frozen.term !== state.term)
      frozen = { term: state.term, atMs: world.scheduler.nowMs() };
    if (ordered === null || obeyed.has(ordered.id)) return;
    obeyed.add(ordered.id);
    world.counted(`a ${ordered.kind} was obeyed`);
    const order = world.operators.given.get(ordered.id);
    const named = order?.kind === 'switchover' ? order.term + 1n : order?.term;
    if (named !== state.term) world.violated(`order: ${ordered.id} is obeyed in term ${state.term}, not ${named}`);
    if (ordered.kind === 'switchover') return;
    const sinceMs = Math.min(FREEZE_MS, world.scheduler.nowMs() - frozen.atMs);
    for (const veto of vetoes(world, state, ballot, ballot.absentForMs + sinceMs - LATENCY_MS)) world.violated(veto);
  };
  return {
    onState: (state) => {
      if (state.ballot !== null) look(state, state.ballot);
    },
    afterStep: () => {
      const now = world.scheduler.nowMs();
      if (!world.operators.isUndisturbed) {
        lastOpenMs = now;
        invocations = undefined;
        return;
      }
      if (world.agents.some(({ server }) => server.invocation !== undefined && !server.readOnly)) lastOpenMs = now;
      invocations ??= running(world);
      if (now - lastOpenMs > GAP_MAX_MS && invocations === running(world)) {
        world.violated(`order: nothing is open ${GAP_MAX_MS} ms after a switchover that nothing disturbed`);
      }
    },
  };
}

const running = (world: BallotWorld): string => world.agents.map(({ server }) => server.invocation).join();

/** By the members' own words in the store, as the policy says what a veto is; `absentForMs` is counted low. */
function vetoes(world: BallotWorld, { term }: DatabaseState, ballot: Ballot, absentForMs: number): readonly string[] {
  const { vetoWithinMs } = world.policies.latest.policy.writeProbe;
  return world.agents.flatMap(({ host: { node } }) => {
    const answer = world.truth.view.members.find((member) => member.node === node)?.answer;
    if (answer?.ok !== true || answer.term !== term || answer.step !== 'freeze') return [];
    const ageMs = answer.writeProbeAgeMs ?? Number.POSITIVE_INFINITY;
    const isVeto =
      ballot.receipt === null && node !== ballot.formerPrimary && ageMs < Math.min(vetoWithinMs, absentForMs);
    return isVeto ? [`order: a candidate is chosen although ${node} received a write ${ageMs} ms ago`] : [];
  });
}
