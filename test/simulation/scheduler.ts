/**
 * Virtual time: a clock that stands still until the next timer is due, and then jumps. Timers that are due at the
 * same time fire in the order in which they were set, and between two of them every promise is settled as far as it
 * goes, so a run depends on nothing but its inputs. A clock of its own rate can be taken from it for each simulated
 * machine; the scheduler's own time is the true one, which nobody in the simulation can see.
 */
import type { Clock, Timers } from '../../src/core/clock.ts';
import { type Instant, instant } from '../../src/core/time.ts';
import { Task, TaskHeap } from './task-heap.ts';

/** Far above what a store outage's end sets going; only a loop without a pause gets there. */
const STEPS_AT_ONE_INSTANT_MAX = 20_000;

export class Scheduler implements Clock, Timers {
  #nowMs = 0;
  #order = 0;
  #stepsHere = 0;
  readonly #tasks = new TaskHeap();

  nowMs(): Instant {
    return instant(this.#nowMs);
  }

  after(delayMs: number, callback: () => void): Task {
    const task = new Task(this.#tasks, this.#nowMs + Math.max(0, delayMs), this.#order++, callback);
    this.#tasks.add(task);
    return task;
  }

  /**
   * Runs everything that is due within the next `durationMs`; after it, the clock shows exactly that much more.
   * @param afterEach called after each timer, when everything that it set going has settled.
   */
  async advance(durationMs: number, afterEach: () => void = () => {}): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    let hasRun = false;
    await eachSettled(() => {
      if (hasRun) afterEach();
      hasRun = this.#runNext(untilMs);
      return hasRun;
    });
    this.#nowMs = untilMs;
  }

  /** @returns false if nothing is due by then */
  #runNext(untilMs: number): boolean {
    const task = this.#tasks.first;
    if (task === undefined || task.atMs > untilMs) return false;
    this.#tasks.remove(task);
    this.#stepsHere = task.atMs === this.#nowMs ? this.#stepsHere + 1 : 0;
    if (this.#stepsHere > STEPS_AT_ONE_INSTANT_MAX) throw new Error(`time stands still at ${this.#nowMs}ms`);
    this.#nowMs = task.atMs;
    task.callback();
    return true;
  }
}

/**
 * Immediates that are queued together share one turn of the event loop, which costs more than all of them; those that are
 * left over at the end were for nothing. So each turn has twice as many as the one before.
 */
const STEPS_AT_FIRST = 32;
const STEPS_AT_ONCE = 256;

/**
 * Calls `step` until it returns false, each time when every promise has settled that can without a timer: between two
 * immediates Node.js runs all ticks and microtasks, and ends the process at a rejection that nobody handles.
 */
function eachSettled(step: () => boolean): Promise<void> {
  const over = Promise.withResolvers<void>();
  let isOver = false;
  let atOnce = STEPS_AT_FIRST;
  const once = () => {
    if (isOver) return;
    try {
      isOver = !step();
      if (isOver) over.resolve();
    } catch (error) {
      isOver = true;
      over.reject(error);
    }
  };
  const together = () => {
    if (isOver) return;
    for (let left = atOnce; left > 0; left--) setImmediate(once);
    atOnce = Math.min(2 * atOnce, STEPS_AT_ONCE);
    setImmediate(together);
  };
  setImmediate(together);
  return over.promise;
}
