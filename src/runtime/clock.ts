/**
 * The machine's own clock, timers and chance, behind the ports of core/clock.ts. The clock is the monotonic one: it
 * does not move when somebody sets the date. It stands still while the machine is suspended, which a cluster node
 * must not be.
 */
import type { Clock, Random, Timers } from '../core/clock.ts';
import { instant } from '../core/time.ts';

export const systemClock: Clock = {
  nowMs: () => instant(performance.now()),
};

export const systemTimers: Timers = {
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

export const systemRandom: Random = {
  next: () => Math.random(),
};
