/**
 * The first fence (F1): at the deadline of the right the server is closed, whatever else the agent is waiting for at that
 * moment. A renewal moves the deadline; only one that is really reached counts.
 */
import type { Timer, Timers } from '../../core/clock.ts';
import type { PrimaryRight } from './primary-right.ts';

export interface DeadlineFenceDeps {
  readonly right: Pick<PrimaryRight, 'isAlive' | 'remainingMs' | 'hasLapsed'>;
  readonly timers: Timers;
  readonly onReached: () => void;
}

export class DeadlineFence {
  readonly #deps: DeadlineFenceDeps;
  #timer: Timer | undefined;

  constructor(deps: DeadlineFenceDeps) {
    this.#deps = deps;
  }

  /** A deadline that passed while the timer was kept waiting counts as reached, not as disarmed. */
  arm(): void {
    const wasArmed = this.#timer !== undefined;
    this.cancel();
    const { right, timers, onReached } = this.#deps;
    if (right.isAlive) this.#timer = timers.after(right.remainingMs, () => this.#atDeadline());
    else if (wasArmed && right.hasLapsed) onReached();
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #atDeadline(): void {
    this.#timer = undefined;
    if (this.#deps.right.isAlive) this.arm();
    else this.#deps.onReached();
  }
}
