/**
 * The audit trails of several stores as one: what stands there, in order, and then what comes. A watch only tells that
 * there is something to read; the trail is read again when a watch is interrupted, and an event is handed on once.
 */
import { type ReadEvent, readEvent } from '../audit/event-json.ts';
import { StoreUnavailable } from '../store/errors.ts';
import { parseKey, prefixes } from '../store/keys.ts';
import type { Change, Entry, Store, Watch } from '../store/store.ts';
import type { CliDeps } from './deps.ts';
import { pause, wakeable } from './wait.ts';

/** Ids that were handed on, so that reading again repeats nothing: as many as a store keeps, and some. */
const SEEN_MAX = 10_000;
/** Watches go quiet; so often the trail is read again whatever they say. */
const READ_AGAIN_EVERY_MS = 30_000;
/** A store that ends watches at once must not make this spin. */
const BREATHE_MS = 1000;

export interface Trail {
  /** By their ids, which sort by time; texts that are no events are left out. */
  readonly events: readonly ReadEvent[];
  /** Why stores could not be read: an operator of a cut-off region still sees what the region's own store has. */
  readonly away: readonly StoreUnavailable[];
}

/** @throws what is not an outage */
export async function readTrail(stores: readonly Store[]): Promise<Trail> {
  const lists = await Promise.allSettled(stores.map((store) => store.list(prefixes.events)));
  const events = lists.flatMap((list) => (list.status === 'fulfilled' ? list.value.entries.flatMap(eventOf) : []));
  const failures: unknown[] = lists.flatMap((list) => (list.status === 'rejected' ? [list.reason] : []));
  const away = failures.map((error) => {
    if (error instanceof StoreUnavailable) return error;
    throw error;
  });
  return { events: events.sort((a, b) => (a.id < b.id ? -1 : 1)), away };
}

export interface Following {
  readonly onEvent: (event: ReadEvent) => void;
  /** Called once for each outage; the trail is complete again afterwards. */
  readonly onAway: (detail: string) => void;
}

/** Hands on each event that is not among `known`, until `interrupted`; outages are waited out. */
export async function followTrail(
  stores: readonly Store[],
  known: Iterable<string>,
  { timers, interrupted }: Pick<CliDeps, 'timers' | 'interrupted'>,
  { onEvent, onAway }: Following,
): Promise<void> {
  const seen = new Set(known);
  const hand = (event: ReadEvent) => {
    if (seen.has(event.id)) return;
    seen.add(event.id);
    if (seen.size > SEEN_MAX) seen.delete(seen.values().next().value ?? '');
    onEvent(event);
  };
  let isAway = false;
  while (!interrupted.aborted) {
    const { promise, wake } = wakeable(READ_AGAIN_EVERY_MS, timers, interrupted);
    const watches = stores.map((store) => watchTrail(store, hand, wake));
    try {
      const { events, away } = await readTrail(stores);
      for (const event of events) hand(event);
      if (away[0] !== undefined) throw away[0];
      isAway = false;
      await promise;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      if (!isAway) onAway(error.message);
      isAway = true;
    } finally {
      for (const watch of watches) watch.close();
      wake();
    }
    await pause(BREATHE_MS, timers, interrupted);
  }
}

function watchTrail(store: Store, onEvent: (event: ReadEvent) => void, onInterrupted: () => void): Watch {
  return store.watch(prefixes.events, {
    onChange: (changes: readonly Change[]) => {
      for (const change of changes) {
        if (change.kind === 'put') for (const event of eventOf(change.entry)) onEvent(event);
      }
    },
    onInterrupted,
  });
}

function eventOf({ key, value }: Entry): readonly ReadEvent[] {
  const id = parseKey(key)?.parts.id;
  const read = id === undefined ? undefined : readEvent(id, value);
  return read?.ok === true ? [read.event] : [];
}
