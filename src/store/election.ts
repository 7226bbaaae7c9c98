/**
 * One candidate in an election: whoever creates the campaign key under its own lease leads, and the key's create
 * revision is the epoch (I3: creating it takes the store's majority). Leading means both: the key was read back as
 * ours, and the lease may still be relied on; `guard` makes the store check the first again with every write. Watches
 * and timers only wake the look at the key; the look decides. It says who leads and never what a leader does.
 *
 *   aside → campaigning → leading → campaigning …; aside is entered by `resign` and left by `stand`
 */
import type { Clock, Random, Timer, Timers } from '../core/clock.ts';
import type { Epoch, Right } from '../core/fencing.ts';
import type { DurationMs, Instant } from '../core/time.ts';
import { LeaseHolder, type LossReason } from './lease-holder.ts';
import type { LeaseMemory } from './lease-memory.ts';
import { Pacer } from './pacer.ts';
import type { Compare, Entry, Store, Watch } from './store.ts';

export type DepositionReason = LossReason | 'KeyGone' | 'Resigned';

export interface ElectionOptions {
  readonly store: Store;
  /** The campaign key. */
  readonly key: string;
  /** What the key says about this candidate, encoded. */
  readonly value: string;
  readonly ttlMs: DurationMs;
  readonly marginMs: DurationMs;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly memory?: LeaseMemory;
  /** Called after each time that the candidate was found to lead; the epoch is the same again after a short loss. */
  onElected(epoch: Epoch): void;
  /** Called once per `onElected`, before anybody else can lead. */
  onDeposed(reason: DepositionReason): void;
  /** The holder of the key, as last read; undefined while there is none. For display, never for deciding. */
  onHolder?(entry: Entry | undefined): void;
  onProblem?(error: unknown): void;
}

/** The key is looked at this often even if no watch says anything: watches go quiet. */
const LOOK_EVERY_TTLS = 4;
/** Candidates that were woken by the same event do not all ask in the same millisecond. */
const SPREAD_MS = 100;

