/**
 * What the recorded primary does in steady times: keep its key, reopen after it had to close itself, tell when its
 * server is gone, and look after the one member that acknowledges its commits. A server that was restarted is never
 * reopened here: after a truncation it would number its next write like one that a replica already has, so it opens
 * only through a ballot.
 */
import type { NewEvent } from '../event.ts';
import { act, type MemberAction, type MemberDecision, type MemberSnapshot, nothing } from './member-snapshot.ts';
import { mayStart, receiptFor } from './member-start.ts';
import type { ServerLook } from './server-look.ts';
import type { DatabaseState, MemberRecord } from './state.ts';
import { canTakeBack } from './take-back.ts';

/** A replica that reconnects after a hiccup keeps its seat; commits wait for it meanwhile. */
const ACKER_GONE_MS = 5_000;

/** A ballot that could be held has been held by then; the server that is down may be needed for one. */
const START_AFTER_STEPS = 2;

export function decideAsPrimary(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const { invocation, look } = snapshot.server;
  if (invocation !== state.primaryInvocation) {
    return withoutServer(snapshot, state);
  }
  if (!snapshot.holdsRights) {
    if (!canTakeBack(snapshot, state)) return nothing;
    return act({ kind: 'take-key', term: state.term, state: takenAgain(snapshot, state) }, resumed(snapshot, state));
  }
  if (look === undefined) return nothing;
  if (look.readOnly) return act({ kind: 'open', waitForAck: state.acker !== null, cause: 'the lease is held again' });
  return lookAfterAcker(snapshot, state);
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
  return isDown && isStuck && mayStart(snapshot) ? act({ kind: 'start-server', role: 'keep' }) : nothing;
}

function takenAgain(snapshot: MemberSnapshot, state: DatabaseState): DatabaseState {
  const switchedAtMs = state.switchedAtMs === 0 ? snapshot.wallMs : state.switchedAtMs;
  return { ...state, hold: null, unfinished: null, switchedAtMs };
}

/**
 * Entry: the store names the entrant, it begins to acknowledge, commits wait for it, a write proves it, and only then
 * the store counts on it. Removal: store first, then no more waiting (nobody else could have acknowledged).
 */
function lookAfterAcker(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const semiSync = snapshot.server.look?.semiSync;
  if (semiSync === undefined) return nothing;
  if (state.acker === null) return withoutAcker(snapshot, state, semiSync);
  const isGone = snapshot.ackerLostForMs > ACKER_GONE_MS;
  if (isGone && snapshot.policy.policy.durability === 'bounded') return changeAcker(snapshot, state, null);
  if (!semiSync.primaryEnabled) {
    if (state.ackerInvocation !== null) return act(countOn(state, null));
    return semiSync.clients > 0 ? act({ kind: 'set-wait-for-ack', waitForAck: true }) : nothing;
  }
  const record = snapshot.members.find((m) => m.node === state.acker);
  const acknowledges = record?.follows === snapshot.node && record.semiSyncReplica && record.serverInvocation !== '';
  if (!acknowledges || semiSync.clients === 0 || record.serverInvocation === state.ackerInvocation) return nothing;
  return act({ kind: 'close-ballot', state: { ...state, ackerInvocation: record.serverInvocation } });
}

const countOn = (state: DatabaseState, ackerInvocation: string | null): MemberAction => ({
  kind: 'write-state',
  state: { ...state, ackerInvocation },
});

function withoutAcker(
  snapshot: MemberSnapshot,
  state: DatabaseState,
  semiSync: ServerLook['semiSync'],
): MemberDecision {
  if (semiSync.primaryEnabled) return act({ kind: 'set-wait-for-ack', waitForAck: false });
  const retired = snapshot.members.find((m) => m.node === state.retiredAcker);
  if (retired?.serverUp === true && !retired.semiSyncReplica) {
    return act({ kind: 'write-state', state: { ...state, retiredAcker: null } });
  }
  const entrant = eligibleAcker(snapshot, state);
  return entrant === undefined ? nothing : changeAcker(snapshot, state, entrant.node);
}

/** A member of the own region that replicates from here; a round trip to another region is not put into every commit. */
function eligibleAcker(snapshot: MemberSnapshot, state: DatabaseState): MemberRecord | undefined {
  const { members } = snapshot.policy.policy;
  const region = members.find((m) => m.node === snapshot.node)?.region;
  const nodes = members.filter((m) => m.region === region && m.node !== snapshot.node).map((m) => m.node);
  return snapshot.members.find(
    (m) =>
      nodes.includes(m.node) &&
      (state.retiredAcker === null || state.retiredAcker === m.node) &&
      m.serverUp &&
      !m.quarantined &&
      !m.rebuilding &&
      m.follows === snapshot.node,
  );
}

function changeAcker(snapshot: MemberSnapshot, state: DatabaseState, acker: string | null): MemberDecision {
  const message =
    acker === null
      ? `commits wait for nobody any more, because ${state.acker} does not follow; a failover now may lose writes`
      : `every commit waits for ${acker} to have received it`;
  return act(
    { kind: 'write-state', state: { ...state, acker, ackerInvocation: null, retiredAcker: state.acker } },
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
