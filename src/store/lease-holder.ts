/**
 * Holds one lease for as long as it can and knows to the millisecond for how long it may be believed. Counts the
 * deadline from the sending of the last acknowledged renewal, on the monotonic clock only (I1); goes on asking for the
 * same lease after the deadline, because a store that was away may still have it (I5). Every error but "the lease is
 * gone" means that nothing was confirmed; none skips the step-down. It writes no key.
 *
 *   seeking   no lease: asks for the remembered one, else for a new one
 *   held      `isHeld` is true; after the deadline it is false at once, and `onLost` follows
 *   lost      the deadline has passed; the same lease may come back, or the store says that it is gone
 *   stopped   for good
 */
import type { Clock, Timer, Timers } from '../core/clock.ts';
import {
  confirmLease,
  type HeldLease,
  leaseDeadline,
  leaseRemainingMs,
  renewEveryMs,
  renewPresenceEveryMs,
} from '../core/lease.ts';
import type { DurationMs, Instant } from '../core/time.ts';
import { LeaseLost } from './errors.ts';
import { PROOF_KEY } from './keys.ts';
import type { LeaseMemory } from './lease-memory.ts';
import type { Store } from './store.ts';

export type LossReason = 'DeadlinePassed' | 'LeaseGone' | 'Stopped';

export interface LeaseHolderOptions {
  readonly store: Pick<Store, 'get' | 'grantLease' | 'keepAliveLease' | 'revokeLease'>;
  readonly ttlMs: DurationMs;
  /** Subtracted from what the store grants; see `marginFor`. */
  readonly marginMs: DurationMs;
  readonly clock: Clock;
  readonly timers: Timers;
  /**
   * True (default) if somebody relies on nobody else holding what the lease protects: renewed every ttl/5, and counted
   * only if the store's leader is confirmed. False for presence: every ttl/3, at half the cost for the store.
   */
  readonly isExclusive?: boolean;
  /** Left out: a restart begins with a new lease. */
  readonly memory?: LeaseMemory;
  /** The deadline has moved, and the lease counts. Must not throw. */
  onRenewed?(): void;
  /** The lease counts from now on. After a loss it may be the same lease again. Must not throw. */
  onHeld(leaseId: string): void;
  /** The lease must not be relied on any more. Called once per `onHeld`. Must not throw. */
  onLost(reason: LossReason): void;
  /** Something failed that costs no safety (a renewal without an answer, a memory that cannot be written). */
  onProblem?(error: unknown): void;
}

/** A renewal may be slow; the next one does not wait for it, but they must not pile up. */
const CALLS_IN_FLIGHT_MAX = 3;

export class LeaseHolder {
  readonly #options: LeaseHolderOptions;
  readonly #inFlight = new Set<Promise<void>>();
  #lease: HeldLease | undefined;
  /** A lease to take up, until the store has confirmed it: the last process's, or one that was just granted. */
  #remembered: string | undefined;
  #isAnnounced = false;
  #isSeeking = false;
  #isStopped = false;
  #renewal: Timer | undefined;
  #deadline: Timer | undefined;

  constructor(options: LeaseHolderOptions) {
    this.#options = options;
  }

  /** The lease that is being renewed, whether it may be relied on or not. */
  get leaseId(): string | undefined {
    return this.#lease?.leaseId;
  }

  /** Begins to look for a lease; `onHeld` tells when there is one. */
  async start(): Promise<void> {
    const remembered = await this.#options.memory?.load();
    this.#remembered = remembered?.leaseId;
    this.#renew();
  }

  isHeld(now: Instant): boolean {
    return this.remainingMs(now) > 0;
  }

  /** @returns milliseconds for which the lease may still be relied on; zero if it may not be. */
  remainingMs(now: Instant): DurationMs {
    return this.#lease === undefined || this.#isStopped ? 0 : Math.max(0, leaseRemainingMs(this.#lease, now));
  }

  /** @returns the instant until which the lease may be relied on; undefined if there is none. */
  deadline(): Instant | undefined {
    return this.#lease === undefined || this.#isStopped ? undefined : leaseDeadline(this.#lease);
  }

  /** Notes the epoch of the key that is held under the lease, for the next process. */
  async remember(epoch: bigint): Promise<void> {
    const leaseId = this.leaseId;
    if (leaseId !== undefined) await this.#save(leaseId, epoch);
  }

  /** The next process will begin with a lease of its own. To be called before the key is given away. */
  async forget(): Promise<void> {
    await this.#options.memory?.clear().catch((error: unknown) => this.#options.onProblem?.(error));
  }

