/**
 * The one member that acknowledges the primary's commits: who it is, since when it can be counted on, and when it is not
 * any more. Only the holder of the primary key decides it. What is claimed is what the server does: its own counters
 * void the claim, also after the fact.
 */
import type { NewEvent } from '../event.ts';
import { about, act, type MemberAction, type MemberDecision, type MemberSnapshot, nothing } from './member-snapshot.ts';
import type { ServerLook } from './server-look.ts';
import type { DatabaseState, MemberRecord } from './state.ts';

/** A replica that reconnects after a hiccup keeps its seat; commits wait for it meanwhile. */
const ACKER_GONE_MS = 5_000;

/**
 * Entry: the store names the entrant, it begins to acknowledge, commits wait for it, a write proves it, and only then
 * the store counts on it. Removal: store first, then no more waiting (nobody else could have acknowledged).
 */
export function lookAfterAcker(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const semiSync = snapshot.server.look?.semiSync;
  if (semiSync === undefined) return nothing;
  if (state.acker === null) return withoutAcker(snapshot, state, semiSync);
  if (!placesFor(snapshot).includes(state.acker)) return changeAcker(snapshot, state, null, 'AckerNotWanted');
  const isGone = snapshot.ackerLostForMs > ACKER_GONE_MS;
  if (isGone && snapshot.policy.policy.durability === 'bounded') {
    return changeAcker(snapshot, state, null, 'AckerGone');
  }
  if (!semiSync.primaryEnabled) {
    if (state.ackerInvocation !== null) return act(countOn(state, null));
    return semiSync.clients > 0 ? act({ kind: 'set-wait-for-ack', waitForAck: true }) : nothing;
  }
  if (state.ackerInvocation !== null && hasFallenBack(state, semiSync)) {
    return act(countOn(state, null), fellBack(snapshot, state, semiSync));
  }
  const record = snapshot.members.find((m) => m.node === state.acker);
  const acknowledges = record?.follows === snapshot.node && record.semiSyncReplica && record.serverInvocation !== '';
  if (!acknowledges || semiSync.clients === 0) return nothing;
  // It pins the timeout again that somebody has shortened.
  if (!semiSync.primaryActive) return act({ kind: 'set-wait-for-ack', waitForAck: true });
  if (record.serverInvocation === state.ackerInvocation) return nothing;
  const { unacknowledged } = semiSync;
  const proven = { ackerInvocation: record.serverInvocation, unacknowledgedAtProof: unacknowledged };
  return act({ kind: 'close-ballot', state: { ...state, ...proven } });
}

/** The effective durability is what the server does, not what it was told: seen by its own count, also afterwards. */
function hasFallenBack(state: DatabaseState, semiSync: ServerLook['semiSync']): boolean {
  return !semiSync.primaryActive || semiSync.unacknowledged !== state.unacknowledgedAtProof;
}

const countOn = (state: DatabaseState, ackerInvocation: null): MemberAction => ({
  kind: 'write-state',
  state: { ...state, ackerInvocation, unacknowledgedAtProof: null },
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
  return entrant === undefined ? nothing : changeAcker(snapshot, state, entrant.node, 'AckerFollows');
}

/** Where an acknowledgement outlives what the policy says: in the own region (no long way in every commit), or outside it. */
function placesFor({ node, policy }: MemberSnapshot): readonly string[] {
  const { members, survives } = policy.policy;
  const region = members.find((m) => m.node === node)?.region;
  const isWanted = (place: string) => (survives === 'node' ? place === region : place !== region);
  return members.filter((m) => isWanted(m.region) && m.node !== node).map((m) => m.node);
}

/** A member in the wanted place that replicates from here. */
function eligibleAcker(snapshot: MemberSnapshot, state: DatabaseState): MemberRecord | undefined {
  const nodes = placesFor(snapshot);
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

function changeAcker(
  snapshot: MemberSnapshot,
  state: DatabaseState,
  acker: string | null,
  cause: 'AckerGone' | 'AckerNotWanted' | 'AckerFollows',
): MemberDecision {
  const why = cause === 'AckerGone' ? 'does not follow' : 'is not where the policy wants it';
  const message =
    acker === null
      ? `commits wait for nobody any more, because ${state.acker} ${why}; a failover now may lose writes`
      : `every commit waits for ${acker} to have received it`;
  return act(
    {
      kind: 'write-state',
      state: { ...state, acker, ackerInvocation: null, unacknowledgedAtProof: null, retiredAcker: state.acker },
    },
    {
      ...about(snapshot, state),
      name: 'database:durability:changed',
      message,
      cause,
    },
  );
}

function fellBack(snapshot: MemberSnapshot, state: DatabaseState, semiSync: ServerLook['semiSync']): NewEvent {
  const count = semiSync.unacknowledged - (state.unacknowledgedAtProof ?? 0);
  const now = semiSync.primaryActive ? 'it waits again' : 'it does not wait now';
  return {
    ...about(snapshot, state),
    name: 'database:durability:changed',
    message: `${snapshot.node} did not wait for ${state.acker}: ${count} commits returned unacknowledged, ${now}; a failover now may lose writes until ${state.acker} has proved itself again`,
    cause: 'SemiSyncFellBack',
    facts: { unacknowledged: count },
  };
}
