/**
 * The right of a primary to be open: its key in the global store under a lease of this process, until the lease's
 * deadline (I1). After a restart the same node takes its own key over by putting it under a fresh lease, which keeps
 * the key's create revision: nothing was handed over meanwhile.
 */
import type { RefusedOrder } from '../../core/database/order.ts';
import type { DatabaseState, PrimaryKey } from '../../core/database/state.ts';
import { databaseStateRecord, primaryKeyRecord } from '../../store/database-records.ts';
import { databaseOrderKey, databasePrimaryKey, databaseStateKey } from '../../store/keys.ts';
import type { Compare, Operation, Store } from '../../store/store.ts';
import type { DatabaseView } from './database-view.ts';
import { refuseOperations } from './order-refusal.ts';

/** A lease that is granted when it is needed and kept alive until it is released or lost. */
export interface HeldLeasePort {
  /** @returns the id of a lease that is held now; grants one if there is none */
  acquire(): Promise<string>;
  /** Milliseconds until this lease's deadline on the monotonic clock; zero or less when it is gone, or another one is held. */
  remainingMs(leaseId: string): number;
  /** Ends the lease in the store, and every key under it. */
  release(): Promise<void>;
  /** Stops renewing and leaves the lease to run out, with its key standing until then. */
  leave(): Promise<void>;
}

interface Taken {
  readonly term: bigint;
  /** The lease that the key stands under. Another one that is held since then protects nothing. */
  readonly leaseId: string;
  readonly createRevision: bigint;
  /** Store revision of the transaction that took the key; an older view says nothing about it. */
  readonly revision: bigint;
}

export class PrimaryRight {
  readonly #database: string;
  readonly #store: Store;
  readonly #lease: HeldLeasePort;
  #taken: Taken | undefined;

  constructor(options: { readonly database: string; readonly store: Store; readonly lease: HeldLeasePort }) {
    this.#database = options.database;
    this.#store = options.store;
    this.#lease = options.lease;
  }

  /** True while the key is ours, for this term, and the deadline has not passed. */
  holds(term: bigint): boolean {
    return this.#taken?.term === term && this.isAlive;
  }

  /** True while some term's key is ours by the deadline; F1 acts when this turns false. */
  get isAlive(): boolean {
    return this.remainingMs > 0;
  }

  /** True if a key was taken and its lease has ended since, without the key having been given up. */
  get hasLapsed(): boolean {
    return this.#taken !== undefined && !this.isAlive;
  }

  get remainingMs(): number {
    return this.#taken === undefined ? 0 : this.#lease.remainingMs(this.#taken.leaseId);
  }

  /** Forgets the right when the store shows that the key is another one or gone. */
  compareWith(view: DatabaseView, viewRevision: bigint): void {
    const taken = this.#taken;
    if (taken === undefined || viewRevision < taken.revision) return;
    if (view.primaryCreateRevision !== taken.createRevision) this.#taken = undefined;
  }

  /**
   * Takes the key and writes the state in one transaction, guarded by the state's revision and by the key being
   * absent or our own.
   * @returns false if something changed meanwhile, or the key is another node's
   */
  async take(view: DatabaseView, key: PrimaryKey, state: DatabaseState, signal?: AbortSignal): Promise<boolean> {
    if (view.primary !== undefined && view.primary.node !== key.node) return false;
    const leaseId = await this.#lease.acquire();
    const path = databasePrimaryKey(this.#database);
    const compares: readonly Compare[] = [
      { key: databaseStateKey(this.#database), target: 'mod', equals: view.stateRevision },
      { key: path, target: 'mod', equals: view.primaryRevision },
    ];
    const operations: Operation[] = [{ kind: 'put', key: path, value: primaryKeyRecord.encode(key), leaseId }];
    if (state !== view.state) operations.push(this.#putState(state));
    const { committed, revision } = await this.#store.transact(compares, operations, signal);
    if (!committed) return false;
    const createRevision = view.primary === undefined ? revision : view.primaryCreateRevision;
    this.#taken = { term: key.term, leaseId, createRevision, revision };
    return true;
  }

  /** Writes the state as the holder of the key. @returns false if the key or the state changed meanwhile */
  async writeState(view: DatabaseView, state: DatabaseState, signal?: AbortSignal): Promise<boolean> {
    const taken = this.#taken;
    if (taken === undefined || !this.isAlive) return false;
    const compares: readonly Compare[] = [
      { key: databaseStateKey(this.#database), target: 'mod', equals: view.stateRevision },
      { key: databasePrimaryKey(this.#database), target: 'create', equals: taken.createRevision },
    ];
    return (await this.#store.transact(compares, [this.#putState(state)], signal)).committed;
  }

  /** Deletes the key, if there is one, and writes the state with its receipt, in one transaction. */
  async giveUp(view: DatabaseView, state: DatabaseState, signal?: AbortSignal): Promise<boolean> {
    const path = databasePrimaryKey(this.#database);
    const compares: readonly Compare[] = [
      { key: databaseStateKey(this.#database), target: 'mod', equals: view.stateRevision },
      { key: path, target: 'mod', equals: view.primaryRevision },
    ];
    const operations: Operation[] = [this.#putState(state)];
    if (view.primary !== undefined) operations.push({ kind: 'delete', key: path });
    const { committed } = await this.#store.transact(compares, operations, signal);
    if (committed) await this.forget();
    return committed;
  }

  /**
   * Gives the key away to obey the order that stands: the state, the key and the order change together or not at all.
   * The server must be closed before.
   */
  async handOver(view: DatabaseView, state: DatabaseState, signal?: AbortSignal): Promise<boolean> {
    const taken = this.#taken;
    if (taken === undefined) return false;
    const path = databasePrimaryKey(this.#database);
    const order = databaseOrderKey(this.#database);
    const compares: readonly Compare[] = [
      { key: databaseStateKey(this.#database), target: 'mod', equals: view.stateRevision },
      { key: path, target: 'create', equals: taken.createRevision },
      { key: order, target: 'mod', equals: view.orderRevision },
    ];
    const operations: readonly Operation[] = [
      this.#putState(state),
      { kind: 'delete', key: path },
      { kind: 'delete', key: order },
    ];
    const { committed } = await this.#store.transact(compares, operations, signal);
    if (committed) await this.forget();
    return committed;
  }

  /** Deletes the order that stands, as the holder of the key. @returns false if anything changed meanwhile */
  async refuseOrder(view: DatabaseView, refused: RefusedOrder, signal?: AbortSignal): Promise<boolean> {
    const taken = this.#taken;
    if (taken === undefined || !this.isAlive) return false;
    const key = databaseOrderKey(this.#database);
    const compares: readonly Compare[] = [
      { key: databaseStateKey(this.#database), target: 'mod', equals: view.stateRevision },
      { key: databasePrimaryKey(this.#database), target: 'create', equals: taken.createRevision },
      { key, target: 'mod', equals: view.orderRevision },
    ];
    const operations = refuseOperations(this.#database, refused);
    return (await this.#store.transact(compares, operations, signal)).committed;
  }

  /** Lets go of the lease. The server must be closed, or held open by a recorded hold, before this is called. */
  async forget(): Promise<void> {
    this.#taken = undefined;
    await this.#lease.release();
  }

  /** Stops renewing; the key stands until the lease runs out, and the next process of this node may take it over. */
  async leave(): Promise<void> {
    this.#taken = undefined;
    await this.#lease.leave();
  }

  #putState(state: DatabaseState): Operation {
    return { kind: 'put', key: databaseStateKey(this.#database), value: databaseStateRecord.encode(state) };
  }
}
