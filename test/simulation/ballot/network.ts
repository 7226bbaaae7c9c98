/** The ways between the hosts' servers: whole or cut, with a delay. The way to the store is a Path of its own. */
import type { SeededRandom } from '../random.ts';
import type { Scheduler } from '../scheduler.ts';

export class Network {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #cuts = new Map<string, number>();

  constructor(scheduler: Scheduler, random: SeededRandom) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  /** Cuts may overlap; each is healed by its own call. */
  cut(a: string, b: string): void {
    this.#cuts.set(way(a, b), (this.#cuts.get(way(a, b)) ?? 0) + 1);
  }

  heal(a: string, b: string): void {
    const left = (this.#cuts.get(way(a, b)) ?? 0) - 1;
    if (left > 0) this.#cuts.set(way(a, b), left);
    else this.#cuts.delete(way(a, b));
  }

  isUp(a: string, b: string): boolean {
    return this.#cuts.size === 0 || !this.#cuts.has(way(a, b));
  }

  /** @returns when a message sent now arrives, no sooner than `afterMs`: a stream keeps its order */
  arrivalMs(afterMs: number): number {
    return Math.max(afterMs, this.#scheduler.nowMs() + this.#random.between(0.5, 8));
  }

  at(atMs: number, arrive: () => void): void {
    this.#scheduler.after(atMs - this.#scheduler.nowMs(), arrive);
  }
}

const way = (a: string, b: string): string => (a < b ? `${a}|${b}` : `${b}|${a}`);
