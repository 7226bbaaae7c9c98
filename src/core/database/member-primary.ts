/**
 * What the recorded primary does in steady times: keep its key, reopen after it had to close itself, tell when its
 * server is gone. A server that was restarted is never reopened here: after a truncation it would number its next write
 * like one that a replica already has, so it opens only through a ballot.
 */
import type { NewEvent } from '../event.ts';
import { lookAfterAckers, mustWait } from './acker-duty.ts';
import { hasLostProof } from './ackers.ts';
import { about, act, type MemberDecision, type MemberSnapshot, nothing } from './member-snapshot.ts';
import { mayStart, receiptFor } from './member-start.ts';
import { electableNow } from './promise.ts';
import type { DatabaseState } from './state.ts';
import { canTakeBack } from './take-back.ts';

/** A ballot that could be held has been held by then; the server that is down may be needed for one. */
const START_AFTER_STEPS = 2;

export function decideAsPrimary(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const { invocation, look } = snapshot.server;
  if (invocation !== state.primaryInvocation) {
    return withoutServer(snapshot, state);
  }
  if (!snapshot.holdsRights) {
    return canTakeBack(snapshot, state) ? takeKey(snapshot, state) : nothing;
  }
  if (isHung(snapshot, state)) return endHung(snapshot, state);
  if (look === undefined) return nothing;
  if (look.readOnly)
    return act({ kind: 'open', waitForAck: mustWait(snapshot, state), cause: 'the lease is held again' });
  if (snapshot.notes.followedTerm !== state.term) return act({ kind: 'note-line', term: state.term });
  const electable = electableNow(snapshot);
  if (electable.join() !== state.electable.join()) return act({ kind: 'write-state', state: { ...state, electable } });
  return lookAfterAckers(snapshot, state);
}

/** The receipt ends what went before it: an orderly stop's hold (its agent is back) and the pause after a ballot. */
function withoutServer(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  if (state.receipt === null) {
    const receipt = receiptFor(snapshot, state);
    return act(
      { kind: 'issue-receipt', state: { ...state, receipt, hold: null, unfinished: null } },
      receiptEvent(snapshot, state),
    );
  }
  const isStuck = snapshot.stateStandingMs > START_AFTER_STEPS * snapshot.policy.policy.stepTimeoutMs;
  const isDown = snapshot.server.invocation === undefined;
  const isNeeded = isStuck || hasLostProof(state, snapshot.members);
  return isDown && isNeeded && mayStart(snapshot) ? act({ kind: 'start-server', role: 'keep' }) : nothing;
}

/**
 * A server that takes no write for the time of the policy is no primary, however alive it looks: frozen, behind a lock that
 * somebody holds, on a full disk. Overload is not death: one write in that time is enough, and commits that wait for their
 * acknowledgement do not count. Without a member that could be opened instead nothing is better than what is there.
 */
function isHung({ writesFailForMs, policy }: MemberSnapshot, state: DatabaseState): boolean {
  return writesFailForMs >= policy.policy.hungAfterMs && state.electable.length > 0;
}

function endHung(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const forMs = Math.round(snapshot.writesFailForMs);
  const cause = `it has taken no write for ${forMs} ms`;
  return act(
    { kind: 'kill', cause },
    {
      ...about(snapshot, state),
      name: 'database:primary:killed',
      message: `${snapshot.node} killed its mariadbd, so that another server can be opened: ${cause}`,
      cause,
      facts: { writesFailForMs: forMs },
    },
  );
}

/** For whom nothing was handed over meanwhile (`canTakeBack`). */
export function takeKey(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  return act({ kind: 'take-key', term: state.term, state: takenAgain(snapshot, state) }, resumed(snapshot, state));
}

function takenAgain(snapshot: MemberSnapshot, state: DatabaseState): DatabaseState {
  const switchedAtMs = state.switchedAtMs === 0 ? snapshot.wallMs : state.switchedAtMs;
  return { ...state, hold: null, unfinished: null, switchedAtMs };
}

function resumed(snapshot: MemberSnapshot, state: DatabaseState): NewEvent {
  const message = `${snapshot.node} holds the lease of term ${state.term}; nothing was handed over meanwhile`;
  return {
    ...about(snapshot, state),
    name: 'database:primary:resumed',
    message,
    cause: 'the key was free and the state unchanged',
  };
}

function receiptEvent(snapshot: MemberSnapshot, state: DatabaseState): NewEvent {
  const message = `mariadbd ${state.primaryInvocation} of ${snapshot.node} is gone`;
  return { ...about(snapshot, state), name: 'database:receipt:issued', message, cause: 'the process is not there' };
}
