/**
 * Says in an order how far its rebuild is: guarded by the revision that was read, so that a cancellation is never
 * overwritten, and not more often than people can read.
 */
import type { Clock } from '../../core/clock.ts';
import type { RebuildOrder } from '../../core/database/rebuild-order.ts';
import type { Instant } from '../../core/time.ts';
import { rebuildRecord } from '../../store/database-records.ts';
import { isStoreError } from '../../store/errors.ts';
import { databaseRebuildKey } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import type { DatabaseView } from './database-view.ts';

export interface RebuildProgressDeps {
  readonly node: string;
  readonly database: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly wallMs: () => number;
}

type Told = Partial<Pick<RebuildOrder, 'phase' | 'detail'>>;

/** Between two writes that only say how many bytes there are. */
export const PROGRESS_EVERY_MS = 2_000;

export class RebuildProgress {
  readonly #deps: RebuildProgressDeps;
  #found: DatabaseView['rebuilds'][number] | undefined;
  #writtenAt = 0n;
  #toldAt: Instant | undefined;
  bytes = 0;
  totalBytes: number | null = null;

  constructor(deps: RebuildProgressDeps) {
    this.#deps = deps;
  }

  /** The order of this node. @returns `stale` while the view does not show yet what was written last */
  see(view: DatabaseView): DatabaseView['rebuilds'][number] | 'stale' | undefined {
    this.#found = view.rebuilds.find(({ order }) => order.node === this.#deps.node);
    return this.#found !== undefined && this.#found.revision < this.#writtenAt ? 'stale' : this.#found;
  }

  /**
   * @returns true if it stands in the store, or there is nobody to tell; false if it could not be told, and nothing of a
   *   store that is away stops a rebuild
   */
  async tell(told: Told, signal: AbortSignal): Promise<boolean> {
    const found = this.#found;
    if (found === undefined) return true;
    const { clock, store, database, node, wallMs } = this.#deps;
    const isNews = (told.phase ?? found.order.phase) !== found.order.phase || (told.detail ?? '') !== '';
    if (!isNews && this.#toldAt !== undefined && clock.nowMs() - this.#toldAt < PROGRESS_EVERY_MS) return true;
    const { bytes } = this;
    // A process that goes on with an earlier one's work has not asked the source.
    const totalBytes = this.totalBytes ?? found.order.totalBytes;
    const order: RebuildOrder = { ...found.order, ...told, bytes, totalBytes, changedAtMs: wallMs() };
    const key = databaseRebuildKey(database, node);
    try {
      const { committed, revision } = await store.transact(
        [{ key, target: 'mod', equals: found.revision }],
        [{ kind: 'put', key, value: rebuildRecord.encode(order) }],
        signal,
      );
      if (!committed) return false;
      this.#found = { order, revision };
      this.#writtenAt = revision;
      this.#toldAt = clock.nowMs();
      return true;
    } catch (error) {
      if (isStoreError(error)) return false;
      throw error;
    }
  }
}
