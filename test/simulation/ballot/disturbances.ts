/** What disturbs the world, and since when nothing does: whatever a checker excuses, it excuses by this. */
import type { Scheduler } from '../scheduler.ts';
import type { BallotFault } from './faults.ts';
import { isOfStoreOnly } from './plan.ts';

export class Disturbances {
  /** When anything but the store was disturbed for the last time. */
  hostsAtMs = Number.NEGATIVE_INFINITY;
  readonly #scheduler: Scheduler;
  readonly #standing = new Set<BallotFault>();
  #anyAtMs = Number.NEGATIVE_INFINITY;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  begin(fault: BallotFault): void {
    this.#standing.add(fault);
  }

  end(fault: BallotFault): void {
    this.look();
    this.#standing.delete(fault);
  }

  /** Somebody does something to a host or the network at this moment. */
  touch(): void {
    this.hostsAtMs = this.#scheduler.nowMs();
    this.#anyAtMs = this.hostsAtMs;
  }

  /** After each step. */
  look(): void {
    if (this.#standing.size === 0) return;
    this.#anyAtMs = this.#scheduler.nowMs();
    for (const fault of this.#standing) if (!isOfStoreOnly(fault)) this.hostsAtMs = this.#anyAtMs;
  }

  /** True if no fault, of whatever kind, has been under way for so long. */
  isCalm(forMs: number): boolean {
    return this.#scheduler.nowMs() - this.#anyAtMs > forMs;
  }
}
