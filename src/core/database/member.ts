/**
 * Decides what a db agent does with its own server. The order of the questions is the safety argument: first whether
 * an open server has the right to be open (I1), then whether the store can be believed, then what the state asks for.
 * Nothing but closing is ever decided while the store is away (I5), and a server is opened only with the primary key
 * under the own lease; it may stay open by the promises of the others as well (promise.ts).
 */
import type { NewEvent } from '../event.ts';
import { endManagement } from './management.ts';
import { decideInBallot } from './member-ballot.ts';
import { decideAsPrimary } from './member-primary.ts';
import { decideAsReplica } from './member-replica.ts';
import { act, type MemberDecision, type MemberSnapshot, nothing } from './member-snapshot.ts';
import { liftLocks } from './replication-account.ts';
import type { DatabaseState } from './state.ts';
import { decideOnOrder } from './switchover.ts';
import { mayAwaitKey } from './take-back.ts';

export function decideMember(snapshot: MemberSnapshot): MemberDecision {
  const { state, policy } = snapshot;
  if (state === undefined) return nothing;
  if (state.phase === 'unmanaged') {
    return hasRight(snapshot) ? act({ kind: 'let-go' }) : (liftLocks(snapshot, state) ?? nothing);
  }
  if (policy.policy.mode === 'observe') return endManagement(snapshot, state);
  const closing = mustClose(snapshot, state);
  if (closing !== undefined) return act({ kind: 'demote', cause: closing });
  if (snapshot.storeAwayForMs > 0) return nothing;
  if (state.term < snapshot.notes.highestTerm) return { ...nothing, refusals: [storeWentBack(snapshot, state)] };
  // A server whose data is being exchanged is nobody's to start or to count on; a new one has no word before it follows.
  if (snapshot.rebuild === 'taken' || (snapshot.rebuild !== undefined && state.phase === 'ballot')) return nothing;
  const lifted = liftLocks(snapshot, state);
  if (lifted !== undefined) return lifted;
  if (state.phase === 'ballot') return decideInBallot(snapshot, state);
  const ordered = decideOnOrder(snapshot, state);
  if (ordered !== undefined) return ordered;
  return state.primary === snapshot.node ? decideAsPrimary(snapshot, state) : decideAsReplica(snapshot, state);
}

/**
 * A right is one server process's: a restarted one has none, whoever opened it. A server that cannot be asked counts as
 * open if the state names it.
 * @returns why the open server has no right to be open, or undefined
 */
function mustClose(snapshot: MemberSnapshot, state: DatabaseState): string | undefined {
  const { look, invocation } = snapshot.server;
  const isNamed = state.primary === snapshot.node && invocation === state.primaryInvocation;
  const mayBeOpen = look === undefined ? isNamed : !look.readOnly;
  if (invocation === undefined || !mayBeOpen) return undefined;
  if (isNamed && (hasRight(snapshot) || mayAwaitKey(snapshot, state))) return undefined;
  if (snapshot.storeAwayForMs > 0) return 'no lease, no promises of all electable members, and the store is away';
  return isNamed
    ? 'the server is open without the lease of its primary'
    : `${state.primary} is the primary of term ${state.term}`;
}

const hasRight = ({ holdsRights, promisedForMs }: MemberSnapshot): boolean => holdsRights || promisedForMs > 0;

function storeWentBack(snapshot: MemberSnapshot, state: DatabaseState): NewEvent {
  return {
    name: 'database:promotion:refused',
    subject: snapshot.policy.policy.name,
    message: `the store says term ${state.term}, this node has seen term ${snapshot.notes.highestTerm}: the store went back, nothing is done until an operator adopts it: regentctl database adopt-store`,
    cause: 'StoreWentBack',
    refusal: 'StaleEpoch',
    policyRevision: snapshot.policy.revision,
    epoch: state.term,
  };
}
