/**
 * One simulated machine: a monotonic clock that runs a little fast or slow, a wall clock that somebody sets, and a
 * process on it that can be frozen (nothing runs, time passes) and killed (what it had set up never runs).
 */
import type { Clock, Timer, Timers } from '../../src/core/clock.ts';
import { instant } from '../../src/core/time.ts';
import type { Scheduler } from './scheduler.ts';
import type { Task } from './task-heap.ts';

export class Machine {
  /** Monotonic, at this machine's rate. */
  readonly clock: Clock;
  /** What `date` shows: it jumps. Nothing may rely on it; planted bugs do. */
  readonly wallClock: Clock;
  readonly #scheduler: Scheduler;
  readonly #rate: number;
  #wallOffsetMs = 0;
  #process = 0;
  #isFrozen = false;
  #held: (() => void)[] = [];
  /** Those of the process that runs now, which are asked for with every call. */
  #timers: Timers | undefined;
  #receiver: ((deliver: () => void) => void) | undefined;

  /** @param driftPpm how much faster than true time the clocks run, in parts per million. */
  constructor(scheduler: Scheduler, driftPpm: number) {
    this.#scheduler = scheduler;
    this.#rate = 1 + driftPpm / 1_000_000;
    this.clock = { nowMs: () => instant(scheduler.nowMs() * this.#rate) };
    this.wallClock = { nowMs: () => instant(scheduler.nowMs() * this.#rate + this.#wallOffsetMs) };
  }

  /** Grows with each process that was killed. */
  get lives(): number {
    return this.#process;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Timers of the process that runs now; they end with it. */
  timers(): Timers {
    const process = this.#process;
    this.#timers ??= {
      after: (delayMs, callback): Timer => {
        const task: Task = this.#scheduler.after(delayMs / this.#rate, () => this.#run(process, callback, task));
        return task;
      },
    };
    return this.#timers;
  }

  /** Something arrives from outside for the process that runs now: it waits while that is frozen and dies with it. */
  receiver(): (deliver: () => void) => void {
    const process = this.#process;
    this.#receiver ??= (deliver) => this.#run(process, deliver);
    return this.#receiver;
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  /** What came in the meantime is handled now, in its order. */
  thaw(): void {
    this.#isFrozen = false;
    for (const waiting of this.#held.splice(0)) waiting();
  }

  /** Ends the process; the machine and its clocks go on. */
  kill(): void {
    this.#process += 1;
    this.#timers = undefined;
    this.#receiver = undefined;
    this.#isFrozen = false;
    this.#held = [];
  }

  setWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** @param task - what was due; it may be cancelled while the process is frozen */
  #run(process: number, callback: () => void, task?: Task): void {
    if (process !== this.#process || task?.isCancelled === true) return;
    if (this.#isFrozen) this.#held.push(() => this.#run(process, callback, task));
    else callback();
  }
}
