/**
 * Keys that stand under one lease of this agent: its presence, its observations, its word about its database server.
 * They are written when they change and vanish when the agent does. After a restart within the TTL the same lease goes
 * on, and what already stands is not written again.
 */
import type { Clock, Timers } from '../../core/clock.ts';
import { LeaseHolder } from '../../store/lease-holder.ts';
import type { LeaseMemory } from '../../store/lease-memory.ts';
import type { Store } from '../../store/store.ts';

export interface LeasedKeysDeps {
  readonly store: Store;
  readonly ttlMs: number;
  readonly marginMs: number;
  readonly memory: LeaseMemory;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Something is to be written, or can be again. */
  readonly onWake: () => void;
  readonly onProblem: (error: unknown) => void;
}

/** etcd takes 128 operations in a transaction by default. */
const OPERATIONS_MAX = 100;

export class LeasedKeys {
  readonly #deps: LeasedKeysDeps;
  readonly #holder: LeaseHolder;
  readonly #wanted = new Map<string, string>();
  readonly #meanings = new Map<string, (value: string) => string>();
  /** What stands under `#writtenUnder`, as far as this process knows. */
  readonly #written = new Map<string, string>();
  /** At which revision each key was last seen or written: a put that arrives late must not undo a newer one. */
  readonly #revisions = new Map<string, bigint>();
  #writtenUnder: string | undefined;
  /** Keys whose value in the store was read under `#writtenUnder`; one that is new may stand there from before. */
  readonly #looked = new Set<string>();
  /** The lease under which everything that was wanted has been written once. */
  #flushedUnder: string | undefined;
  #started: Promise<void> | undefined;
  #flushed: Promise<void> = Promise.resolve();

  constructor(deps: LeasedKeysDeps) {
    this.#deps = deps;
    this.#holder = new LeaseHolder({
      ...deps,
      isExclusive: false,
      onHeld: () => deps.onWake(),
      onLost: () => deps.onWake(),
    });
  }

  /**
   * The lease is asked for with the first key: an agent that has none in a store leaves it alone.
   * @param meaning - what of a value counts when it is compared with what the process before this one has written: one
   *   that means the same is left as it stands. Left out, all of it counts.
   */
  set(key: string, value: string, meaning: (value: string) => string = (whole) => whole): void {
    if (this.#wanted.get(key) === value) return;
    this.#wanted.set(key, value);
    this.#meanings.set(key, meaning);
    this.#started ??= this.#holder.start();
    this.#deps.onWake();
  }

  /** Others can see this agent's keys: all were written under the lease that is held now. True if it has none. */
  get isRegistered(): boolean {
    if (this.#wanted.size === 0) return true;
    return this.#holder.isHeld(this.#deps.clock.nowMs()) && this.#flushedUnder === this.#holder.leaseId;
  }

  /** For how long the keys surely stand, by the monotonic deadline; 0 if they may be gone. */
  get remainingMs(): number {
    return this.#holder.remainingMs(this.#deps.clock.nowMs());
  }

  remove(key: string): void {
    if (this.#wanted.delete(key)) this.#deps.onWake();
  }

  /**
   * Writes what differs, if the lease is held; nothing otherwise. One flush at a time: the store must not get an older
   * value after a newer one.
   * @throws StoreUnavailable, LeaseLost: what was written is then looked up again before the next write
   */
  flush(signal?: AbortSignal): Promise<void> {
    const flushed = this.#flushed.then(() => this.#flush(signal));
    this.#flushed = flushed.catch(() => {});
    return flushed;
  }

  /** Idempotent. @param options.revoke false leaves the keys to the next process of this agent */
  async stop(options: { readonly revoke: boolean }): Promise<void> {
    await this.#started;
    await this.#holder.stop(options);
  }

  async #flush(signal: AbortSignal | undefined): Promise<void> {
    const { store, clock } = this.#deps;
    const leaseId = this.#holder.leaseId;
    if (leaseId === undefined || !this.#holder.isHeld(clock.nowMs())) return;
    if (this.#writtenUnder !== leaseId) this.#looked.clear();
    await this.#look(leaseId, signal);
    const puts = [...this.#wanted]
      .filter(([key, value]) => this.#written.get(key) !== value)
      .map(([key, value]) => ({ kind: 'put' as const, key, value, leaseId }));
    for (let at = 0; at < puts.length; at += OPERATIONS_MAX) {
      const some = puts.slice(at, at + OPERATIONS_MAX);
      const unchanged = some.map(({ key }) => ({
        key,
        target: 'mod' as const,
        equals: this.#revisions.get(key) ?? 0n,
      }));
      this.#writtenUnder = undefined;
      const { committed, revision } = await store.transact(unchanged, some, signal);
      if (!committed) return this.#deps.onWake();
      this.#writtenUnder = leaseId;
      for (const { key, value } of some) {
        this.#written.set(key, value);
        this.#revisions.set(key, revision);
      }
    }
    for (const key of [...this.#written.keys()]) if (!this.#wanted.has(key)) await this.#delete(key, leaseId, signal);
    this.#flushedUnder = leaseId;
  }

  /** A key that somebody else has put under its own lease since is not ours to delete. */
  async #delete(key: string, leaseId: string, signal: AbortSignal | undefined): Promise<void> {
    const { store } = this.#deps;
    const { entry } = await store.get(key, signal);
    if (entry?.leaseId === leaseId) {
      const isSame = { key, target: 'mod', equals: entry.modRevision } as const;
      await store.transact([isSame], [{ kind: 'delete', key }], signal);
    }
    this.#written.delete(key);
    this.#looked.delete(key);
  }

  /** What stands under this lease already: written by the process before this one, or by a write without an answer. */
  async #look(leaseId: string, signal: AbortSignal | undefined): Promise<void> {
    for (const key of new Set([...this.#wanted.keys(), ...this.#written.keys()])) {
      if (this.#looked.has(key)) continue;
      const { entry } = await this.#deps.store.get(key, signal);
      this.#revisions.set(key, entry?.modRevision ?? 0n);
      if (entry?.leaseId === leaseId) this.#found(key, entry.value);
      else this.#written.delete(key);
      this.#looked.add(key);
    }
    this.#writtenUnder = leaseId;
  }

  #found(key: string, value: string): void {
    const wanted = this.#wanted.get(key);
    const meaning = this.#meanings.get(key);
    if (wanted !== undefined && meaning?.(wanted) === meaning?.(value)) this.#wanted.set(key, value);
    this.#written.set(key, value);
  }
}
