/**
 * What the recorded primary does in steady times: keep its key, reopen after it had to close itself, tell when its
 * server is gone, and look after the one member that acknowledges its commits. A server that was restarted is never
 * reopened here: after a truncation it would number its next write like one that a replica already has, so it opens
 * only through a ballot.
 */
import type { NewEvent } from '../event.ts';
import { act, type MemberDecision, type MemberSnapshot, nothing } from './member-snapshot.ts';
import { receiptFor } from './member-start.ts';
import type { DatabaseState, MemberRecord } from './state.ts';
import { canTakeBack } from './take-back.ts';

/** A replica that reconnects after a hiccup keeps its seat; commits wait for it meanwhile. */
const ACKER_GONE_MS = 5_000;

export function decideAsPrimary(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const { invocation, look } = snapshot.server;
  if (invocation !== state.primaryInvocation) {
    if (state.receipt !== null) return nothing;
    return act(
      { kind: 'issue-receipt', state: { ...state, receipt: receiptFor(snapshot, state) } },
      receiptEvent(snapshot, state),
    );
  }
  if (!snapshot.holdsRights) {
    if (!canTakeBack(snapshot, state)) return nothing;
    return act({ kind: 'take-key', term: state.term, state: { ...state, hold: null } }, resumed(snapshot, state));
  }
  if (look === undefined) return nothing;
  if (look.readOnly) return act({ kind: 'open', waitForAck: state.acker !== null, cause: 'the lease is held again' });
  return lookAfterAcker(snapshot, state);
}

/** Entry: store first, then the waiting. Removal: store first, then no more waiting (nobody else could have acknowledged). */
function lookAfterAcker(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const semiSync = snapshot.server.look?.semiSync;
  if (semiSync === undefined) return nothing;
  if (state.acker === null) {
    const entrant = eligibleAcker(snapshot);
    if (entrant !== undefined) return changeAcker(snapshot, state, entrant.node);
    return semiSync.primaryEnabled ? act({ kind: 'set-wait-for-ack', waitForAck: false }) : nothing;
  }
  const isGone = snapshot.ackerLostForMs > ACKER_GONE_MS;
  if (isGone && snapshot.policy.policy.durability === 'bounded') return changeAcker(snapshot, state, null);
  if (!semiSync.primaryEnabled && semiSync.clients > 0) return act({ kind: 'set-wait-for-ack', waitForAck: true });
  return nothing;
}

/** A member of the own region that replicates from here; a round trip to another region is not put into every commit. */
function eligibleAcker(snapshot: MemberSnapshot): MemberRecord | undefined {
  const { members } = snapshot.policy.policy;
  const region = members.find((m) => m.node === snapshot.node)?.region;
  const nodes = members.filter((m) => m.region === region && m.node !== snapshot.node).map((m) => m.node);
  return snapshot.members.find(
    (m) => nodes.includes(m.node) && m.serverUp && !m.quarantined && m.follows === snapshot.node,
  );
}

function changeAcker(snapshot: MemberSnapshot, state: DatabaseState, acker: string | null): MemberDecision {
  const message =
    acker === null
      ? `commits wait for nobody any more, because ${state.acker} does not follow; a failover now may lose writes`
      : `every commit waits for ${acker} to have received it`;
  return act(
    { kind: 'write-state', state: { ...state, acker } },
    {
      ...about(snapshot, state),
      name: 'database:durability:changed',
      message,
      cause: acker === null ? 'AckerGone' : 'AckerFollows',
    },
  );
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

function about(snapshot: MemberSnapshot, state: DatabaseState) {
  return { subject: snapshot.policy.policy.name, policyRevision: snapshot.policy.revision, epoch: state.term };
}
