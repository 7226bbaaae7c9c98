/**
 * How long a disturbance may last that costs nothing: what "shorter than the lease" means exactly. Pure.
 *
 * The holder's deadline is the sending of its last acknowledged renewal + ttl − margin, and it renews every ttl/5. When a
 * blip begins, that sending lies up to one period and a round trip back; when it ends, the next renewal is sent up to one
 * period later (a process that was stopped sends it at once, a connection that was cut sends again by its own timers) and
 * needs a round trip itself. So
 *
 *   blip < ttl − margin − 2·ttl/5 − 2·rtt
 *
 * and the store, which counts the whole ttl from the receipt, has 2·margin of patience more. Promises are asked for at the
 * same pace and last as long, so the same blip costs none of them; and what only the store suffers (an election, a restart)
 * may last longer than this, because the promises of everybody else go on. Two blips are two only if the lease was renewed
 * in between: a period and a round trip apart.
 */
import { renewEveryMs } from '../../../src/core/lease.ts';
import type { LeaseTiming } from '../../../src/core/lease-timing.ts';

/** @returns in ms; zero or less if the timing forgives nothing */
export function blipMaxMs({ ttlMs, marginMs, rttMs }: Pick<LeaseTiming, 'ttlMs' | 'marginMs' | 'rttMs'>): number {
  return ttlMs - marginMs - 2 * renewEveryMs(ttlMs) - 2 * rttMs;
}

/** @returns from the end of one to the beginning of the next, in ms */
export function blipPauseMinMs({ ttlMs, rttMs }: Pick<LeaseTiming, 'ttlMs' | 'rttMs'>): number {
  return renewEveryMs(ttlMs) + rttMs;
}
