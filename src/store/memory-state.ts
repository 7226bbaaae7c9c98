/**
 * What an etcd cluster holds and how it behaves, as a plain state machine: one revision counter, keys with create
 * and mod revisions, transactions that are one revision, history until it is compacted. It knows nothing of time,
 * of leases' ends or of networks; memory-cluster.ts and memory-store.ts put those around it.
 */
import { LeaseLost } from './errors.ts';
import type { Change, Compare, Entry, Operation, TransactResult } from './store.ts';

/** The changes of one revision. */
export interface Revision {
  readonly revision: bigint;
  readonly changes: readonly Change[];
}

export class MemoryState {
  /** etcd starts with revision 1. */
  #revision = 1n;
  #compacted = 0n;
  readonly #entries = new Map<string, Entry>();
  /** In their order; undefined after one has come or gone. */
  #keys: readonly string[] | undefined;
  #history: Revision[] = [];
  /** Keys by lease; a lease that is not in here does not exist. */
  readonly #leases = new Map<string, Set<string>>();

  get revision(): bigint {
    return this.#revision;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  list(prefix: string): readonly Entry[] {
    this.#keys ??= [...this.#entries.keys()].sort();
    return this.#keys.filter((key) => key.startsWith(prefix)).map((key) => this.#entries.get(key) as Entry);
  }

  /** @throws LeaseLost if an operation names a lease that does not exist; then nothing is applied. */
  transact(compares: readonly Compare[], operations: readonly Operation[]): TransactResult {
    if (!compares.every((compare) => this.#holds(compare))) return { committed: false, revision: this.#revision };
    for (const operation of operations) {
      if (operation.kind === 'put' && operation.leaseId !== undefined && !this.#leases.has(operation.leaseId)) {
        throw new LeaseLost(operation.leaseId);
      }
    }
    this.#apply(operations);
    return { committed: true, revision: this.#revision };
  }

  addLease(leaseId: string): void {
    this.#leases.set(leaseId, new Set());
  }

  hasLease(leaseId: string): boolean {
    return this.#leases.has(leaseId);
  }

  /** Deletes the lease and, as one revision, its keys. A lease that does not exist is no error. */
  removeLease(leaseId: string): void {
    const keys = [...(this.#leases.get(leaseId) ?? [])].sort();
    this.#leases.delete(leaseId);
    this.#apply(keys.map((key) => ({ kind: 'delete', key })));
  }

  /** Forgets the history up to and including that revision. */
  compact(revision: bigint): void {
    this.#compacted = revision;
    this.#history = this.#history.filter((item) => item.revision > revision);
  }

  /** @returns undefined if history from that revision on is no longer complete. */
  historyFrom(revision: bigint): readonly Revision[] | undefined {
    if (revision <= this.#compacted) return undefined;
    let first = this.#history.length;
    while (first > 0 && (this.#history[first - 1] as Revision).revision >= revision) first -= 1;
    return this.#history.slice(first);
  }

  #holds(compare: Compare): boolean {
    const entry = this.#entries.get(compare.key);
    const found = compare.target === 'create' ? entry?.createRevision : entry?.modRevision;
    return (found ?? 0n) === compare.equals;
  }

  #apply(operations: readonly Operation[]): void {
    const effective = operations.filter((item) => item.kind === 'put' || this.#entries.has(item.key));
    if (effective.length === 0) return;
    this.#revision += 1n;
    const changes = effective.map((item) => (item.kind === 'put' ? this.#put(item) : this.#delete(item.key)));
    this.#history.push({ revision: this.#revision, changes });
  }

  #put(operation: Extract<Operation, { kind: 'put' }>): Change {
    const { key, value, leaseId } = operation;
    const previous = this.#entries.get(key);
    this.#detach(previous);
    if (previous === undefined) this.#keys = undefined;
    if (leaseId !== undefined) this.#leases.get(leaseId)?.add(key);
    const createRevision = previous?.createRevision ?? this.#revision;
    const entry = { key, value, createRevision, modRevision: this.#revision, leaseId };
    this.#entries.set(key, entry);
    return { kind: 'put', key, entry };
  }

  #delete(key: string): Change {
    this.#detach(this.#entries.get(key));
    this.#entries.delete(key);
    this.#keys = undefined;
    return { kind: 'delete', key, modRevision: this.#revision };
  }

  #detach(entry: Entry | undefined): void {
    if (entry?.leaseId !== undefined) this.#leases.get(entry.leaseId)?.delete(entry.key);
  }
}
