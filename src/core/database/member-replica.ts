/**
 * What every other member does in steady times: run, and follow the primary. A server that has transactions which the
 * primary had not when it was promoted does not join; nothing is discarded by itself.
 */
import type { NewEvent } from '../event.ts';
import type { DatabaseMember } from '../policy.ts';
import { isAcker, isCountedOn } from './ackers.ts';
import { isPrimarySilent, stopEarly } from './early-stop.ts';
import { type Errant, formatGtid } from './gtid.ts';
import { act, type MemberDecision, type MemberSnapshot, nothing } from './member-snapshot.ts';
import { mayStart } from './member-start.ts';
import { errantSince } from './rejoin.ts';
import type { ServerLook } from './server-look.ts';
import type { DatabaseState, PromotionRecord } from './state.ts';

/** Between two tries to follow a source that does not have what this server asks for. */
const FOLLOW_AGAIN_MS = 5_000;

export function decideAsReplica(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const { invocation, look } = snapshot.server;
  if (invocation === undefined) return mayStart(snapshot) ? act({ kind: 'start-server', role: 'former' }) : nothing;
  const source = snapshot.policy.policy.members.find((m) => m.node === state.primary);
  if (look === undefined || source === undefined) return nothing;
  const receives = isFollowing(look, source) && look.replication?.receiving === true;
  const noteLine = act({ kind: 'note-line', term: state.term });
  const isNew = snapshot.rebuild === 'joining' || snapshot.rebuild === 'joined';
  const { quarantinedAt, followedTerm } = snapshot.notes;
  if (snapshot.rebuild === 'joined' && (quarantinedAt !== undefined || followedTerm !== state.term)) {
    const errant = errantOfCopy(snapshot, look, state);
    if (errant.length === 0) return noteLine;
    return quarantinedAt === undefined ? quarantine(snapshot, state, errant) : nothing;
  }
  if (quarantinedAt !== undefined && !isNew) {
    // Nobody but an operator can have started it, with data of another server; that is seen in what it has now.
    return receives && errantOf(snapshot, look, state).length === 0 ? noteLine : nothing;
  }
  const acknowledge = isAcker(state, snapshot.node);
  if (isFollowing(look, source) && look.semiSync.replicaEnabled === acknowledge) {
    const early = stopEarly(snapshot, state);
    if (early !== undefined) return early;
    return receives && followedTerm !== state.term && !isNew ? noteLine : nothing;
  }
  // It was stopped early, and what that waits for is still to come.
  if (look.replication !== null && acknowledge && isPrimarySilent(snapshot)) return nothing;
  if (!mayStartReplication(snapshot, state, look) || isBroken(snapshot, look, source)) return nothing;
  if (isNew && errantOfCopy(snapshot, look, state).length > 0) return nothing;
  const errant = isNew ? [] : errantOf(snapshot, look, state);
  if (errant.length > 0) return quarantine(snapshot, state, errant);
  const demote = look.replication === null && !isNew;
  if (demote && feedsOthers(snapshot, state)) return nothing;
  return act({ kind: 'follow', source, demote, acknowledge }, followed(snapshot, state, demote, acknowledge));
}

/** True when both threads run towards this source; a receiver that still tries to reach it does. */
export function isFollowing(look: ServerLook, source: DatabaseMember): boolean {
  const replication = look.replication;
  return (
    replication !== null &&
    replication.sourceHost === source.address &&
    replication.sourcePort === source.port &&
    replication.applying &&
    (replication.receiving || (replication.connecting ?? replication.receiveError !== null))
  );
}

/** A receiver that has just been started and has ended with an error ends again: it is tried now and then. */
function isBroken({ notes }: MemberSnapshot, { replication }: ServerLook, { address, port }: DatabaseMember): boolean {
  const isSame = replication?.sourceHost === address && replication.sourcePort === port;
  return isSame && replication.receiveError !== null && (notes.repointedAgoMs ?? FOLLOW_AGAIN_MS) < FOLLOW_AGAIN_MS;
}

/**
 * Starting replication forgets received transactions that were not applied. With the primary there that is no loss,
 * because it has them all; without it they may be the only copy. A server that is counted on never forgets any: the
 * primary may be lost before they have come again. One that does not acknowledge yet has none that count.
 */
