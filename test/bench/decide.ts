/**
 * How long a decision takes, by measuring samples of many calls each, after a warm-up. Cases take turns, so that a busy
 * moment of the machine falls on all of them; figures compare within one run only.
 */

import { readFile } from 'node:fs/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import { type DecideCase, decideCases } from './decide-cases.ts';
import { type Summary, summarize } from './statistics.ts';

const POLICY = `${import.meta.dirname}/../../policies/database-failover.yaml`;

const WARM_UP_MS = 300;
/** Long enough for the clock's own error to vanish, short enough for many samples. */
const SAMPLE_MS = 5;

export interface DecideResult {
  readonly name: string;
  /** Microseconds a call; `runs` counts samples. */
  readonly callUs: Summary;
  readonly callsPerSample: number;
}

/** @param samples - how many samples of each case */
export async function benchDecide(samples: number, signal: AbortSignal): Promise<readonly DecideResult[]> {
  const cases = decideCases(await readFile(POLICY, 'utf8'));
  const callsPerSample = cases.map(warmUp);
  const taken: number[][] = cases.map(() => []);
  for (let round = 0; round < samples; round++) {
    signal.throwIfAborted();
    for (const [index, each] of cases.entries()) {
      const calls = callsPerSample[index] ?? 1;
      taken[index]?.push((timeMs(each, calls) * 1_000) / calls);
    }
    await breathe();
  }
  return cases.map(({ name }, index) => ({
    name,
    callUs: summarize(taken[index] ?? []),
    callsPerSample: callsPerSample[index] ?? 1,
  }));
}

/** Runs a case until it is compiled. @returns how many calls fill a sample */
function warmUp(each: DecideCase): number {
  const untilMs = performance.now() + WARM_UP_MS;
  while (performance.now() < untilMs) each.run();
  let calls = 1;
  while (timeMs(each, calls) < SAMPLE_MS) calls *= 2;
  return calls;
}

function timeMs({ run }: DecideCase, calls: number): number {
  const startMs = performance.now();
  let last: unknown;
  for (let call = 0; call < calls; call++) last = run();
  const tookMs = performance.now() - startMs;
  // Used, so that the calls cannot be compiled away.
  if (last === undefined) throw new Error('a decision decided nothing');
  return tookMs;
}
