/**
 * Keys that stand under one lease of this agent: its presence, its observations, its word about its database server.
 * They are written when they change and vanish when the agent does. After a restart within the TTL the same lease goes
 * on, and what already stands is not written again.
 */
import type { Clock, Timers } from '../../core/clock.ts';
import { LeaseHolder } from '../../store/lease-holder.ts';
import type { LeaseMemory } from '../../store/lease-memory.ts';
import type { Operation, Store } from '../../store/store.ts';

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
  /** What stands under `#writtenUnder`, as far as this process knows. */
  readonly #written = new Map<string, string>();
  #writtenUnder: string | undefined;
  #started: Promise<void> | undefined;

  constructor(deps: LeasedKeysDeps) {
    this.#deps = deps;
    this.#holder = new LeaseHolder({
      ...deps,
      onHeld: () => deps.onWake(),
      onLost: () => deps.onWake(),
    });
  }

  /** The lease is asked for with the first key: an agent that has none in a store leaves it alone. */
  set(key: string, value: string): void {
    if (this.#wanted.get(key) === value) return;
    this.#wanted.set(key, value);
    this.#started ??= this.#holder.start();
    this.#deps.onWake();
  }

  remove(key: string): void {
    if (this.#wanted.delete(key)) this.#deps.onWake();
  }

  /**
   * Writes what differs, if the lease is held; nothing otherwise.
   * @throws StoreUnavailable, LeaseLost: what was written is then looked up again before the next write
   */
  async flush(signal?: AbortSignal): Promise<void> {
    const { store, clock } = this.#deps;
    const leaseId = this.#holder.leaseId;
    if (leaseId === undefined || !this.#holder.isHeld(clock.nowMs())) return;
    if (this.#writtenUnder !== leaseId) await this.#look(leaseId, signal);
    const operations = this.#operations(leaseId);
    for (let at = 0; at < operations.length; at += OPERATIONS_MAX) {
      const some = operations.slice(at, at + OPERATIONS_MAX);
      this.#writtenUnder = undefined;
      await store.transact([], some, signal);
      this.#writtenUnder = leaseId;
      for (const operation of some) this.#note(operation);
    }
  }

  /** Idempotent. @param options.revoke false leaves the keys to the next process of this agent */
  async stop(options: { readonly revoke: boolean }): Promise<void> {
    await this.#started;
    await this.#holder.stop(options);
  }

  #operations(leaseId: string): readonly Operation[] {
    const puts = [...this.#wanted]
      .filter(([key, value]) => this.#written.get(key) !== value)
      .map(([key, value]) => ({ kind: 'put' as const, key, value, leaseId }));
    const deletes = [...this.#written.keys()]
      .filter((key) => !this.#wanted.has(key))
      .map((key) => ({ kind: 'delete' as const, key }));
    return [...puts, ...deletes];
  }

  #note(operation: Operation): void {
    if (operation.kind === 'put') this.#written.set(operation.key, operation.value);
    else this.#written.delete(operation.key);
  }

  /** What stands under this lease already: written by the process before this one, or by a write without an answer. */
  async #look(leaseId: string, signal?: AbortSignal): Promise<void> {
    this.#written.clear();
    for (const key of this.#wanted.keys()) {
      const { entry } = await this.#deps.store.get(key, signal);
      if (entry?.leaseId === leaseId) this.#written.set(key, entry.value);
    }
    this.#writtenUnder = leaseId;
  }
}
