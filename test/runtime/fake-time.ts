/**
 * A clock that a test moves by hand, with the timers that go by it. `advance` runs what falls due, in order, and lets
 * promises make progress in between; nothing here waits for real time. A test whose subject does real I/O says when
 * that has ended: a number of turns says nothing about a disk.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock, Random, Timer, Timers } from '../../src/core/clock.ts';
import { type Instant, instant, type WallTime, wallTime } from '../../src/core/time.ts';

interface Pending {
  readonly at: number;
  readonly callback: () => void;
}

const WALL_START_MS = 1_700_000_000_000;
/** Promise chains of a few links settle within this many turns of the event loop. */
const TURNS = 5;

export class FakeTime implements Clock, Timers {
  #now = 1000;
  #pending: Pending[] = [];
  readonly #idle: () => Promise<void>;

  /** @param idle resolves when real I/O that began has ended; the clock stands still until then */
  constructor(idle: () => Promise<void> = async () => {}) {
    this.#idle = idle;
  }

  nowMs(): Instant {
    return instant(this.#now);
  }

  readonly wallMs = (): WallTime => wallTime(WALL_START_MS + this.#now);

  /** Timers that are set; a test that ends with one has forgotten to stop something. */
  get pending(): number {
    return this.#pending.length;
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry = { at: this.#now + delayMs, callback };
    this.#pending.push(entry);
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((each) => each !== entry);
      },
    };
  }

  async advance(byMs: number): Promise<void> {
    const end = this.#now + byMs;
    await this.#settle();
    for (;;) {
      const next = this.#pending.filter((each) => each.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#pending = this.#pending.filter((each) => each !== next);
      next.callback();
      await this.#settle();
    }
    this.#now = end;
  }

  /** Moves time on in steps until the condition holds. @throws Error if it does not within `steps` steps */
  async until(condition: () => boolean, stepMs = 100, steps = 20_000): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      if (condition()) return;
      await this.advance(stepMs);
    }
    throw new Error('the condition was never met');
  }

  async #settle(): Promise<void> {
    await settle();
    await this.#idle();
  }
}

/** Lets whatever is ready run. */
export async function settle(): Promise<void> {
  for (let count = 0; count < TURNS; count += 1) await turn();
}

/** Always the same draw. */
export const fixedRandom = (value: number): Random => ({ next: () => value });
