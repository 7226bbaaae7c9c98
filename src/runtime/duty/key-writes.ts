/**
 * The transactions on a database's primary key and state, each under the condition that both are as they were seen.
 * Whether one may be made at all is the right's to know (primary-right.ts).
 */
import type { RefusedOrder } from '../../core/database/order.ts';
import type { DatabaseState, PrimaryKey } from '../../core/database/state.ts';
import { databaseStateRecord, primaryKeyRecord } from '../../store/database-records.ts';
import { databaseOrderKey, databasePrimaryKey, databaseStateKey } from '../../store/keys.ts';
import type { Compare, Operation, Store, TransactResult } from '../../store/store.ts';
import type { DatabaseView } from './database-view.ts';
import { refuseOperations } from './order-refusal.ts';

/** Who writes: the holder of the key that was created at this revision. */
export interface KeyHolder {
  readonly createRevision: bigint;
}

export class KeyWrites {
  readonly #database: string;
  readonly #store: Store;

  constructor(database: string, store: Store) {
    this.#database = database;
    this.#store = store;
  }

  /** Asks the store anew. The writes that follow within a second need not find out first who answers. */
  async isUnchanged({ stateRevision }: DatabaseView, signal?: AbortSignal): Promise<boolean> {
    const { entry } = await this.#store.get(databaseStateKey(this.#database), signal);
    return entry?.modRevision === stateRevision;
  }

  /** Puts the key under a lease, where it is absent or the one that was seen, and the state if it differs. */
  take(
    view: DatabaseView,
    { key, leaseId, state }: { readonly key: PrimaryKey; readonly leaseId: string; readonly state: DatabaseState },
  ): Promise<TransactResult> {
    const path = databasePrimaryKey(this.#database);
    const operations: Operation[] = [{ kind: 'put', key: path, value: primaryKeyRecord.encode(key), leaseId }];
    if (state !== view.state) operations.push(this.#put(state));
    return this.#store.transact([this.#sameState(view), this.#sameKey(view)], operations);
  }

  /** @returns false if the key or the state changed meanwhile */
  async write(view: DatabaseView, holder: KeyHolder, state: DatabaseState, signal?: AbortSignal): Promise<boolean> {
    const compares = [this.#sameState(view), this.#own(holder)];
    return (await this.#store.transact(compares, [this.#put(state)], signal)).committed;
  }

  /** Deletes the key, if one was seen, and writes the state. */
  async giveUp(view: DatabaseView, state: DatabaseState, signal?: AbortSignal): Promise<boolean> {
    const operations: Operation[] = [this.#put(state)];
    if (view.primary !== undefined) operations.push({ kind: 'delete', key: databasePrimaryKey(this.#database) });
    const compares = [this.#sameState(view), this.#sameKey(view)];
    return (await this.#store.transact(compares, operations, signal)).committed;
  }

  /** Deletes the key and the order that was seen, and writes the state. */
  async handOver(view: DatabaseView, holder: KeyHolder, state: DatabaseState, signal?: AbortSignal): Promise<boolean> {
    const operations: readonly Operation[] = [
      this.#put(state),
      { kind: 'delete', key: databasePrimaryKey(this.#database) },
      { kind: 'delete', key: databaseOrderKey(this.#database) },
    ];
    const compares = [this.#sameState(view), this.#own(holder), this.#sameOrder(view)];
    return (await this.#store.transact(compares, operations, signal)).committed;
  }

  /** Deletes the order that was seen, and writes why. */
  async refuseOrder(
    view: DatabaseView,
    holder: KeyHolder,
    refused: RefusedOrder,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const compares = [this.#sameState(view), this.#own(holder), this.#sameOrder(view)];
    return (await this.#store.transact(compares, refuseOperations(this.#database, refused), signal)).committed;
  }

  #sameState({ stateRevision }: DatabaseView): Compare {
    return { key: databaseStateKey(this.#database), target: 'mod', equals: stateRevision };
  }

  #sameKey({ primaryRevision }: DatabaseView): Compare {
    return { key: databasePrimaryKey(this.#database), target: 'mod', equals: primaryRevision };
  }

  #sameOrder({ orderRevision }: DatabaseView): Compare {
    return { key: databaseOrderKey(this.#database), target: 'mod', equals: orderRevision };
  }

  #own({ createRevision }: KeyHolder): Compare {
    return { key: databasePrimaryKey(this.#database), target: 'create', equals: createRevision };
  }

  #put(state: DatabaseState): Operation {
    return { kind: 'put', key: databaseStateKey(this.#database), value: databaseStateRecord.encode(state) };
  }
}
