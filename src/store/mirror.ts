/**
 * A local copy of everything below a prefix, kept up by a list, a watch from that list on, and a list again now and
 * then with jitter: watches go quiet (compaction, a cancelled watch, a dead peer), and what a watch missed the next
 * list finds. A change wakes its owner and decides nothing. The copy may be old; `isFresh` says how old is too old.
 */
import type { Clock, Random, Timers } from '../core/clock.ts';
import { elapsedMs, type Instant } from '../core/time.ts';
import { Pacer } from './pacer.ts';
import type { Change, Entry, Store, Watch } from './store.ts';

export interface MirrorOptions {
  readonly store: Pick<Store, 'list' | 'watch'>;
  readonly prefix: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** How often everything is read again. Default 20,000; a region's agents do this too, so it is not short. */
  readonly relistEveryMs?: number;
  /** A copy whose last complete reading was sent longer ago than this is not fresh. Default 3 × `relistEveryMs`. */
  readonly staleAfterMs?: number;
  /**
   * Something changed, or the first list is there. Must not throw.
   * @param keys - what changed; undefined = anything may have
   */
  onWake(keys?: readonly string[]): void;
  onProblem?(error: unknown): void;
}

const DEFAULT_RELIST_EVERY_MS = 20_000;
const STALE_AFTER_RELISTS = 3;
/** After a failure or an interruption; spread, so that a restarted store does not meet everybody at once. */
const RETRY_MIN_MS = 200;
const RETRY_SPREAD_MS = 800;

export class Mirror {
  readonly #options: MirrorOptions;
  readonly #pacer: Pacer;
  #entries: Map<string, Entry> = new Map();
  #revision = 0n;
  #listedAt: Instant | undefined;
  /** Since when the store has not answered; undefined while it does. */
  #awaySince: Instant | undefined;
  #watch: Watch | undefined;
  #isStopped = false;

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.#pacer = new Pacer({
      ...options,
      everyMs: options.relistEveryMs ?? DEFAULT_RELIST_EVERY_MS,
      work: () => this.#relist(),
      onProblem: (error) => {
        options.onProblem?.(error);
        this.#awaySince ??= options.clock.nowMs();
        this.#retry();
      },
    });
  }

  start(): void {
    this.#awaySince ??= this.#options.clock.nowMs();
    this.#pacer.wake(0);
  }

  /** The copy, by key. A new map after each change: one that was taken stays as it is. */
  entries(): ReadonlyMap<string, Entry> {
    return this.#entries;
  }

  /** @returns true once a complete reading has been made, and as long as the last one is not too old. */
  isFresh(now: Instant): boolean {
    const { relistEveryMs = DEFAULT_RELIST_EVERY_MS } = this.#options;
    const { staleAfterMs = STALE_AFTER_RELISTS * relistEveryMs } = this.#options;
    return this.#listedAt !== undefined && elapsedMs(this.#listedAt, now) <= staleAfterMs;
  }

  /** When the last complete reading was asked for; undefined before the first one. */
  get readAt(): Instant | undefined {
    return this.#listedAt;
  }

  /** Store revision up to which the copy is complete. */
  get revision(): bigint {
    return this.#revision;
  }

  /** @returns for how long readings have failed, or have not come for the first time, in ms; 0 while they come */
  awayForMs(now: Instant): number {
    return this.#awaySince === undefined ? 0 : Math.max(1, elapsedMs(this.#awaySince, now));
  }

  /** Reads everything again soon, for an owner that has reason to doubt its copy. */
  refresh(): void {
    this.#pacer.wake(0);
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#watch?.close();
    await this.#pacer.stop();
  }

  async #relist(): Promise<void> {
    const { store, prefix, clock, onWake } = this.#options;
    const sentAt = clock.nowMs();
    // Nothing is applied while the list is on its way, so the copy never goes back behind what its owner has seen.
    this.#watch?.close();
    const { entries, revision } = await store.list(prefix);
    if (this.#isStopped) return;
    const found = new Map(entries.map((entry) => [entry.key, entry]));
    const isFirst = this.#listedAt === undefined;
    this.#listedAt = sentAt;
    this.#awaySince = undefined;
    this.#observeFrom(revision + 1n);
    this.#revision = revision;
    const hasChanged = isFirst || !isSame(this.#entries, found);
    if (hasChanged) this.#entries = found;
    if (hasChanged) onWake();
  }

  /** A watch is renewed with every list: one that has gone quiet without a word costs a list's pace, not for ever. */
  #observeFrom(fromRevision: bigint): void {
    this.#watch = this.#options.store.watch(this.#options.prefix, {
      fromRevision,
      onChange: (changes) => this.#apply(changes),
      onInterrupted: () => this.#retry(),
    });
  }

  #apply(changes: readonly Change[]): void {
    const entries = new Map(this.#entries);
    const changed: string[] = [];
    for (const change of changes) {
      const at = change.kind === 'put' ? change.entry.modRevision : change.modRevision;
      if (at < this.#revision) continue;
      this.#revision = at;
      changed.push(change.key);
      if (change.kind === 'put') entries.set(change.key, change.entry);
      else entries.delete(change.key);
    }
    if (changed.length === 0 || this.#isStopped) return;
    this.#entries = entries;
    this.#options.onWake(changed);
  }

  #retry(): void {
    this.#pacer.wake(RETRY_MIN_MS + this.#options.random.next() * RETRY_SPREAD_MS);
  }
}

function isSame(one: ReadonlyMap<string, Entry>, other: ReadonlyMap<string, Entry>): boolean {
  if (one.size !== other.size) return false;
  for (const [key, entry] of one) {
    const found = other.get(key);
    if (found?.modRevision !== entry.modRevision || found.createRevision !== entry.createRevision) return false;
  }
  return true;
}
