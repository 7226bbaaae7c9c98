/**
 * Runs a piece of work at its own pace: regularly with jitter, sooner when woken, and never twice at a time. A wake-up
 * that comes while the work runs makes it run once more afterwards, so nothing that was woken for is missed.
 */
import type { Clock, Random, Timer, Timers } from '../core/clock.ts';
import { elapsedMs, type Instant, later } from '../core/time.ts';

export interface PacerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** The longest rest between two runs; ± 25 % of jitter. */
  readonly everyMs: number;
  work(): Promise<void>;
  /** The work failed; it runs again in its turn, or sooner if this wakes it. */
  onProblem(error: unknown): void;
}

const JITTER = 0.25;

export class Pacer {
  readonly #options: PacerOptions;
  #timer: Timer | undefined;
  #dueAt: Instant | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  /** Brings the next run forward to `inMs` from now; a run that is due sooner stays. */
  wake(inMs: number): void {
    if (this.#isStopped) return;
    const at = later(this.#options.clock.nowMs(), inMs);
    if (this.#dueAt !== undefined && this.#dueAt <= at) return;
    this.#dueAt = at;
    if (this.#running === undefined) this.#arm();
  }

  /** Idempotent; waits for a run that is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #arm(): void {
    const { clock, timers } = this.#options;
    this.#timer?.cancel();
    if (this.#dueAt === undefined || this.#isStopped) return;
    const delayMs = Math.max(0, elapsedMs(clock.nowMs(), this.#dueAt));
    this.#timer = timers.after(delayMs, () => {
      this.#running = this.#run();
    });
  }

  async #run(): Promise<void> {
    const { random, everyMs, work, onProblem } = this.#options;
    this.#dueAt = undefined;
    try {
      await work();
    } catch (error) {
      onProblem(error);
    }
    this.#running = undefined;
    if (this.#isStopped) return;
    this.wake(everyMs * (1 + JITTER * (2 * random.next() - 1)));
    this.#arm();
  }
}
