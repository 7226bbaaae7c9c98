/**
 * What is known outside a policy's own text when it is judged. Whoever judges gathers it; what could not be asked is
 * `undefined`, and a rule that needs it says so instead of guessing.
 */
import type { LeaseTiming } from '../core/lease-timing.ts';
import type { DatabaseFailover, Policy } from '../core/policy.ts';
import type { Role } from '../core/region-snapshot.ts';

/** A node whose agent has registered. */
export interface KnownNode {
  readonly node: string;
  readonly region: string;
  readonly roles: readonly Role[];
  readonly addresses: readonly string[];
}

export interface PolicyWorld {
  /** The store that holds the text; `only` where one store is regional and global at once. */
  readonly store: 'regional' | 'global' | 'only';
  /** The region of a regional store; undefined for the global one. */
  readonly region: string | undefined;
  /** Of each region in it, all that are registered; a region of which none is in it is not questioned. */
  readonly nodes: readonly KnownNode[];
  /** All regions that have registered; undefined if that cannot be asked here. */
  readonly regions: readonly string[] | undefined;
  /** The databases' policies in force in the global store; undefined while it is out of reach. */
  readonly databases: readonly DatabaseFailover[] | undefined;
  /** How many sites the members of the global store are in. */
  readonly globalStoreSites: number;
  readonly timing: StoreTiming;
}

/** What the safety of a lease rests on, beside the policy's own numbers. */
export type StoreTiming = Pick<LeaseTiming, 'rttMs' | 'driftPpm' | 'stepDownMs' | 'callTimeoutMs' | 'storeFloorMs'>;

/**
 * Used where nothing else is measured or configured. Round trip: between regions of one continent. Drift: NTP slews
 * by at most 500 ppm, on both sides. Step-down: 300 ms until the server is killed, and the kill. Call: so that one lost
 * renewal and one sick member fit into a lease of 3 s.
 */
export const ASSUMED_TIMING: StoreTiming = { rttMs: 50, driftPpm: 1000, stepDownMs: 400, callTimeoutMs: 800 };

/** Everything that one policy is judged against. */
export interface Setting {
  readonly world: PolicyWorld;
  /** The other policies that are in force in the same store. */
  readonly others: readonly Policy[];
  /** The version of this policy that is in force, if any. */
  readonly previous: Policy | undefined;
}