  /**
   * Ends the holding; idempotent.
   * @param options.revoke true: the lease ends now and somebody else may have it. false: it is renewed once more and
   * stays for the next process to resume.
   */
  async stop({ revoke }: { readonly revoke: boolean }): Promise<void> {
    if (this.#isStopped) return;
    const leaseId = this.leaseId;
    this.#isStopped = true;
    this.#lost('Stopped');
    this.#renewal?.cancel();
    this.#deadline?.cancel();
    const { store } = this.#options;
    if (revoke) await this.forget();
    if (leaseId !== undefined) {
      const last: Promise<unknown> = revoke ? store.revokeLease(leaseId) : store.keepAliveLease(leaseId);
      await last.catch((error: unknown) => this.#options.onProblem?.(error));
    }
    await Promise.all(this.#inFlight);
  }

  #renew(): void {
    if (this.#isStopped) return;
    const { ttlMs } = this.#lease ?? this.#options;
    const everyMs = (this.#options.isExclusive ?? true) ? renewEveryMs(ttlMs) : renewPresenceEveryMs(ttlMs);
    this.#renewal = this.#options.timers.after(everyMs, () => this.#renew());
    if (this.#inFlight.size >= CALLS_IN_FLIGHT_MAX || this.#isSeeking) return;
    const call = (this.#lease === undefined ? this.#seek() : this.#keepAlive(this.#lease.leaseId))
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#inFlight.delete(call));
    this.#inFlight.add(call);
  }

  async #seek(): Promise<void> {
    this.#isSeeking = true;
    try {
      const { store, clock, ttlMs } = this.#options;
      if (this.#remembered !== undefined) await this.#keepAlive(this.#remembered);
      if (this.#lease !== undefined) return;
      const sentAt = clock.nowMs();
      const granted = await store.grantLease(ttlMs);
      await this.#save(granted.leaseId, undefined);
      this.#remembered = granted.leaseId;
      this.#confirmed(granted.leaseId, sentAt, granted.ttlMs);
    } finally {
      this.#isSeeking = false;
    }
  }

  async #keepAlive(leaseId: string): Promise<void> {
    const { store, clock } = this.#options;
    // A holder that hears nothing must not go on renewing what it cannot use: nobody else could ever have it.
    if (this.#lease !== undefined && !this.isHeld(clock.nowMs())) await store.get(PROOF_KEY);
    const sentAt = clock.nowMs();
    try {
      const { ttlMs } = await store.keepAliveLease(leaseId, { confirm: this.#options.isExclusive ?? true });
      this.#confirmed(leaseId, sentAt, ttlMs);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      this.#gone(leaseId);
    }
  }

  #confirmed(leaseId: string, sentAt: Instant, ttlMs: DurationMs): void {
    if (this.#isStopped) return;
    const { clock, marginMs } = this.#options;
    // The late answer of a lease that the store has declared gone since then must not bring it back.
    if ((this.#lease?.leaseId ?? this.#remembered) !== leaseId) return;
    this.#remembered = undefined;
    this.#lease =
      this.#lease === undefined
        ? { leaseId, confirmedAt: sentAt, ttlMs, marginMs }
        : confirmLease(this.#lease, sentAt, ttlMs);
    if (this.#deadlinePassed() || !this.isHeld(clock.nowMs())) return;
    this.#options.onRenewed?.();
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    this.#options.onHeld(leaseId);
  }

  /** Sets the alarm for the deadline. @returns true if it has passed, and then the loss has been told. */
  #deadlinePassed(): boolean {
    this.#deadline?.cancel();
    const remaining = this.remainingMs(this.#options.clock.nowMs());
    if (remaining <= 0) {
      this.#lost('DeadlinePassed');
      return true;
    }
    this.#deadline = this.#options.timers.after(Math.ceil(remaining), () => this.#deadlinePassed());
    return false;
  }

  #gone(leaseId: string): void {
    if (this.#remembered === leaseId) this.#remembered = undefined;
    if (this.#lease?.leaseId !== leaseId) return;
    this.#deadline?.cancel();
    this.#lease = undefined;
    this.#lost('LeaseGone');
  }

  #lost(reason: LossReason): void {
    if (!this.#isAnnounced) return;
    this.#isAnnounced = false;
    this.#options.onLost(reason);
  }

  #failed(error: unknown): void {
    this.#options.onProblem?.(error);
  }

  async #save(leaseId: string, epoch: bigint | undefined): Promise<void> {
    const saved = this.#options.memory?.save({ leaseId, epoch: epoch?.toString() });
    await saved?.catch((error: unknown) => this.#options.onProblem?.(error));
  }
}
