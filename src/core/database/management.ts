/**
 * Where the management of a database begins and ends. It begins with an adoption, and ends when the policy is deleted or
 * set to observe: the primary's own agent then writes that the database is unmanaged, and lets go of its right with the
 * server open as it is. So nothing is closed by an edit, and nothing that happened meanwhile is overruled, because what
 * comes next is an adoption. A primary that is not open is not let go: what has begun goes on when the policy is back.
 *
 * The times of the lease stay what they were at the adoption. What one agent has promised, and what another one believes,
 * is counted by them; two agents that count by two versions of a policy could both be right (I1).
 */
import type { NewEvent } from '../event.ts';
import type { Accepted, DatabaseFailover } from '../policy.ts';
import { decideInBallot } from './member-ballot.ts';
import { takeKey } from './member-primary.ts';
import { about, act, type MemberDecision, type MemberSnapshot, nothing } from './member-snapshot.ts';
import type { DatabaseState } from './state.ts';
import { canTakeBack, takeBack } from './take-back.ts';

/** The policy as it counts for a database in this state. */
export function inForce(
  accepted: Accepted<DatabaseFailover>,
  state: Pick<DatabaseState, 'phase' | 'timing'> | undefined,
): Accepted<DatabaseFailover> {
  if (state === undefined || state.timing === null || state.phase === 'unmanaged') return accepted;
  return { ...accepted, policy: { ...accepted.policy, ...state.timing } };
}

/** What to tell while a policy says other times than those that count. */
export function timingKept(
  { policy, revision }: Accepted<DatabaseFailover>,
  state: DatabaseState | undefined,
): readonly NewEvent[] {
  const counts = inForce({ policy, revision }, state).policy;
  if (counts.ttlMs === policy.ttlMs && counts.marginMs === policy.marginMs) return [];
  return [
    {
      name: 'database:timing:kept',
      subject: policy.name,
      message:
        `the lease goes on with a ttl of ${counts.ttlMs} ms and a margin of ${counts.marginMs} ms, not ${policy.ttlMs} ms ` +
        'and its margin: they count from the next adoption; set mode to observe, and to enforce again when the primary is released',
      cause: 'the ttl or the margin of a managed database was edited',
      policyRevision: revision,
      ...(state === undefined ? {} : { epoch: state.term }),
    },
  ];
}

/**
 * For a policy that only observes, or is gone: whoever is open by right says that it is so no more. A ballot that stands is
 * closed first, by whoever is open: the former primary, or the new one that has its key and must only say so.
 */
export function endManagement(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const { node, holdsRights, storeAwayForMs, server, notes } = snapshot;
  const isOpenPrimary = state.primary === node && server.look?.readOnly === false;
  if (!isOpenPrimary || storeAwayForMs > 0 || state.term < notes.highestTerm) return nothing;
  if (state.phase === 'ballot') return endBallot(snapshot, state);
  // An agent that was ended before it could let go, and whose order to the dead man's switch stands.
  if (!holdsRights) return canTakeBack(snapshot, state) ? takeKey(snapshot, state) : nothing;
  // Whose promises keep it open stays: the store may be lost before it answers, and nothing is closed by an edit then either.
  const released: DatabaseState = { ...state, phase: 'unmanaged', hold: null, unfinished: null };
  return act(
    { kind: 'write-state', state: released },
    {
      ...about(snapshot, state),
      name: 'database:primary:released',
      message: `${node} is no longer managed and stays open as it is; nothing closes it, and nothing takes over`,
      cause: 'the policy only observes, or was deleted',
    },
  );
}

function endBallot(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  if (canTakeBack(snapshot, state)) return takeBack(snapshot, state);
  const hasTaken = state.ballot?.step === 'prove' && snapshot.server.invocation === state.primaryInvocation;
  return hasTaken ? decideInBallot(snapshot, state) : nothing;
}
