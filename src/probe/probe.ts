/**
 * The port of everything that looks. A probe reads, never writes, never throws past this edge: what it could not see is
 * an observation with health `unknown`.
 */
import type { Observation } from '../core/observation.ts';

export interface Probe {
  /** Name in the store, e.g. `mariadb`, `haproxy`, `keystone-local`. */
  readonly name: string;
  /** How often it runs, in ms; jitter is added by the runner. */
  readonly everyMs: number;
  /** Bounded by its own timeout; the signal ends it early. */
  observe(signal: AbortSignal): Promise<Observation>;
}
