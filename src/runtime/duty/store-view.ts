/** What a duty needs of a mirrored prefix: what stands there, as of which revision, and how long nobody confirmed it. */
import type { Entry } from '../../store/store.ts';

export interface StoreView {
  entries(): Iterable<Entry>;
  /** Store revision up to which the entries are complete. */
  readonly revision: bigint;
  /** For how long the store has not confirmed the view, in ms; 0 while it is fresh. Before the first list: since the start. */
  awayForMs(): number;
}
