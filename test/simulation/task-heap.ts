/**
 * What is to be done at which time, the next one first. Most of it is taken back: the timeouts of calls that are answered
 * long before. So each task knows its place in the heap, and leaves it at once.
 */
import type { Timer } from '../../src/core/clock.ts';

export class Task implements Timer {
  readonly atMs: number;
  readonly callback: () => void;
  /** Tasks of the same time are done in the order of this. */
  readonly order: number;
  /** Where it is in the heap; below zero if it is not in there. */
  place = -1;
  isCancelled = false;
  readonly #heap: TaskHeap;

  constructor(heap: TaskHeap, atMs: number, order: number, callback: () => void) {
    this.#heap = heap;
    this.atMs = atMs;
    this.order = order;
    this.callback = callback;
  }

  cancel(): void {
    this.isCancelled = true;
    this.#heap.remove(this);
  }
}

export class TaskHeap {
  readonly #tasks: Task[] = [];

  get first(): Task | undefined {
    return this.#tasks[0];
  }

  add(task: Task): void {
    this.#tasks.push(task);
    this.#rise(task, this.#tasks.length - 1);
  }

  /** Does nothing if it is not in there. */
  remove(task: Task): void {
    const { place } = task;
    if (place < 0) return;
    task.place = -1;
    const last = this.#tasks.pop() as Task;
    if (last === task) return;
    this.#sink(last, place);
    if (last.place === place) this.#rise(last, place);
  }

  /** Puts the task there, or as far above as it belongs. */
  #rise(task: Task, from: number): void {
    const tasks = this.#tasks;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = tasks[above] as Task;
      if (!isEarlier(task, parent)) break;
      tasks[place] = parent;
      parent.place = place;
      place = above;
    }
    tasks[place] = task;
    task.place = place;
  }

  /** Puts the task there, or as far below as it belongs. */
  #sink(task: Task, from: number): void {
    const tasks = this.#tasks;
    let place = from;
    for (let below = 2 * place + 1; below < tasks.length; below = 2 * place + 1) {
      const [left, right] = [tasks[below] as Task, tasks[below + 1]];
      const isRight = right !== undefined && isEarlier(right, left);
      const child = isRight ? right : left;
      if (!isEarlier(child, task)) break;
      tasks[place] = child;
      child.place = place;
      place = isRight ? below + 1 : below;
    }
    tasks[place] = task;
    task.place = place;
  }
}

const isEarlier = (one: Task, other: Task): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
