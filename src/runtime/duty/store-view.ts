/** What a duty needs of a mirrored prefix: what stands there, as of which revision, and how long nobody confirmed it. */
import type { Instant } from '../../core/time.ts';
import type { Entry } from '../../store/store.ts';

export interface StoreView {
  entries(): Iterable<Entry>;
  /** Store revision up to which the entries are complete. */
  readonly revision: bigint;
  /** For how long the store has not confirmed the view, in ms; 0 while it is fresh. Before the first list: since the start. */
  awayForMs(): number;
}

/** A view that can be told that there is reason to doubt it: a watch that has gone quiet says nothing of it. */
export interface DoubtedView extends StoreView {
  /** Reads everything again soon. */
  refresh(): void;
}

/** A view whose reader can tell whether it has been read since something happened. */
export interface DatedView extends DoubtedView {
  /** When the last complete reading was asked for, by the monotonic clock; undefined before the first one. */
  readonly readAt: Instant | undefined;
}
