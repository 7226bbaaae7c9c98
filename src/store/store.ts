/**
 * The port to a store (etcd, or the memory store of the tests): linearizable reads, guarded writes, watches and raw
 * leases. It keeps no promise about who may act; lease-holder.ts and election.ts do, on top of it. Every method
 * settles within a bounded time. One rule for callers: an answer that did not come is `StoreUnavailable`, and it
 * means "cannot confirm" — a write may or may not have been applied, and a lease may or may not have been renewed.
 */

/** One key as the store holds it. Revisions are etcd's int64. */
export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Revision at which the key was created; for a campaign key this is the epoch. */
  readonly createRevision: bigint;
  /** Revision of the last change of the key. */
  readonly modRevision: bigint;
  /** Lease under which the key lives, as a decimal string; undefined if it lives until it is deleted. */
  readonly leaseId: string | undefined;
}

/** A condition on one key; `equals: 0n` means that the key must be absent. */
export interface Compare {
  readonly key: string;
  /** `create`: its create revision; `mod`: the revision of its last change. */
  readonly target: 'create' | 'mod';
  readonly equals: bigint;
}

export type Operation =
  /** A put without `leaseId` takes the key off any lease. */
  | { readonly kind: 'put'; readonly key: string; readonly value: string; readonly leaseId?: string }
  /** Deleting an absent key is no error. */
  | { readonly kind: 'delete'; readonly key: string };

export type Change =
  | { readonly kind: 'put'; readonly key: string; readonly entry: Entry }
  | { readonly kind: 'delete'; readonly key: string; readonly modRevision: bigint };

export interface GetResult {
  readonly entry: Entry | undefined;
  /** The store's revision at the read; a watch from `revision + 1n` misses nothing. */
  readonly revision: bigint;
}

export interface ListResult {
  /** Sorted by key, all read at the same revision. */
  readonly entries: readonly Entry[];
  /** The store's revision at the read; a watch from `revision + 1n` misses nothing. */
  readonly revision: bigint;
}

export interface TransactResult {
  /** True if every compare held and all operations were applied, as one revision. */
  readonly committed: boolean;
  readonly revision: bigint;
}

export interface GrantedLease {
  /** Decimal string: an int64 does not fit into a number. */
  readonly leaseId: string;
  /** What the store granted; it raises TTLs that are too short for it, so this may exceed what was asked. */
  readonly ttlMs: number;
}

export interface KeepAliveOptions {
  /**
   * Demands that the member which renewed the lease still led a majority afterwards. Without it, a member that has
   * been voted out and does not know it yet may acknowledge a renewal that has no effect (etcd #15247; for up to two
   * election timeouts). Costs one more round trip and no write. Needed by whoever relies on nobody else holding what
   * the lease protects.
   */
  readonly confirm?: boolean;
  readonly signal?: AbortSignal;
}

export interface WatchOptions {
  /** First revision to report; left out, it starts with the next change after the watch is established. */
  readonly fromRevision?: bigint;
  /**
   * Called with the changes of one or more whole revisions, in order. A wake-up call: nothing may be decided from it
   * alone. Must not throw.
   */
  onChange(changes: readonly Change[]): void;
  /**
   * Called at most once, and then the watch is over: compaction, cancellation, lost connection. Changes may have been
   * missed. The caller lists again and watches again (mirror.ts does). Not called after `close()`.
   */
  onInterrupted(reason: string): void;
}

export interface Watch {
  /** Idempotent; after it returns no callback runs. */
  close(): void;
}

export interface EndpointStatus {
  readonly endpoint: string;
  readonly reachable: boolean;
  /** True if this member says that it leads the store's own cluster. */
  readonly isLeader: boolean;
  /** The store's software version as that member tells it; undefined if it did not answer. */
  readonly version: string | undefined;
}

export interface StoreStatus {
  /** Undefined if no member that answered knows of a leader: the store cannot commit. */
  readonly leaderEndpoint: string | undefined;
  readonly endpoints: readonly EndpointStatus[];
}

/**
 * All methods throw `StoreUnavailable` (errors.ts) when the answer did not come in time or made no sense, including
 * when `signal` was aborted, and `StoreClosed` after `close()`.
 */
export interface Store {
  /** `regional` or `global`; for events and metrics. */
  readonly name: string;
  /** Linearizable read of one key. */
  get(key: string, signal?: AbortSignal): Promise<GetResult>;
  /** Linearizable read of every key that starts with `prefix` (not empty). */
  list(prefix: string, signal?: AbortSignal): Promise<ListResult>;
  /**
   * Applies all operations if all compares hold, else nothing. No compares: always applies. A key may occur in one
   * operation only.
   * @throws LeaseLost if an operation names a lease that the store does not know.
   */
  transact(
    compares: readonly Compare[],
    operations: readonly Operation[],
    signal?: AbortSignal,
  ): Promise<TransactResult>;
  /** Does no waiting: failures arrive at `onInterrupted`, never as an exception. */
  watch(prefix: string, options: WatchOptions): Watch;
  /** @param ttlMs whole seconds are what etcd knows; a fraction is rounded up. */
  grantLease(ttlMs: number, signal?: AbortSignal): Promise<GrantedLease>;
  /**
   * One keep-alive. The holder counts its deadline from before this call, not from its return.
   * @returns the TTL that the store granted anew.
   * @throws LeaseLost if the store says that the lease is gone.
   */
  keepAliveLease(leaseId: string, options?: KeepAliveOptions): Promise<{ readonly ttlMs: number }>;
  /** Ends the lease and deletes its keys. A lease that is already gone is no error. */
  revokeLease(leaseId: string, signal?: AbortSignal): Promise<void>;
  /** Asks every member how it is; never throws for members that do not answer. */
  status(signal?: AbortSignal): Promise<StoreStatus>;
  /** Idempotent. Ends all watches without calling them and frees every connection; leases live on. */
  close(): Promise<void>;
}