function mayStartReplication(snapshot: MemberSnapshot, state: DatabaseState, look: ServerLook): boolean {
  if (look.replication === null || look.replication.drained) return true;
  const mayBeOnlyCopy = look.semiSync.replicaEnabled && isCountedOn(state, snapshot.node, snapshot.server.invocation);
  return snapshot.primary !== undefined && !mayBeOnlyCopy;
}

/**
 * A former primary from which others replicate still would pass on to them what the new one writes, and what they have would
 * look like nobody's. They leave it as soon as their agents see the new term; it waits for that, and not for the slow.
 */
function feedsOthers({ node, members, stateStandingMs, policy }: MemberSnapshot, { primary }: DatabaseState): boolean {
  if (stateStandingMs >= policy.policy.stepTimeoutMs) return false;
  return members.some((member) => member.follows === node && member.node !== primary);
}

/** Compared with what was promoted; without a promotion on record there is nothing to compare. */
function errantOf({ notes }: MemberSnapshot, look: ServerLook, state: DatabaseState): readonly Errant[] {
  if (state.promotions[0]?.node !== state.primary) return [];
  return errantSince(look, state.promotions, notes.followedTerm);
}

/** A copy of a member of this term's line: where the old data came from says nothing about it. */
function errantOfCopy(snapshot: MemberSnapshot, look: ServerLook, state: DatabaseState): readonly Errant[] {
  return errantOf({ ...snapshot, notes: { ...snapshot.notes, followedTerm: undefined } }, look, state);
}

/** True if the quarantine is the new data's own: a copy of a server that was beyond the primary's line itself. */
export function isCopyErrant(snapshot: MemberSnapshot): boolean {
  const { rebuild, notes, server, state } = snapshot;
  if (rebuild !== 'joined' || notes.quarantinedAt === undefined || server.look === undefined) return false;
  return state !== undefined && errantOfCopy(snapshot, server.look, state).length > 0;
}

/** What the quarantined server has that its primary has not; empty if it is not quarantined, or cannot be asked. */
export function errantInQuarantine(snapshot: MemberSnapshot): readonly Errant[] {
  const { notes, server, state, policy } = snapshot;
  const source = policy.policy.members.find((member) => member.node === state?.primary);
  const isKnown = notes.quarantinedAt !== undefined && source !== undefined;
  return isKnown && state !== undefined && server.look !== undefined ? errantOf(snapshot, server.look, state) : [];
}

function quarantine(snapshot: MemberSnapshot, state: DatabaseState, errant: readonly Errant[]): MemberDecision {
  return act({ kind: 'quarantine', term: state.term, errant }, quarantined(snapshot, state, errant));
}

function quarantined(snapshot: MemberSnapshot, state: DatabaseState, errant: readonly Errant[]): NewEvent {
  const list = errant.map((e) => `${formatGtid(e)} (the primary had up to ${e.knownSeq})`);
  const promotion = state.promotions[0];
  return {
    name: 'database:member:quarantined',
    subject: snapshot.policy.policy.name,
    message:
      `${snapshot.node} has transactions that ${state.primary} does not have and stays out: ${list.join(', ')}` +
      `${promotion === undefined ? '' : `; ${promotedAs(promotion)}`}. They are exported, then: regentctl database rebuild ${snapshot.node}`,
    cause: `rejoining under term ${state.term}`,
    policyRevision: snapshot.policy.revision,
    epoch: state.term,
    facts: { errant: list, promotedTerm: String(promotion?.term ?? ''), promotedLossMs: promotion?.lossMs ?? null },
  };
}

/** Which promotion left these transactions behind, and what it was said to lose. */
export function promotedAs({ node, term, lossMs }: PromotionRecord): string {
  if (lossMs === null) return `${node} was promoted without them under term ${term}`;
  const said =
    lossMs === 0 ? 'that lost nothing acknowledged' : `that was allowed to lose up to ${lossMs} ms of writes`;
  return `${node} was promoted without them under term ${term}, ${said}`;
}

function followed(snapshot: MemberSnapshot, state: DatabaseState, demote: boolean, acknowledge: boolean): NewEvent {
  return {
    name: 'database:member:followed',
    subject: snapshot.policy.policy.name,
    message: `${snapshot.node} follows ${state.primary}${demote ? ', after it was primary itself' : ''}${acknowledge ? ', and acknowledges its commits' : ''}`,
    cause: `term ${state.term}`,
    policyRevision: snapshot.policy.revision,
    epoch: state.term,
  };
}
