/**
 * The right of a primary to be open: its key in the global store under a lease of this process, until the lease's
 * deadline, or beyond it by the promises of everybody who could be opened instead (I1). After a restart the same node
 * takes its own key over by putting it under a fresh lease, which keeps the key's create revision: nothing was handed
 * over meanwhile. The dead man's switch is told the deadline before any server can be open by it, and again with every
 * renewal.
 */
import type { DeadMansSwitch } from '../../actuator/fence-order.ts';
import type { RefusedOrder } from '../../core/database/order.ts';
import { mustPromise } from '../../core/database/promise.ts';
import type { DatabaseState, PrimaryKey } from '../../core/database/state.ts';
import { databaseStateRecord, primaryKeyRecord } from '../../store/database-records.ts';
import { databaseOrderKey, databasePrimaryKey, databaseStateKey } from '../../store/keys.ts';
import type { Compare, Operation, Store } from '../../store/store.ts';
import type { DatabaseView } from './database-view.ts';
import { Electables } from './electables.ts';
import type { HeldLeasePort } from './held-lease-port.ts';
import type { HeldPromises } from './held-promises.ts';
import { refuseOperations } from './order-refusal.ts';

interface Taken {
  readonly key: PrimaryKey;
  /** The lease that the key stands under. Another one that is held since then protects nothing. */
  readonly leaseId: string;
  readonly createRevision: bigint;
  /** Store revision of the transaction that took the key; an older view says nothing about it. */
  readonly revision: bigint;
  /** The store was seen without the key, too early: what is left is the promises. */
  readonly isKeyGone: boolean;
}

export class PrimaryRight {
  readonly #database: string;
  readonly #store: Store;
  readonly #lease: HeldLeasePort;
  readonly #promises: HeldPromises;
  readonly #switch: DeadMansSwitch;
  #taken: Taken | undefined;
  readonly #electables = new Electables();

  constructor(options: {
    readonly database: string;
    readonly store: Store;
    readonly lease: HeldLeasePort;
    readonly promises: HeldPromises;
    readonly deadMansSwitch: DeadMansSwitch;
  }) {
    this.#database = options.database;
    this.#store = options.store;
    this.#lease = options.lease;
    this.#promises = options.promises;
    this.#switch = options.deadMansSwitch;
  }

  /** True while the key is ours by its lease, for this term: what opening a server needs. */
  hasKey(term: bigint): boolean {
    return this.#taken?.key.term === term && this.#keyRemainingMs > 0;
  }

  /** True while the server may be open under this term, by the lease or by promises. */
  holds(term: bigint): boolean {
    return this.#taken?.key.term === term && this.isAlive;
  }

  /** True while the server may be open; F1 acts when this turns false. */
  get isAlive(): boolean {
    return this.remainingMs > 0;
  }

  /** True if a key was taken and lease and promises have ended since, without the key having been given up. */
  get hasLapsed(): boolean {
    return this.#taken !== undefined && !this.isAlive;
  }

  /** Milliseconds until the later of the two deadlines, the lease's and the promises'; zero or less: closed. */
  get remainingMs(): number {
    return Math.max(this.#keyRemainingMs, this.promisedForMs);
  }

  /** For how many ms promises alone keep the server open; 0 without a key that was taken. */
  get promisedForMs(): number {
    return this.#taken === undefined ? 0 : this.#promises.remainingMs(this.required);
  }

  /** True while the lease has ended and promises keep the server open. */
  get isByPromises(): boolean {
    return this.isAlive && this.#keyRemainingMs <= 0;
  }

  /** Whose promise is needed; empty if promises give no right. */
  get required(): readonly string[] {
    return mustPromise(this.#electables.lists);
  }

  /** Whose promise is missing or has run out. */
  get missing(): readonly string[] {
    return this.#promises.missing(this.required);
  }

  /**
   * Tells the dead man's switch the deadline as it is now; nothing if there is no right. To be called when the lease was
   * renewed, when a promise was given or another one is needed, and before the server is opened.
   * @throws what the switch throws: it then acts at the last deadline that it was told
   */
  arm(): void {
    const taken = this.#taken;
    if (taken === undefined || !this.isAlive) return;
    const { term, serverInvocation } = taken.key;
    this.#switch.arm({ term, serverInvocation, remainingMs: () => this.remainingMs });
  }

  /**
   * Forgets the right when the store shows another primary or a receipt of this server, and when the key is another one
   * or gone without promises that stand for it: a store may take a lease away too early.
   */
  compareWith(view: DatabaseView, viewRevision: bigint): void {
    this.#electables.saw(view);
    const taken = this.#taken;
    if (taken === undefined || viewRevision < taken.revision) return;
    if (view.state !== undefined && isHandedOver(view.state, taken.key)) this.#taken = undefined;
    else if (view.primaryCreateRevision !== taken.createRevision) {
      this.#taken = this.promisedForMs > 0 || taken.isKeyGone ? { ...taken, isKeyGone: true } : undefined;
    }
  }

  /**
   * Takes the key and writes the state in one transaction, guarded by the state's revision and by the key being
   * absent or our own. A live primary is open already when it gets its key, and the transaction ends what protected it
   * until then; so the switch is armed first. Where it was armed already, by this node's last process, the old order
   * stands until the new right does. An answer that does not come leaves it armed: nobody knows what was committed.
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
    if (state !== view.state) operations.push(this.#putState(view, state));
    const { serverInvocation } = key;
    const armed = { term: key.term, serverInvocation, remainingMs: () => this.#lease.remainingMs(leaseId) };
    const isNewlyArmed = this.#switch.armIfDisarmed(armed);
    const { committed, revision } = await this.#store.transact(compares, operations, signal);
    if (!committed) {
      if (isNewlyArmed) this.#switch.disarm();
      return false;
    }
    const createRevision = view.primary === undefined ? revision : view.primaryCreateRevision;
    this.#taken = { key, leaseId, createRevision, revision, isKeyGone: false };
    this.arm();
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
    return (await this.#store.transact(compares, [this.#putState(view, state)], signal)).committed;
  }

  /** Deletes the key, if there is one, and writes the state with its receipt, in one transaction. */
  async giveUp(view: DatabaseView, state: DatabaseState, signal?: AbortSignal): Promise<boolean> {
    const path = databasePrimaryKey(this.#database);
    const compares: readonly Compare[] = [
      { key: databaseStateKey(this.#database), target: 'mod', equals: view.stateRevision },
      { key: path, target: 'mod', equals: view.primaryRevision },
    ];
    const operations: Operation[] = [this.#putState(view, state)];
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
      this.#putState(view, state),
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
    this.#promises.clear();
    await this.#lease.release();
  }

  /** Stops renewing; the key stands until the lease runs out, and the next process of this node may take it over. */
  async leave(): Promise<void> {
    this.#taken = undefined;
    this.#promises.clear();
    await this.#lease.leave();
  }

  get #keyRemainingMs(): number {
    const taken = this.#taken;
    return taken === undefined || taken.isKeyGone ? 0 : this.#lease.remainingMs(taken.leaseId);
  }

  #putState(view: DatabaseView, state: DatabaseState): Operation {
    this.#electables.tries(view, state);
    return { kind: 'put', key: databaseStateKey(this.#database), value: databaseStateRecord.encode(state) };
  }
}

/** A receipt that was written without its answer having come counts as well. */
function isHandedOver(state: DatabaseState, { node, serverInvocation }: PrimaryKey): boolean {
  const receipt = state.receipt ?? state.ballot?.receipt;
  return state.primary !== node || receipt?.serverInvocation === serverInvocation;
}
