/**
 * The ballot of a switchover. The primary closed its server by itself, so it knows the last position, and there is
 * nothing to poll, to freeze or to count: the ballot begins at `drain`, with a receipt that the server is closed. If
 * the candidate does not manage, the former primary has everything and gets its right back: nobody else was opened,
 * because whoever takes the key writes the very state that the undoing write compares (I1).
 */
import type { ArbiterDecision, ArbiterSnapshot } from './arbiter-snapshot.ts';
import type { MemberSnapshot } from './member-snapshot.ts';
import { receiptFor } from './member-start.ts';
import { ballotOrder, type DatabaseOrder } from './order.ts';
import type { Ballot, DatabaseState, GtidPosition } from './state.ts';

/** True if the former primary closed its server itself and is there to take its key back. */
export function isSwitchover(ballot: Ballot): boolean {
  return ballot.receipt?.how === 'closed';
}

/**
 * Is this a member that has nothing to do until the switchover which stands has ended? All but the candidate: the former
 * primary has closed its server, and may open it again only when the arbiter has ended the ballot.
 */
export function isBystander({ ballot }: DatabaseState, node: string): boolean {
  return ballot !== null && isSwitchover(ballot) && ballot.candidate !== node;
}

/**
 * The state in which the closed primary gives its key away.
 * @param position - the last transaction of the server, read after it was closed; the candidate opens only with all of it
 */
export function handedOver(
  snapshot: MemberSnapshot,
  state: DatabaseState,
  { order, to, cause }: { readonly order: DatabaseOrder; readonly to: string; readonly cause: string },
  position: GtidPosition,
): DatabaseState {
  const answered = snapshot.members.filter(({ answer }) => answer?.order === order.id);
  return {
    ...state,
    term: state.term + 1n,
    phase: 'ballot',
    unfinished: null,
    ballot: {
      step: 'drain',
      formerPrimary: snapshot.node,
      cause,
      receipt: { ...receiptFor(snapshot, state), how: 'closed' },
      openedAtMs: snapshot.wallMs,
      candidate: to,
      polled: answered.map(({ node }) => node),
      excluded: [],
      absentForMs: 0,
      catchUp: { node: snapshot.node, until: position },
      lossMs: 0,
      ordered: ballotOrder(order),
      fences: [{ by: 'receipt', nodes: [snapshot.node] }],
    },
  };
}

/** Ends the ballot of a switchover: the former primary may take its key again, as after a ballot that was vetoed. */
export function undoSwitchover(snapshot: ArbiterSnapshot, state: DatabaseState, ballot: Ballot): ArbiterDecision {
  const undone: DatabaseState = {
    ...state,
    phase: 'steady',
    ballot: null,
    receipt: null,
    unfinished: { term: state.term, outcome: 'undone' },
  };
  return {
    kind: 'write',
    state: undone,
    events: [
      {
        name: 'database:switchover:undone',
        subject: snapshot.policy.policy.name,
        message: `${ballot.candidate} did not finish step ${ballot.step} of term ${state.term}; ${state.primary} may open again`,
        cause: ballot.cause,
        refusal: 'NoCandidate',
        policyRevision: snapshot.policy.revision,
        epoch: state.term,
        facts: { order: ballot.ordered?.id ?? null, candidate: ballot.candidate },
      },
    ],
  };
}
