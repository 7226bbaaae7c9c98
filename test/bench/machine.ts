/**
 * What else the machine was doing while something was measured: figures without it compare with nothing.
 */

import { availableParallelism, loadavg } from 'node:os';

export interface Machine {
  readonly node: string;
  readonly architecture: string;
  readonly processors: number;
}

export function thisMachine(): Machine {
  return { node: process.version, architecture: process.arch, processors: availableParallelism() };
}

/** Processes that want to run, as the machine's average over the last minute. */
export function loadNow(): number {
  return loadavg()[0] ?? 0;
}
