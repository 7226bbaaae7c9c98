/**
 * The right of a primary to be open: its key in the global store under a lease of this process, until the lease's
 * deadline, or beyond it by the promises of everybody who could be opened instead (I1). After a restart the same node
 * takes its own key over by putting it under a fresh lease, which keeps the key's create revision: nothing was handed
 * over meanwhile. The dead man's switch is told the deadline before any server can be open by it, and again with every
 * renewal.
 */
import type { DeadMansSwitch } from '../../actuator/fence-order.ts';
import type { RefusedOrder } from '../../core/database/order.ts';
import type { DatabaseState, PrimaryKey } from '../../core/database/state.ts';
import { isHandedOver } from '../../core/database/take-back.ts';
import type { Store } from '../../store/store.ts';
import type { DatabaseView } from './database-view.ts';
import { Electables } from './electables.ts';
import type { HeldLeasePort } from './held-lease-port.ts';
import type { HeldPromises } from './held-promises.ts';
import { KeyWrites } from './key-writes.ts';

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
  readonly #writes: KeyWrites;
  readonly #lease: HeldLeasePort;
  readonly #promises: HeldPromises;
  readonly #switch: DeadMansSwitch;
  #taken: Taken | undefined;
  readonly #electables = new Electables();
  /** True while there is a lease that was made ready, and it was not even tried to put anything under it. */
  #isReady = false;

  constructor(options: {
    readonly database: string;
    readonly store: Store;
    readonly lease: HeldLeasePort;
    readonly promises: HeldPromises;
    readonly deadMansSwitch: DeadMansSwitch;
  }) {
    this.#writes = new KeyWrites(options.database, options.store);
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
    return this.#electables.required;
  }

  /** What each member said with its promise that it has applied. */
  get appliedBy() {
    return this.#promises.appliedBy;
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

  /** Has the lease granted for a key that is about to be taken. @throws StoreUnavailable */
  async makeReady(): Promise<void> {
    this.#isReady = true;
    await this.#lease.acquire();
  }

  /** Lets go of a lease that was made ready for a key that is not to be taken after all. */
  async letGo(): Promise<void> {
    if (!this.#isReady) return;
    this.#isReady = false;
    await this.#lease.release();
  }

  /**
   * Takes the key and writes the state in one transaction, guarded by the state's revision and by the key being
   * absent or our own. A live primary is open already when it gets its key, and the transaction ends what protected it
   * until then; so the switch is armed first. Where it was armed already, by this node's last process, the old order
   * stands until the new right does. An answer that does not come leaves it armed: nobody knows what was committed. So it is
   * waited for, as long as the store's calls last, also by an agent that stops.
   * @returns false if something changed meanwhile, or the key is another node's
   */
  async take(view: DatabaseView, key: PrimaryKey, state: DatabaseState): Promise<boolean> {
    if (view.primary !== undefined && view.primary.node !== key.node) return false;
    this.#isReady = false;
    const leaseId = await this.#lease.acquire();
    if (state !== view.state) this.#electables.tries(view, state);
    const { serverInvocation } = key;
    const armed = { term: key.term, serverInvocation, remainingMs: () => this.#lease.remainingMs(leaseId) };
    const isNewlyArmed = this.#switch.armIfDisarmed(armed);
    const { committed, revision } = await this.#writes.take(view, { key, leaseId, state });
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
    this.#electables.tries(view, state);
    return this.#writes.write(view, taken, state, signal);
  }

  /** Deletes the key, if there is one, and writes the state with its receipt, in one transaction. */
  async giveUp(view: DatabaseView, state: DatabaseState, signal?: AbortSignal): Promise<boolean> {
    this.#electables.tries(view, state);
    const isDone = await this.#writes.giveUp(view, state, signal);
    if (isDone) await this.forget();
    return isDone;
  }

  /** To be asked before the server is closed for a hand-over: is the state as it was seen, and does the store answer? */
  mayHandOver(view: DatabaseView, signal?: AbortSignal): Promise<boolean> {
    return this.#writes.isUnchanged(view, signal);
  }

  /**
   * Gives the key away to obey the order that stands: the state, the key and the order change together or not at all.
   * The server must be closed before.
   */
  async handOver(view: DatabaseView, state: DatabaseState, signal?: AbortSignal): Promise<boolean> {
    const taken = this.#taken;
    if (taken === undefined) return false;
    this.#electables.tries(view, state);
    const isDone = await this.#writes.handOver(view, taken, state, signal);
    // Nothing stands under the lease any more: ending it in the store would cost a write that others wait behind.
    if (isDone) await this.leave();
    return isDone;
  }

  /** Deletes the order that stands, as the holder of the key. @returns false if anything changed meanwhile */
  async refuseOrder(view: DatabaseView, refused: RefusedOrder, signal?: AbortSignal): Promise<boolean> {
    const taken = this.#taken;
    if (taken === undefined || !this.isAlive) return false;
    return this.#writes.refuseOrder(view, taken, refused, signal);
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
}
