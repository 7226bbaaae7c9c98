/** The promises that a primary's agent holds, each with its own deadline; what they are worth together is the core's. */
import type { Clock } from '../../core/clock.ts';
import { type AppliedBy, promisedUntil } from '../../core/database/promise.ts';
import { type Instant, isPast } from '../../core/time.ts';

export class HeldPromises {
  readonly #clock: Clock;
  readonly #until = new Map<string, Instant>();
  readonly #applied = new Map<string, AppliedBy>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Answers may come out of order; none makes a deadline earlier, and what a member had it has. */
  granted(node: string, until: Instant, applied: AppliedBy | null): void {
    const known = this.#until.get(node);
    if (known === undefined || until > known) this.#until.set(node, until);
    if (applied !== null) this.#applied.set(node, applied);
  }

  /** What each member last said that it has applied. */
  get appliedBy(): ReadonlyMap<string, AppliedBy> {
    return this.#applied;
  }

  /** @returns for how many ms every one of `required` has promised; 0 if one has not, or nobody is required */
  remainingMs(required: readonly string[]): number {
    const until = promisedUntil(required, this.#until);
    return until === undefined ? 0 : Math.max(0, until - this.#clock.nowMs());
  }

  /** Those whose promise is missing or has run out. */
  missing(required: readonly string[]): readonly string[] {
    const now = this.#clock.nowMs();
    return required.filter((node) => {
      const until = this.#until.get(node);
      return until === undefined || isPast(until, now);
    });
  }

  clear(): void {
    this.#until.clear();
    this.#applied.clear();
  }
}
