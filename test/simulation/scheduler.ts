/**
 * Virtual time: a clock that stands still until the next timer is due, and then jumps. Timers that are due at the
 * same time fire in the order in which they were set, and between two of them every promise is settled as far as it
 * goes, so a run depends on nothing but its inputs. A clock of its own rate can be taken from it for each simulated
 * machine; the scheduler's own time is the true one, which nobody in the simulation can see.
 */
import type { Clock, Timer, Timers } from '../../src/core/clock.ts';
import { type Instant, instant } from '../../src/core/time.ts';

interface Task {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** Far above what a store outage's end sets going; only a loop without a pause gets there. */
const STEPS_AT_ONE_INSTANT_MAX = 20_000;
const CANCELLED_MAX = 200;

export class Scheduler implements Clock, Timers {
  #nowMs = 0;
  #order = 0;
  #stepsHere = 0;
  #heap: Task[] = [];
  #cancelled = 0;

  nowMs(): Instant {
    return instant(this.#nowMs);
  }

  after(delayMs: number, callback: () => void): Timer {
    const task = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback, isCancelled: false };
    this.#push(task);
    return {
      cancel: () => {
        if (task.isCancelled) return;
        task.isCancelled = true;
        this.#cancelled += 1;
        if (this.#cancelled > CANCELLED_MAX) this.#sweep();
      },
    };
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
    for (let task = this.#heap[0]; task !== undefined && task.atMs <= untilMs; task = this.#heap[0]) {
      this.#pop();
      if (task.isCancelled) continue;
      this.#stepsHere = task.atMs === this.#nowMs ? this.#stepsHere + 1 : 0;
      if (this.#stepsHere > STEPS_AT_ONE_INSTANT_MAX) throw new Error(`time stands still at ${this.#nowMs}ms`);
      this.#nowMs = task.atMs;
      task.callback();
      return true;
    }
    return false;
  }

  /** Most timers are timeouts of calls that were answered long before; they would make the heap many times as large. */
  #sweep(): void {
    this.#cancelled = 0;
    this.#heap = this.#heap.filter(({ isCancelled }) => !isCancelled).sort(byTime);
  }

  #push(task: Task): void {
    this.#heap.push(task);
    let index = this.#heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfEarlier(index, parent)) return;
      index = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const child = this.#isEarlier(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfEarlier(child, index)) return;
      index = child;
    }
  }

  #swapIfEarlier(index: number, than: number): boolean {
    if (!this.#isEarlier(index, than)) return false;
    const task = this.#heap[index] as Task;
    this.#heap[index] = this.#heap[than] as Task;
    this.#heap[than] = task;
    return true;
  }

  #isEarlier(index: number, than: number): boolean {
    const task = this.#heap[index];
    const other = this.#heap[than];
    if (task === undefined || other === undefined) return false;
    return byTime(task, other) < 0;
  }
}

/** Timers that are due at the same time fire in the order in which they were set. */
const byTime = (one: Task, other: Task): number => one.atMs - other.atMs || one.order - other.order;

/** Immediates that are queued together share one turn of the event loop, which costs more than all of them. */
const STEPS_AT_ONCE = 256;

/**
 * Calls `step` until it returns false, each time when every promise has settled that can without a timer: between two
 * immediates Node.js runs all ticks and microtasks, and ends the process at a rejection that nobody handles.
 */
function eachSettled(step: () => boolean): Promise<void> {
  const over = Promise.withResolvers<void>();
  let isOver = false;
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
    for (let left = STEPS_AT_ONCE; left > 0; left--) setImmediate(once);
    setImmediate(together);
  };
  setImmediate(together);
  return over.promise;
}
