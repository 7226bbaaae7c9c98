/**
 * A clock that a test moves by hand, with the timers that go by it. `advance` runs what falls due, in order, and lets
 * promises and the file system make progress in between: however long the disk takes, the clock stands still until it
 * has answered. Sockets and other processes are not waited for; nothing here goes by real time.
 */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { Clock, Random, Timer, Timers } from '../../src/core/clock.ts';
import { type Instant, instant, type WallTime, wallTime } from '../../src/core/time.ts';
import { fileRequestsUnderWay } from './file-requests.ts';

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
    await settle();
    for (;;) {
      const next = this.#pending.filter((each) => each.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#pending = this.#pending.filter((each) => each !== next);
      next.callback();
      await settle();
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
}

/** Lets whatever is ready run, and whatever waits for the file system. */
export async function settle(): Promise<void> {
  for (;;) {
    for (let count = 0; count < TURNS; count += 1) await turn();
    if (fileRequestsUnderWay() === 0) return;
    await pause(1);
  }
}

/** Always the same draw. */
export const fixedRandom = (value: number): Random => ({ next: () => value });