export class Election {
  readonly #options: ElectionOptions;
  readonly #holder: LeaseHolder;
  readonly #pacer: Pacer;
  #watch: Watch | undefined;
  #rewatch: Timer | undefined;
  #epoch: Epoch | undefined;
  /** Of the last look. */
  #seenRevision: bigint | undefined;
  #heldSince: Instant | undefined;
  /** The last epoch that was given away: its key may be deleted at any time by a request that is still on its way. */
  #givenAway: Epoch | undefined;
  #isAside = false;
  #isStopped = false;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#holder = new LeaseHolder({
      ...options,
      onHeld: () => {
        this.#heldSince = options.clock.nowMs();
        this.#pacer.wake(0);
      },
      onLost: (reason) => {
        this.#heldSince = undefined;
        this.#deposed(reason);
      },
    });
    this.#pacer = new Pacer({
      ...options,
      everyMs: options.ttlMs * LOOK_EVERY_TTLS,
      work: () => this.#look(),
      onProblem: (error) => {
        options.onProblem?.(error);
        this.#pacer.wake(options.ttlMs / 5);
      },
    });
  }

  async start(): Promise<void> {
    this.#observe();
    await this.#holder.start();
    this.#pacer.wake(0);
  }

  isLeading(now: Instant): boolean {
    return this.right(now) !== undefined;
  }

  /** @returns the epoch and the instant until which it counts; undefined if this candidate does not lead. */
  right(now: Instant): Right | undefined {
    const deadline = this.#holder.deadline();
    if (this.#epoch === undefined || deadline === undefined || !this.#holder.isHeld(now)) return undefined;
    return { epoch: this.#epoch, deadline };
  }

  /**
   * Every candidate has a lease, and its renewals show that it reaches the store's majority, whether it leads or not.
   * @returns since when it does without a break as long as a lease lasts; undefined while it does not
   */
  contactSince(now: Instant): Instant | undefined {
    return this.#holder.isHeld(now) ? this.#heldSince : undefined;
  }

  /** @returns the condition to add to every write that only the leader of that epoch may make. */
  guard(epoch: Epoch): Compare {
    return { key: this.#options.key, target: 'create', equals: epoch };
  }

  /**
   * Gives leadership away and stays out of the election until `stand`; the epoch never comes back. To be called when
   * whatever leadership protects has stopped: there is no TTL to wait for, somebody else may lead at once.
   */
  resign(): void {
    this.#isAside = true;
    this.#givenAway = this.#epoch ?? this.#givenAway;
    this.#deposed('Resigned');
    this.#pacer.wake(0);
  }

  stand(): void {
    this.#isAside = false;
    this.#pacer.wake(0);
  }

  /** Idempotent. @param options.revoke false leaves key and lease for the next process to resume within the TTL. */
  async stop(options: { readonly revoke: boolean }): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#watch?.close();
    this.#rewatch?.cancel();
    await this.#holder.stop(options);
    await this.#pacer.stop();
  }

  async #look(): Promise<void> {
    const { store, key, clock } = this.#options;
    const { entry, revision } = await store.get(key);
    if (this.#isStopped) return;
    const wentBack = this.#seenRevision !== undefined && revision < this.#seenRevision;
    this.#seenRevision = revision;
    if (wentBack) this.#observeAnew();
    this.#options.onHolder?.(entry);
    const leaseId = this.#holder.leaseId;
    const isMine = entry !== undefined && entry.leaseId === leaseId;
    if (this.#epoch !== undefined && entry?.createRevision !== this.#epoch) this.#deposed('KeyGone');
    if (isMine && (this.#isAside || entry.createRevision === this.#givenAway)) return this.#remove(entry);
    if (this.#isAside) return;
    if (leaseId === undefined || !this.#holder.isHeld(clock.nowMs())) return;
    if (isMine) await this.#lead(entry, leaseId);
    else if (entry === undefined) await this.#campaign(leaseId);
  }

  async #campaign(leaseId: string): Promise<void> {
    const { store, key, value } = this.#options;
    await store.transact([this.guard(0n)], [{ kind: 'put', key, value, leaseId }]);
    // Whatever the answer was, and also if none came: the key itself says who leads.
    this.#pacer.wake(0);
  }

  async #lead(entry: Entry, leaseId: string): Promise<void> {
    const { store, key, value, clock } = this.#options;
    if (entry.value !== value) {
      // The process before this one wrote it; the key, its lease and its epoch stay.
      await store.transact([this.guard(entry.createRevision)], [{ kind: 'put', key, value, leaseId }]);
    }
    if (this.#isStopped || this.#isAside || this.#epoch !== undefined) return;
    if (this.#holder.leaseId !== leaseId || !this.#holder.isHeld(clock.nowMs())) return;
    this.#epoch = entry.createRevision;
    await this.#holder.remember(entry.createRevision);
    if (this.#epoch === entry.createRevision) this.#options.onElected(entry.createRevision);
  }

  async #remove(entry: Entry): Promise<void> {
    const { store, key } = this.#options;
    this.#givenAway = entry.createRevision;
    // Neither this process nor the next may take the key for its own while it may still be deleted.
    await this.#holder.forget();
    await store.transact([this.guard(entry.createRevision)], [{ kind: 'delete', key }]);
    this.#pacer.wake(0);
  }

  #deposed(reason: DepositionReason): void {
    if (this.#epoch === undefined) return;
    this.#epoch = undefined;
    this.#options.onDeposed(reason);
  }

  /** A store that was restored: a watch from a revision that it has not reached yet says nothing. */
  #observeAnew(): void {
    this.#watch?.close();
    this.#rewatch?.cancel();
    this.#observe();
  }

  /** Goes on where the last look ended: a key that goes before a new watch stands would be missed until the next look. */
  #observe(): void {
    const { store, key, timers, random, ttlMs } = this.#options;
    if (this.#isStopped) return;
    const seen = this.#seenRevision;
    this.#watch = store.watch(key, {
      ...(seen === undefined ? {} : { fromRevision: seen + 1n }),
      onChange: () => this.#pacer.wake(random.next() * SPREAD_MS),
      onInterrupted: () => {
        this.#rewatch = timers.after((0.5 + random.next()) * (ttlMs / 2), () => this.#observe());
        this.#pacer.wake(random.next() * SPREAD_MS);
      },
    });
  }
}
