/**
 * What a node's agent does next for a rebuild: as a function of its journal, of what lies on the disk and of what the
 * store says, so that an agent that is killed at any step goes on, or goes back, from what it finds. Until the copy is
 * complete nothing of the node is touched; the old data is only moved aside, and moved back whenever the way forward is
 * closed. The server's path holds either data that is complete or none at all.
 */
import type { RebuildOrder } from './rebuild-order.ts';

/** What the agent must still know after a restart, on its own disk. */
export interface RebuildJournal {
  readonly id: string;
  readonly from: string;
  readonly term: bigint;
  readonly discardsOld: boolean;
  /** Why it goes back; null = it goes forward. */
  readonly turnedBack: string | null;
  /** Failures of the step that is due, in a row. */
  readonly failures: number;
  readonly bytes: number;
  readonly startedAtMs: number;
  /** GTID position of the copy; null until it was prepared. */
  readonly position: string | null;
  /** The position was set in the new server, which may join. */
  readonly isPositioned: boolean;
  /** It has ended so; what is left to do is to say it. */
  readonly ended: 'done' | 'undone' | null;
}

/** Who is where, of three directories that lie beside each other. */
export interface DiskLook {
  /** At the server's path: the node's own data, the new one of this order, or none. */
  readonly data: 'own' | 'new' | 'none';
  /** The copy: none, not complete, complete, or ready to be started on. */
  readonly incoming: 'none' | 'partial' | 'received' | 'prepared';
  /** Old data that was moved aside. */
  readonly aside: boolean;
}

export interface RebuildFacts {
  /** The order as it stands in the store; undefined if there is none. */
  readonly order: RebuildOrder | undefined;
  readonly journal: RebuildJournal | undefined;
  readonly disk: DiskLook;
  /** The store cannot be asked: nothing new is begun. */
  readonly isStoreAway: boolean;
  /** The term in the store; undefined if the database has no state. */
  readonly term: bigint | undefined;
  /** What stands in the way of taking this node out now; empty = nothing. */
  readonly obstacles: readonly string[];
  readonly isServerRunning: boolean;
  /** Both replication threads run towards the primary. */
  readonly isFollowing: boolean;
  /** For how long the new server could have joined; 0 until it was positioned. */
  readonly joiningForMs: number;
  /** The node's notes are about the new data: it is of the line of the rebuild's term, and not quarantined. */
  readonly isNoted: boolean;
}

export type RebuildAction =
  | { readonly kind: 'none' }
  /** Remember the order; from here on a restart goes on with it. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'refuse'; readonly why: string }
  /** All that can be found out without touching anything. */
  | { readonly kind: 'check' }
  | { readonly kind: 'receive' }
  | { readonly kind: 'prepare' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'swap' }
  | { readonly kind: 'start' }
  | { readonly kind: 'position' }
  | { readonly kind: 'finish'; readonly outcome: 'done' | 'undone' }
  | { readonly kind: 'turn-back'; readonly why: string }
  | { readonly kind: 'discard-incoming' }
  | { readonly kind: 'swap-back' }
  | { readonly kind: 'discard-old' };

/** Failures of one step after which the way forward counts as closed. */
export const FAILURES_MAX = 3;
/** A server that does not follow within this time, in ms, will not; the way back is still open. */
export const JOIN_WITHIN_MS = 120_000;

const none: RebuildAction = { kind: 'none' };

export function nextRebuildAction(facts: RebuildFacts): RebuildAction {
  const { journal, order, isStoreAway } = facts;
  if (journal === undefined) return isStoreAway || order?.phase !== 'ordered' ? none : toBegin(facts, order);
  // Until the notes are about the new data nothing may forget that there is some.
  if (journal.ended === 'done' && !facts.isNoted) return none;
  if (journal.ended !== null) return { kind: 'finish', outcome: journal.ended };
  if (journal.turnedBack !== null) return back(facts);
  if (isStoreAway) return none;
  if (facts.disk.data === 'new' && journal.isPositioned && facts.isFollowing)
    return { kind: 'finish', outcome: 'done' };
  const why = whyTurnBack(facts, journal);
  return why === undefined ? forward(facts, journal) : { kind: 'turn-back', why };
}

