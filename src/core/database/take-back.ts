/**
 * The rule by which a recorded primary gets its key (again) without a ballot: nothing was handed over meanwhile.
 */
import { act, type MemberDecision, type MemberSnapshot } from './member-snapshot.ts';
import type { DatabaseState, PrimaryKey } from './state.ts';

/**
 * May the recorded primary take its key (again)? Only if nothing was handed over meanwhile: the state still names it,
 * with the same server process, and no candidate was chosen.
 */
export function canTakeBack(snapshot: MemberSnapshot, state: DatabaseState): boolean {
  const { node, server } = snapshot;
  const isSameServer = server.invocation !== undefined && server.invocation === state.primaryInvocation;
  if (state.primary !== node || !isKeyFree(snapshot) || !isSameServer) return false;
  if (state.phase === 'steady') return state.receipt === null;
  const ballot = state.ballot;
  return ballot !== null && ballot.receipt === null && (ballot.step === 'poll' || ballot.step === 'freeze');
}

/** Closes a ballot that has not chosen, by the write that takes the key back. */
export function takeBack(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const closed: DatabaseState = {
    ...state,
    phase: 'steady',
    ballot: null,
    unfinished: { term: state.term, outcome: 'retaken' },
  };
  return act(
    { kind: 'take-key', term: state.term, state: closed },
    {
      name: 'database:primary:resumed',
      subject: snapshot.policy.policy.name,
      message: `${snapshot.node} took its key back before a candidate was chosen and closes the ballot of term ${state.term}`,
      cause: state.ballot?.cause ?? 'a ballot',
      policyRevision: snapshot.policy.revision,
      epoch: state.term,
    },
  );
}

/** True if no other node, and no earlier boot of this one, stands in the primary key. */
export function isKeyFree({ node, bootId, primary }: MemberSnapshot): boolean {
  return primary === undefined || (primary.node === node && primary.bootId === bootId);
}

/**
 * May an open server stay open for the moment in which its agent has no lease? Only where nobody can have opened another
 * one: no ballot opens before an adopted primary took its first key, nor while the hold of an orderly stop stands, and a
 * key that the agent's last process left in the store protects it until that lease ends. The last one is bounded by the
 * own clock, because the view of the store may have stopped moving.
 */
export function mayAwaitKey(snapshot: MemberSnapshot, state: DatabaseState): boolean {
  const { policy } = snapshot.policy;
  if (state.phase !== 'steady' || !canTakeBack(snapshot, state)) return false;
  if (state.switchedAtMs === 0 || state.hold !== null) return true;
  return snapshot.primary !== undefined && snapshot.stateStandingMs <= policy.ttlMs - policy.marginMs;
}

/** Is the right of this key over? A receipt that was written without its answer having come counts as well. */
export function isHandedOver(state: DatabaseState, { node, serverInvocation }: PrimaryKey): boolean {
  const receipt = state.receipt ?? state.ballot?.receipt;
  return state.primary !== node || receipt?.serverInvocation === serverInvocation;
}
