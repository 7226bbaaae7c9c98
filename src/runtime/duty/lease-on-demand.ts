/**
 * A lease that exists only while it is needed: granted by the first `acquire` with the times that the policy has then,
 * renewed by the lease layer, gone with `release`. Other times count from the next one on. What it says about being held is the lease layer's word: the monotonic deadline.
 */
import type { Clock, Timers } from '../../core/clock.ts';
import type { DatabaseFailover } from '../../core/policy.ts';
import { StoreUnavailable } from '../../store/errors.ts';
import { LeaseHolder } from '../../store/lease-holder.ts';
import type { Store } from '../../store/store.ts';
import type { HeldLeasePort } from './held-lease-port.ts';

export interface LeaseOnDemandDeps {
  readonly store: Store;
  /** As the policy says now. */
  readonly timing: () => Pick<DatabaseFailover, 'ttlMs' | 'marginMs'>;
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

  async release(): Promise<void> {
    const holder = this.#holder;
    this.#holder = undefined;
    this.#held = Promise.withResolvers();
    await holder?.stop({ revoke: true });
  }

  async leave(): Promise<void> {
    const holder = this.#holder;
    this.#holder = undefined;
    await holder?.stop({ revoke: false });
  }

  async #begin(): Promise<void> {
    if (this.#holder !== undefined) return;
    const { store, timing, clock, timers, onChange, onProblem, onRenewed } = this.#deps;
    const { ttlMs, marginMs } = timing();
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
