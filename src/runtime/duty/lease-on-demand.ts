/**
 * A lease that exists only while it is needed: granted by the first `acquire`, renewed by the lease layer, gone with
 * `release`. What it says about being held is the lease layer's word: the monotonic deadline.
 */
import type { Clock, Timers } from '../../core/clock.ts';
import type { LeaseTimes } from '../../core/database/state.ts';
import { StoreUnavailable } from '../../store/errors.ts';
import { LeaseHolder } from '../../store/lease-holder.ts';
import type { Store } from '../../store/store.ts';
import type { HeldLeasePort } from './held-lease-port.ts';

export interface LeaseOnDemandDeps {
  readonly store: Store;
  /** Asked when a lease is needed and none is there. */
  readonly timing: () => LeaseTimes;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The deadline has moved. Must not throw. */
  readonly onRenewed?: () => void;
  /** The lease is held (again), or lost. */
  readonly onChange: () => void;
  readonly onProblem: (error: unknown) => void;
}

/** A store that does not grant within this time is away; the caller decides anew on its next tick. */
const GRANT_WITHIN_MS = 3_000;

export class LeaseOnDemand implements HeldLeasePort {
  readonly #deps: LeaseOnDemandDeps;
  #holder: LeaseHolder | undefined;
  #times: LeaseTimes | undefined;
  #held = Promise.withResolvers<string>();

  constructor(deps: LeaseOnDemandDeps) {
    this.#deps = deps;
  }

  remainingMs(leaseId: string): number {
    if (this.#holder?.leaseId !== leaseId) return 0;
    return this.#holder.remainingMs(this.#deps.clock.nowMs());
  }

  /** @throws StoreUnavailable if the store granted nothing in time */
  async acquire(): Promise<string> {
    await this.#begin();
    const late = Promise.withResolvers<never>();
    const timer = this.#deps.timers.after(GRANT_WITHIN_MS, () =>
      late.reject(new StoreUnavailable(`no lease was granted within ${GRANT_WITHIN_MS} ms`)),
    );
    try {
      return await Promise.race([this.#held.promise, late.promise]);
    } finally {
      timer.cancel();
    }
  }

  release(): Promise<void> {
    return this.#end({ revoke: true });
  }

  leave(): Promise<void> {
    return this.#end({ revoke: false });
  }

  async #end(options: { readonly revoke: boolean }): Promise<void> {
    const holder = this.#holder;
    this.#holder = undefined;
    this.#held = Promise.withResolvers();
    await holder?.stop(options);
  }

  async #begin(): Promise<void> {
    const { store, timing, clock, timers, onChange, onProblem, onRenewed } = this.#deps;
    const { ttlMs, marginMs } = timing();
    // What is left of an earlier management protects nothing any more.
    if (this.#times?.ttlMs !== ttlMs || this.#times.marginMs !== marginMs) await this.release();
    if (this.#holder !== undefined) return;
    this.#times = { ttlMs, marginMs };
    this.#holder = new LeaseHolder({
      store,
      ttlMs,
      marginMs,
      clock,
      timers,
      ...(onRenewed === undefined ? {} : { onRenewed }),
      onHeld: (leaseId) => {
        this.#held.resolve(leaseId);
        onChange();
      },
      onLost: () => {
        this.#held = Promise.withResolvers();
        onChange();
      },
      onProblem,
    });
    await this.#holder.start();
  }
}
