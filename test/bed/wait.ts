/**
 * Waiting for a state of the bed: ask, pause, ask again, and say what was last seen when the time is up. For things that
 * announce nothing; whatever can be awaited directly is.
 */

import { setTimeout as delay } from 'node:timers/promises';

/** The awaited state did not come in time. */
export class NotInTime extends Error {
  constructor(what: string, timeoutMs: number, last: string) {
    super(`${what}: not within ${timeoutMs / 1000} s; last seen: ${last === '' ? 'nothing' : last}`);
    this.name = 'NotInTime';
  }
}

export interface Attempt {
  readonly ok: boolean;
  /** What was seen, for the message when time is up. */
  readonly detail: string;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Pause between two attempts in ms; default 200. */
  readonly pauseMs?: number;
  readonly signal?: AbortSignal;
}

/** @throws NotInTime when `attempt` never succeeds */
export async function waitUntil(what: string, options: WaitOptions, attempt: () => Promise<Attempt>): Promise<void> {
  const deadlineMs = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const { ok, detail } = await attempt();
    if (ok) return;
    if (performance.now() >= deadlineMs) throw new NotInTime(what, options.timeoutMs, detail.trim().slice(-600));
    await delay(options.pauseMs ?? 200);
  }
}
