/**
 * The inequalities that make a lease safe, written down once and checked when a policy is loaded:
 *
 *   margin                     ≥ 2·rtt + drift·ttl + stepDown
 *   renewal + 2·call timeout   < ttl − margin
 *   ttl                        ≥ the store's floor, in whole seconds
 *
 * The first keeps I1: whoever steps down needs time to do it, and its clock may run slower than the store's. The
 * second keeps I5: one lost renewal and one sick store member cost no lease. A timing that breaks one of them is
 * refused with the number that would be right; it is never adjusted silently.
 */
import { renewEveryMs } from './lease.ts';
import type { DurationMs } from './time.ts';

/** Everything that the safety of one lease depends on. */
export interface LeaseTiming {
  readonly ttlMs: DurationMs;
  readonly marginMs: DurationMs;
  /** The longest ordinary round trip to the store. */
  readonly rttMs: DurationMs;
  /** By how much two clocks' rates may differ, in parts per million. */
  readonly driftPpm: number;
  /** How long giving up what the lease protects takes at most. */
  readonly stepDownMs: DurationMs;
  /** Bound of one call to the store, failover to another member included. */
  readonly callTimeoutMs: DurationMs;
  /** The shortest TTL that the store grants; etcd: 1.5 × its election timeout. Left out if it is not known. */
  readonly storeFloorMs?: DurationMs;
}

/** One thing wrong with a timing, for whoever wrote the policy. */
export interface TimingProblem {
  readonly field: 'ttl' | 'margin' | 'callTimeout';
  readonly value: string;
  readonly message: string;
  readonly remedy: string;
}

const PPM = 1_000_000;

/** @returns the smallest margin that keeps the first inequality, in whole milliseconds. */
export function marginFor(timing: Pick<LeaseTiming, 'ttlMs' | 'rttMs' | 'driftPpm' | 'stepDownMs'>): DurationMs {
  return Math.ceil(2 * timing.rttMs + (timing.driftPpm / PPM) * timing.ttlMs + timing.stepDownMs);
}

/** @returns every inequality that does not hold; empty if the timing is coherent. */
export function leaseTimingProblems(timing: LeaseTiming): readonly TimingProblem[] {
  return [wholeSeconds(timing), floor(timing), margin(timing), renewal(timing)].filter(
    (problem) => problem !== undefined,
  );
}

function wholeSeconds({ ttlMs }: LeaseTiming): TimingProblem | undefined {
  if (ttlMs > 0 && ttlMs % 1000 === 0) return undefined;
  return {
    field: 'ttl',
    value: `${ttlMs}ms`,
    message: 'a store counts a TTL in whole seconds',
    remedy: `set ttl to ${Math.max(1, Math.ceil(ttlMs / 1000))}s`,
  };
}

function floor({ ttlMs, storeFloorMs }: LeaseTiming): TimingProblem | undefined {
  if (storeFloorMs === undefined || ttlMs >= storeFloorMs) return undefined;
  return {
    field: 'ttl',
    value: `${ttlMs}ms`,
    message: `the store raises it to ${storeFloorMs}ms, which is 1.5 × its election timeout`,
    remedy: `set ttl to ${Math.ceil(storeFloorMs / 1000)}s, or lower etcd's --election-timeout`,
  };
}

function margin(timing: LeaseTiming): TimingProblem | undefined {
  const neededMs = marginFor(timing);
  if (timing.marginMs >= neededMs) return undefined;
  return {
    field: 'margin',
    value: `${timing.marginMs}ms`,
    message:
      `margin ≥ 2·rtt + drift·ttl + stepDown does not hold: 2·${timing.rttMs}ms + ` +
      `${timing.driftPpm}ppm·${timing.ttlMs}ms + ${timing.stepDownMs}ms = ${neededMs}ms`,
    remedy: `set margin to ${neededMs}ms or more`,
  };
}

function renewal(timing: LeaseTiming): TimingProblem | undefined {
  const neededMs = renewEveryMs(timing.ttlMs) + 2 * timing.callTimeoutMs;
  const usableMs = timing.ttlMs - timing.marginMs;
  if (neededMs < usableMs) return undefined;
  return {
    field: 'callTimeout',
    value: `${timing.callTimeoutMs}ms`,
    message:
      `ttl/5 + 2·callTimeout < ttl − margin does not hold: ${renewEveryMs(timing.ttlMs)}ms + ` +
      `2·${timing.callTimeoutMs}ms is not below ${usableMs}ms, so one lost renewal would cost the lease`,
    remedy: 'lengthen ttl, or shorten callTimeout or margin',
  };
}
