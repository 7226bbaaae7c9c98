/**
 * The store's side of the memory store: a state machine with leases that end by the cluster's own clock, watchers,
 * and what etcd's cluster does to both. A change of leader makes the cluster silent for a while and gives every
 * lease its full TTL anew; a lease may be revoked early (etcd #15247); compaction ends watches that ask for
 * forgotten history. It is shared by any number of `MemoryStore` clients, one per agent.
 */
import type { Clock, Timer, Timers } from '../core/clock.ts';
import { elapsedMs, type Instant, later } from '../core/time.ts';
import { MemoryState, type Revision } from './memory-state.ts';
import type { Compare, GrantedLease, Operation, TransactResult } from './store.ts';

export interface MemoryClusterOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Shorter TTLs are raised to this, as etcd does. Default 2,000: etcd's floor with its default timeouts. */
  readonly ttlFloorMs?: number;
}

interface Lease {
  readonly ttlMs: number;
  endsAt: Instant;
}

/** Gets whole revisions, or the reason why no more will come. */
export interface Watcher {
  onRevision(revision: Revision): void;
  onCancelled(reason: string): void;
}

const DEFAULT_TTL_FLOOR_MS = 2_000;

export class MemoryCluster {
  readonly #deps: MemoryClusterOptions;
  readonly #state = new MemoryState();
  readonly #leases = new Map<string, Lease>();
  readonly #watchers = new Set<Watcher>();
  #announced = 1n;
  #nextLeaseId = 1;
  #hasLeader = true;
  #expiry: Timer | undefined;

  constructor(options: MemoryClusterOptions) {
    this.#deps = options;
  }

  /** False while the cluster has no leader: nothing is answered and no lease ends. */
  get hasLeader(): boolean {
    return this.#hasLeader;
  }

  get state(): Pick<MemoryState, 'get' | 'list' | 'revision'> {
    return this.#state;
  }

  transact(compares: readonly Compare[], operations: readonly Operation[]): TransactResult {
    const result = this.#state.transact(compares, operations);
    this.#announce();
    return result;
  }

  grantLease(ttlMs: number): GrantedLease {
    const granted = Math.max(Math.ceil(ttlMs / 1000) * 1000, this.#deps.ttlFloorMs ?? DEFAULT_TTL_FLOOR_MS);
    const leaseId = String(this.#nextLeaseId++);
    this.#state.addLease(leaseId);
    this.#leases.set(leaseId, { ttlMs: granted, endsAt: later(this.#deps.clock.nowMs(), granted) });
    this.#armExpiry();
    return { leaseId, ttlMs: granted };
  }

  /** @returns the TTL, or undefined if the lease does not exist. */
  keepAliveLease(leaseId: string): number | undefined {
    const lease = this.#leases.get(leaseId);
    if (lease === undefined) return undefined;
    lease.endsAt = later(this.#deps.clock.nowMs(), lease.ttlMs);
    this.#armExpiry();
    return lease.ttlMs;
  }

  /** @returns what `keepAliveLease` would, without renewing anything. */
  ttlOf(leaseId: string): number | undefined {
    return this.#leases.get(leaseId)?.ttlMs;
  }

  /** Ends a lease, whether its holder asked for it or the cluster is wrong about its time. */
  revokeLease(leaseId: string): void {
    this.#leases.delete(leaseId);
    this.#state.removeLease(leaseId);
    this.#announce();
    this.#armExpiry();
  }

  /** @returns how to end the watch. A start in forgotten history cancels it at once. */
  watch(fromRevision: bigint | undefined, watcher: Watcher): () => void {
    const past = this.#state.historyFrom(fromRevision ?? this.#state.revision + 1n);
    if (past === undefined) {
      watcher.onCancelled('compacted');
      return () => {};
    }
    for (const revision of past) watcher.onRevision(revision);
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Forgets history and cancels every watch, the way a watcher meets it that had fallen behind. */
  compact(): void {
    this.#state.compact(this.#state.revision);
    this.#cancelWatchers('compacted');
  }

  /** The members lose their leader. Ends every watch. */
  loseLeader(): void {
    this.#hasLeader = false;
    this.#expiry?.cancel();
    this.#cancelWatchers('no leader');
  }

  /** A leader is elected; it cannot know when leases were last renewed and gives each its full TTL. */
  electLeader(): void {
    this.#hasLeader = true;
    for (const lease of this.#leases.values()) lease.endsAt = later(this.#deps.clock.nowMs(), lease.ttlMs);
    this.#armExpiry();
  }

  #cancelWatchers(reason: string): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher.onCancelled(reason);
  }

  #announce(): void {
    for (const revision of this.#state.historyFrom(this.#announced + 1n) ?? []) {
      this.#announced = revision.revision;
      for (const watcher of [...this.#watchers]) watcher.onRevision(revision);
    }
  }

  #armExpiry(): void {
    this.#expiry?.cancel();
    if (!this.#hasLeader || this.#leases.size === 0) return;
    const now = this.#deps.clock.nowMs();
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { endsAt } of this.#leases.values()) firstMs = Math.min(firstMs, elapsedMs(now, endsAt));
    this.#expiry = this.#deps.timers.after(Math.max(0, firstMs), () => this.#expire());
  }

  #expire(): void {
    const now = this.#deps.clock.nowMs();
    for (const [leaseId, lease] of [...this.#leases]) {
      if (now >= lease.endsAt) this.revokeLease(leaseId);
    }
    this.#armExpiry();
  }
}