function toBegin(
  { disk, obstacles, term, isServerRunning, isFollowing }: RebuildFacts,
  order: RebuildOrder,
): RebuildAction {
  if (order.isCancelled) return { kind: 'refuse', why: 'it was cancelled before it began' };
  if (order.kind === 'discard') {
    if (!disk.aside) return { kind: 'refuse', why: 'there is no old data that was moved aside' };
    if (!isServerRunning || !isFollowing) {
      return { kind: 'refuse', why: 'the server does not follow the primary, so the old data may still be needed' };
    }
    return { kind: 'discard-old' };
  }
  if (order.term !== term) return { kind: 'refuse', why: `it was ordered under term ${order.term}, now it is ${term}` };
  if (obstacles.length > 0) return { kind: 'refuse', why: obstacles.join('; ') };
  if (disk.aside) {
    const why =
      'data of an earlier rebuild is still beside the data directory; order it with --discard-old alone first';
    return { kind: 'refuse', why };
  }
  return order.kind === 'check' ? { kind: 'check' } : { kind: 'begin' };
}

function whyTurnBack(facts: RebuildFacts, journal: RebuildJournal): string | undefined {
  const { order, term, obstacles, disk, joiningForMs } = facts;
  if (order === undefined || order.id !== journal.id) return 'the order is gone';
  if (order.isCancelled) return 'it was cancelled';
  if (term !== journal.term)
    return `the term changed from ${journal.term} to ${term}: the copy may not be the new primary's`;
  if (journal.failures >= FAILURES_MAX) return `a step failed ${journal.failures} times: ${order.detail}`;
  if (disk.data === 'own' && obstacles.length > 0) return obstacles.join('; ');
  if (joiningForMs > JOIN_WITHIN_MS) return `the new server did not follow within ${JOIN_WITHIN_MS / 1000} s`;
  return undefined;
}

function forward({ disk, isServerRunning }: RebuildFacts, journal: RebuildJournal): RebuildAction {
  if (disk.data === 'new') {
    if (!isServerRunning) return { kind: 'start' };
    return journal.isPositioned ? none : { kind: 'position' };
  }
  if (disk.incoming === 'received') return { kind: 'prepare' };
  // A prepared copy without its position is one whose preparing was cut off before it was noted.
  const isReady = disk.incoming === 'prepared' && journal.position !== null;
  if (isReady) return disk.data === 'own' && isServerRunning ? { kind: 'stop' } : { kind: 'swap' };
  const isHalfWay = disk.data === 'none' && disk.aside;
  return isHalfWay ? { kind: 'turn-back', why: 'the copy is gone' } : { kind: 'receive' };
}

/** Without old data to move back, the new one is taken away all the same: it may not be the primary's. */
function back({ disk, isServerRunning }: RebuildFacts): RebuildAction {
  if (disk.data === 'new' || (disk.data === 'none' && disk.aside)) {
    return isServerRunning ? { kind: 'stop' } : { kind: 'swap-back' };
  }
  return disk.incoming === 'none' ? { kind: 'finish', outcome: 'undone' } : { kind: 'discard-incoming' };
}

/**
 * How a rebuild stands to the member's own work. `taken`: the server belongs to the rebuild, nothing else starts it or
 * makes it follow. `joining`: the new server may follow; what was noted about the old data stands, because that may come
 * back. `joined`: the old data does not come back, and the notes are to be about the new data. In both it has no word in a
 * ballot yet.
 */
export type RebuildHold = 'taken' | 'joining' | 'joined' | undefined;

/** @param disk undefined = not looked yet in this life: then whatever a journal has begun is in its hands */
export function rebuildHold(journal: RebuildJournal | undefined, disk: DiskLook | undefined): RebuildHold {
  if (journal === undefined || journal.ended === 'undone') return undefined;
  if (journal.ended === 'done') return 'joined';
  if (disk === undefined) return 'taken';
  const isForward = journal.turnedBack === null;
  if (disk.data === 'own') {
    return isForward && disk.incoming === 'prepared' && journal.position !== null ? 'taken' : undefined;
  }
  return isForward && disk.data === 'new' && journal.isPositioned ? 'joining' : 'taken';
}
