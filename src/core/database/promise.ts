/**
 * Promises between db agents: "I open no server and join no ballot for T". They keep a primary open while the store is
 * away (I5) without giving up I1:
 *
 *   - a ballot chooses only from `electable` of the state, which nobody but the holder of the key changes;
 *   - the asker counts T from sending and takes the margin off; the giver counts T from receiving, so its word lasts
 *     longer than the asker's belief in it, as long as clock rates differ by no more than the margin allows;
 *   - a member neither freezes nor takes the key before its own last word has run out, except on a receipt.
 *
 * So whoever could be opened instead is still bound by its word while the asker is open. One member of `electable` that
 * is silent ends the right: together with a lost store that is a double fault, and the primary closes.
 */
import { type DurationMs, earliest, elapsedMs, type Instant, later } from '../time.ts';
import type { MemberSnapshot } from './member-snapshot.ts';
import type { Ballot, DatabaseState, GtidPosition, MemberRecord } from './state.ts';

/** What the agent of a primary asks of another member. */
export interface PromiseRequest {
  readonly database: string;
  readonly primary: string;
  /** How long the word is to last, in ms; 0 takes back what this asker asked for up to `sequence`. */
  readonly forMs: DurationMs;
  /** One process of one agent: a word that was given to another process is not this one's to take back. */
  readonly asker: string;
  /** Grows with every request of the asker, whoever it is sent to. */
  readonly sequence: number;
}

/** Why a promise is not given; a closed list. */
export type PromiseRefusal =
  /** No such database here, or what stands in the store cannot be read. */
  | 'Unknown'
  /** The certificate of who asks does not name the member for which it asks. */
  | 'NotTheMember'
  /** This member sees another primary, or is it itself. */
  | 'NotThePrimary'
  /** Longer than the policy's ttl: it would hold up a failover for longer than the policy says. */
  | 'TooLong'
  /** A ballot stands that has begun to freeze: the primary had its chance in the poll. */
  | 'BallotJoined'
  /** The own server is open, or cannot be asked whether it is. */
  | 'ServerOpen';

/** How far one server process has applied what it received: a position that it has for good. */
export interface AppliedBy {
  readonly invocation: string;
  readonly pos: GtidPosition;
}

/** With its word a member says what it has, so that its primary need not ask for that through the store. */
export type PromiseAnswer =
  | { readonly granted: true; readonly applied: AppliedBy | null }
  | { readonly granted: false; readonly reason: PromiseRefusal };

/** What a member knows when it is asked; `state` as of this very moment, not of its last tick. */
export interface PromiseView {
  readonly node: string;
  readonly ttlMs: DurationMs;
  readonly state: DatabaseState | undefined;
  /** True if no server process runs, or its last look showed it read-only. */
  readonly isServerClosed: boolean;
}

/**
 * A higher term alone is no reason: a ballot that was vetoed leaves one behind, and the primary that it spared may be
 * cut off from the store and not know of it. A quarantined member gives its word like any other: it will keep it.
 * @returns undefined if the promise may be given
 */
export function promiseRefusal(view: PromiseView, request: PromiseRequest): PromiseRefusal | undefined {
  const { state, node } = view;
  if (state === undefined) return 'Unknown';
  if (state.primary !== request.primary || request.primary === node) return 'NotThePrimary';
  if (request.forMs > view.ttlMs) return 'TooLong';
  if (state.ballot !== null && state.ballot.step !== 'poll') return 'BallotJoined';
  return view.isServerClosed ? undefined : 'ServerOpen';
}

/**
 * Whose promise the holder needs.
 * @param lists - every `electable` that may stand in the store: the one that was read, and those that this process has
 *   tried to write since. With one of them empty there is no right by promises: a ballot then chooses from all members.
 * @returns empty if promises give no right now
 */
export function mustPromise(lists: readonly (readonly string[])[]): readonly string[] {
  return lists.some((list) => list.length === 0) ? [] : [...new Set(lists.flat())];
}

/** @returns until when a promise counts for the asker, who sent for it at `sentAt` */
export function promiseDeadline(sentAt: Instant, forMs: DurationMs, marginMs: DurationMs): Instant {
  return later(sentAt, forMs - marginMs);
}

/**
 * Until when the right by promises lasts.
 * @returns undefined if a promise is missing, or nobody is asked: no promise at all is no evidence, and an empty
 *   `electable` is also what a version writes that does not know the field, whose ballots choose from all members
 */
export function promisedUntil(
  required: readonly string[],
  deadlines: ReadonlyMap<string, Instant>,
): Instant | undefined {
  const found = required.map((node) => deadlines.get(node));
  const [first, ...others] = found.filter((deadline) => deadline !== undefined);
  return first === undefined || others.length + 1 < required.length ? undefined : earliest(first, ...others);
}

/** How long a member is bound: by what it promised, and for one TTL after its start by what it may have forgotten. */
export function boundForMs(
  word: { readonly startedAt: Instant; readonly promisedUntil: readonly Instant[] },
  ttlMs: DurationMs,
  now: Instant,
): DurationMs {
  const forgottenUntil = later(word.startedAt, ttlMs);
  return Math.max(0, ...[forgottenUntil, ...word.promisedUntil].map((until) => elapsedMs(now, until)));
}

/** May this member freeze, or take the key? A receipt proves that the server which the promise kept open is gone. */
export function mayJoin({ ownPromiseForMs }: Pick<MemberSnapshot, 'ownPromiseForMs'>, ballot: Ballot): boolean {
  return ownPromiseForMs <= 0 || ballot.receipt !== null;
}

/** Members that a ballot may choose, as the holder of the key sees them now, in the policy's order. */
export function electableNow({ node, policy, members }: MemberSnapshot): readonly string[] {
  const isFit = (record: MemberRecord | undefined) =>
    record?.serverUp === true && !record.quarantined && !record.rebuilding;
  return policy.policy.members
    .filter((member) => member.node !== node && member.promote !== 'never')
    .map((member) => member.node)
    .filter((each) => isFit(members.find((record) => record.node === each)));
}

/** What the taker of a key writes: nobody is left out of the next ballot by it, until it has looked for itself. */
export function electableAfter(state: DatabaseState, taker: string): readonly string[] {
  if (state.electable.length === 0) return [];
  return [...new Set([...state.electable, state.primary])].filter((node) => node !== taker);
}

/**
 * Is this member out of a ballot's choice? Not the former primary, which is bound by nobody's word but its own lease;
 * not on a receipt, because nobody is open by promises then.
 */
export function isBeyondElectable({ electable }: DatabaseState, ballot: Ballot, node: string): boolean {
  const isOpenToAll = electable.length === 0 || ballot.receipt !== null;
  return !isOpenToAll && node !== ballot.formerPrimary && !electable.includes(node);
}
