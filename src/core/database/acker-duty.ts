/**
 * What the primary does about its ackers: it names them, lets commits wait for them, proves that they do, and shuts out
 * those that are lost, misplaced or too many. Only the holder of the primary key changes the set.
 *
 *   entry:   the store names the entrant with its server process, then it begins to acknowledge. The claim stands: whatever
 *            it acknowledges, a ballot needs its answer from then on.
 *   proof:   whoever may be a stranger to the set is shut out (strangers.ts); then a write that waited and was acknowledged.
 *            Whoever acknowledged it had received all before it, in order; so the set has everything, each member as the
 *            process that its record named before the write.
 *   removal: the member is locked out at this server and seen gone, then a write proves that the others have everything,
 *            and only then the store forgets it.
 *
 * What is claimed is what the server does: its own counters void the claim, also after the fact. With nobody there,
 * `bounded` gives the claim up and lets commits pass, `lossless` lets them wait.
 */
import type { NewEvent } from '../event.ts';
import { ackersThere, asSeen, durabilityChanged, entry, isLost, removal } from './acker-change.ts';
import { isClaimed, namesOf } from './ackers.ts';
import { about, act, type MemberDecision, type MemberSnapshot, nothing } from './member-snapshot.ts';
import type { ServerLook } from './server-look.ts';
import type { Acker, DatabaseState } from './state.ts';
import { type Strangers, strangersTo } from './strangers.ts';
import { endVainWaiting } from './vain-waiting.ts';

type SemiSync = ServerLook['semiSync'];

export function lookAfterAckers(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const semiSync = snapshot.server.look?.semiSync;
  if (semiSync === undefined) return nothing;
  const voided = voidClaim(snapshot, state, semiSync);
  if (voided !== undefined) return voided;
  const ended = endVainWaiting(snapshot, state);
  if (ended !== undefined) return ended;
  const leaving = removal(snapshot, state);
  if (leaving?.kind === 'shut-out') return leaving.decision;
  const decision = entry(snapshot, state) ?? withNobody(snapshot, state) ?? waitAndProve(snapshot, state, semiSync);
  if (leaving === undefined) return decision;
  return { ...decision, refusals: [...decision.refusals, leaving.refusal] };
}

/** Must commits wait from the moment in which the server is opened? */
export function mustWait({ policy }: MemberSnapshot, state: DatabaseState): boolean {
  return isClaimed(state) || (policy.policy.durability === 'lossless' && state.ackers.length > 0);
}

/** The effective durability is what the server does, not what it was told: seen by its own count, also afterwards. */
function voidClaim(snapshot: MemberSnapshot, state: DatabaseState, semiSync: SemiSync): MemberDecision | undefined {
  const { primaryEnabled, primaryActive, unacknowledged } = semiSync;
  const isKept = primaryEnabled && primaryActive && unacknowledged === state.unacknowledgedAtProof;
  if (isKept || !isClaimed(state)) return undefined;
  const count = unacknowledged - (state.unacknowledgedAtProof ?? 0);
  const now = primaryActive ? 'it waits again' : 'it does not wait now';
  const message =
    `${snapshot.node} did not wait for ${namesOf(state.ackers, 'or')}: ${count} commits returned unacknowledged, ${now}; ` +
    'a failover now may lose writes until a write has proved anew that it waits';
  return giveUpClaim(snapshot, state, { message, cause: 'SemiSyncFellBack', facts: { unacknowledged: count } });
}

function giveUpClaim(
  snapshot: MemberSnapshot,
  state: DatabaseState,
  why: Pick<NewEvent, 'message' | 'cause' | 'facts'>,
): MemberDecision {
  const unclaimed = { ...state, unacknowledgedAtProof: null };
  return act({ kind: 'write-state', state: unclaimed }, durabilityChanged(snapshot, state, why));
}

/** All are lost, and no replacement is there either. */
function withNobody(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision | undefined {
  if (state.ackers.length === 0 || !state.ackers.every(({ node }) => isLost(snapshot, node))) return undefined;
  if (snapshot.policy.policy.durability === 'lossless') {
    const message = `commits wait for ${namesOf(state.ackers, 'or')}, and nobody else can acknowledge them`;
    const awaited = { name: 'database:acker:awaited', cause: 'AckerGone', refusal: 'AckersMissing' } as const;
    return { ...nothing, refusals: [{ ...about(snapshot, state), ...awaited, message }] };
  }
  if (!isClaimed(state)) return undefined;
  const why = `because ${namesOf(state.ackers)} acknowledges nothing`;
  const message = `commits wait for nobody any more, ${why}; a failover now may lose writes`;
  return giveUpClaim(snapshot, state, { message, cause: 'AckerGone' });
}

/** Commits wait while that is claimed, or while it can be proved; the timeout is pinned again that somebody shortened. */
function waitAndProve(snapshot: MemberSnapshot, state: DatabaseState, semiSync: SemiSync): MemberDecision {
  const there = ackersThere(snapshot, state);
  if (there.length === 0) {
    const isIdle = semiSync.primaryEnabled && !mustWait(snapshot, state);
    return isIdle ? act({ kind: 'set-wait-for-ack', waitForAck: false }) : nothing;
  }
  if (semiSync.clients === 0) return nothing;
  if (!semiSync.primaryActive) return act({ kind: 'set-wait-for-ack', waitForAck: true });
  const ackers = state.ackers.map((acker) => asSeen(acker, there));
  if (isClaimed(state) && ackers.every((acker, i) => isSame(acker, state.ackers[i]))) return nothing;
  return claim(snapshot, state, { ...state, ackers, unacknowledgedAtProof: semiSync.unacknowledged });
}

/** From before the write that proves it nobody else can acknowledge; while a claim stands, that is so already. */
function claim(snapshot: MemberSnapshot, state: DatabaseState, proved: DatabaseState): MemberDecision {
  const { ackers } = proved;
  const found: Strangers = isClaimed(state) ? { kind: 'known', accounts: [] } : strangersTo(snapshot, state);
  if (found.kind === 'awaited') return nothing;
  if (found.kind === 'unknown') return { ...nothing, refusals: [found.refusal] };
  const strangers = found.accounts;
  const clients = snapshot.server.look?.semiSync.clients ?? 0;
  const isForeign = strangers.length === 0 && clients > ackers.length;
  if (isForeign) return { ...nothing, refusals: [foreign(snapshot, state, clients)] };
  const action = { kind: 'claim', strangers, state: proved } as const;
  if (isClaimed(state)) return act(action);
  const message = `every commit waits for ${namesOf(ackers, 'or')} to have received it`;
  const facts = { shutOut: strangers };
  return act(action, durabilityChanged(snapshot, state, { message, cause: 'AckersProved', facts }));
}

function isSame(one: Acker, other: Acker | undefined): boolean {
  return one.invocation === other?.invocation && one.account === other.account;
}

/** No member, so that no ballot asks it. */
function foreign(snapshot: MemberSnapshot, state: DatabaseState, clients: number): NewEvent {
  const known = state.ackers.length;
  return {
    ...about(snapshot, state),
    name: 'database:acker:unknown',
    message: `${clients} servers acknowledge commits of ${snapshot.node}, but the set has ${known}; nothing new is claimed: switch rpl_semi_sync_slave_enabled off on the others`,
    cause: 'somebody who is no member acknowledges',
    refusal: 'CannotShutOut',
  };
}
