/** Waiting in a command: through the timers' port, and over at once when the operator ends the command. */
import type { Timers } from '../core/clock.ts';

export function pause(delayMs: number, timers: Timers, interrupted: AbortSignal): Promise<void> {
  if (interrupted.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      timer.cancel();
      interrupted.removeEventListener('abort', end);
      resolve();
    };
    const timer = timers.after(delayMs, end);
    interrupted.addEventListener('abort', end);
  });
}

/**
 * A wait that somebody may end early.
 * @returns the wait, and how to end it; ending it twice is harmless
 */
export function wakeable(
  delayMs: number,
  timers: Timers,
  interrupted: AbortSignal,
): { readonly promise: Promise<void>; readonly wake: () => void } {
  const woken = new AbortController();
  return { promise: pause(delayMs, timers, AbortSignal.any([interrupted, woken.signal])), wake: () => woken.abort() };
}
