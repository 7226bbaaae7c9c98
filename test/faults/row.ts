/**
 * What a row of the fault table is: data, and one function that makes the fault. The row says what is promised before it is
 * tried; how it is measured, and that nothing acknowledged is lost and no two databases take writes, is the same for all rows.
 */

import type { FenceKind } from '../../src/core/database/fences.ts';
import type { Bed } from '../bed/bed.ts';
import type { RegionName } from '../bed/topology.ts';
import type { Context } from '../demo/scenario.ts';
import type { Seen } from './seen.ts';
import type { Bound, Timing } from './timing.ts';

/**
 * What may move: `nothing` (the primary stays open, no address, no route); `not the primary` (it may be closed for a while,
 * and it alone is opened again); `the primary` (the same server or another one is opened).
 */
export type Moves = 'nothing' | 'not the primary' | 'the primary';

/**
 * By what two writers at once are counted. A fence that closes no server is judged by what it promises: that nothing is
 * `acknowledged` by the former primary once another server is open, or nothing of it that came `by the route`.
 */
export type WriterCount = 'open' | 'acknowledged' | 'by the route';

export type Invariant = `I${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`;

/** Beginnings of the names of checks that rows refer to. */
export const CHECKS = {
  outage: 'the outage is at most',
  moves: 'only what may move has moved',
  oneOpen: 'one database is open at the end of the fault',
  leftOpen: 'the former primary is open beside the new one, because every other fence is off',
  fences: 'each promotion says why the former primary writes no more',
  met: 'the fault was in force when it had to be',
} as const;

export interface FaultRow {
  readonly name: string;
  /** What is done, in a few words. */
  readonly what: string;
  readonly shows: readonly Invariant[];
  readonly moves: Moves;
  /** The longest time in which a client may have no write acknowledged. */
  readonly outage: Bound;
  /** For how long the fault stands in ms, at least; the outage is measured while it does. Default: bound and a bit. */
  readonly standsMs?: (timing: Timing) => number;
  /** For how long there may be two writers, in ms. Default 0. */
  readonly dualWritableMaxMs?: number;
  /** By what they are counted. Default: what the servers themselves say, `open`. */
  readonly twoWriters?: WriterCount;
  /** Kinds of evidence that the promotion's events must name; they must name some in any case. */
  readonly fencedBy?: readonly FenceKind[];
  /** Writes come back only after the fault: nobody waits for them before. */
  readonly isFeltToTheEnd?: true;
  /** What the former primary acknowledges during the fault is promised to nobody: no fence that is on holds it back. */
  readonly mayLoseItsWrites?: true;
  /** For how long the cloud may take to come to rest after the fault, in ms. Default 60 s. */
  readonly restTimeoutMs?: number;
  /** Not yet kept: why, and which checks may fail because of it; any other failure is one. */
  readonly expectedToFail?: { readonly why: string; readonly checks: readonly string[] };
  /** Cannot be done here: why. It is reported, never counted as held. */
  readonly skipped?: string;
  /** What has to be there before the fault; it may move the primary, and the cloud comes to rest after it. */
  readonly prepare?: (preparation: Preparation) => Promise<void>;
  /** Makes the fault; what undoes it is registered before it is done. */
  readonly make: (scene: Scene) => Promise<void>;
}

/** Where a row is prepared, before anybody looks. */
export type Preparation = Pick<Scene, 'primary' | 'neighbour' | 'signal' | 'say'>;

/** Where a row does its work: who is who, and the tools that are not functions of the bed already. */
export interface Scene {
  readonly bed: Bed;
  readonly signal: AbortSignal;
  readonly timing: Timing;
  /** The host whose database is open. */
  readonly primary: string;
  readonly home: RegionName;
  /** The other database of the primary's region, which acknowledges its commits. */
  readonly neighbour: string;
  /** Databases of the other region. */
  readonly remote: readonly string[];
  readonly say: (sentence: string) => void;
  readonly check: (name: string, ok: boolean, detail: string) => void;
  /** Starts a client beside a host's database, past the proxies. */
  readonly direct: Context['direct'];
  /** Which databases are open, watched from outside. */
  readonly databases: Context['databases'];
  /** Called when everything has been seen, before the cloud has to come to rest. */
  readonly onSeen: (look: (seen: Seen) => void) => void;
  /** Called when the fault is over, the last registered first, whatever happened. */
  readonly onUndo: (undo: () => Promise<void>) => void;
  readonly pause: (ms: number) => Promise<void>;
}
