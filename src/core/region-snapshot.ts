/**
 * Everything that a region's leader may look at when it decides, and everything that a decision may say. Times are
 * remainders and standing times of the leader's monotonic clock; the one wall time is for holds. A leader that was
 * just elected has seen nothing stand: its standing times start at zero, which delays a move and never hurries one.
 */

import type { Refusal } from './database/order.ts';
import type { Desired, DesiredSeen } from './desired.ts';
import type { NewEvent } from './event.ts';
import type { Hold } from './holds.ts';
import type { IdentityOrder } from './identity-order.ts';
import type { SeenObservation } from './observation.ts';
import type { Accepted } from './policy.ts';

export type Role = 'api' | 'proxy' | 'db';

/** A node whose agent is registered now. */
export interface PresentNode {
  readonly node: string;
  readonly roles: readonly Role[];
  readonly addresses: readonly string[];
}

/** What the global store last said about a database. Absent means that it was never known. */
export interface DatabaseView {
  readonly database: string;
  readonly primary: string;
  /** The region of the primary. */
  readonly region: string;
  readonly term: bigint;
  /** The last term whose promotion may have lost acknowledged writes; 0n if there was none. */
  readonly lossyTerm: bigint;
}

export interface StandingIdentityOrder {
  /** Of the policy. */
  readonly name: string;
  readonly order: IdentityOrder;
}

/** An order that has been judged: obeyed with the change that stands beside it, or refused. Its key goes either way. */
export interface SettledIdentityOrder extends StandingIdentityOrder {
  readonly refused: Refusal | undefined;
}

/** What a node's agent reports about its part in a roll-out; it stands until the agent reports something else. */
export interface NodeReport {
  readonly node: string;
  /** Of the identity route. */
  readonly name: string;
  /** Of the leader by whose word it acted. */
  readonly epoch: bigint;
  readonly decision: bigint;
  /** `working`: it may be anywhere between the two Keystones. `failed`: what could not be tried is undone, or nothing was begun. */
  readonly phase: 'working' | 'done' | 'failed';
  /** The number of the turn that it took. */
  readonly turn: number;
  /** Files that somebody overwrote were put right again under this decision, which is done once. */
  readonly isRepaired: boolean;
  /** Of a failure: its code, and what happened. */
  readonly refusal: string | null;
  readonly detail: string;
  readonly files: number;
  readonly units: number;
  /** How many options were left alone that still name another Keystone. */
  readonly leftover: number;
}

export interface SeenReport extends NodeReport {
  /** For how long the leader has seen it unchanged, in ms of its monotonic clock. */
  readonly standingMs: number;
}

export interface RegionSnapshot {
  readonly region: string;
  /** The leader's own epoch. */
  readonly epoch: bigint;
  /** For how long this leader has led; no standing time counts for more than this. */
  readonly leadingForMs: number;
  /** Wall time in ms since 1970, for the expiry of holds only. */
  readonly wallMs: number;
  readonly nodes: readonly PresentNode[];
  readonly observations: readonly SeenObservation[];
  /**
   * In force: the region's own policies, and those of the global store (`isGlobal`) as last seen. Complete: a
   * snapshot is not made before the region's own have been read, nor with `globalReachable` before the others have.
   */
  readonly policies: readonly Accepted[];
  /**
   * Names of policies in force that this version cannot read (accepted by a newer one). Their values stay as they are:
   * they are not known to be gone.
   */
  readonly unreadable?: readonly string[];
  readonly databases: readonly DatabaseView[];
  readonly desired: readonly DesiredSeen[];
  readonly holds: readonly Hold[];
  /** Operators' orders, by the name of their identity route. One that cannot be read is none. */
  readonly identityOrders: readonly StandingIdentityOrder[];
  /** Of the nodes that take part in roll-outs. */
  readonly reports: readonly SeenReport[];
  /** False while the leader cannot confirm anything with the global store. */
  readonly globalReachable: boolean;
}

/**
 * Something that is not done, for as long as its reason stands. The decision names it on every tick, because it has no
 * memory; whoever runs the ticks writes the event when a key appears and forgets the key when it is gone
 * (`newlyRefused`). So a refusal is told when it begins, and told again if it begins again.
 */
export interface StandingRefusal {
  /** Stable while the reason is the same, e.g. `identity/south/MinorityOfObservers`. */
  readonly key: string;
  readonly event: NewEvent;
}

/** What one policy comes to, before holds and modes are looked at. */
export interface Verdict {
  /** The value wanted; undefined leaves what is there as it is. */
  readonly desired: Desired | undefined;
  /** Told only if `desired` differs from what is there, and together with its change. */
  readonly events: readonly NewEvent[];
  readonly refusals: readonly StandingRefusal[];
  /** When this verdict may change although nothing happens, in ms; undefined if it will not. */
  readonly changesInMs: number | undefined;
  /** Of an identity route for which an order stands. */
  readonly settled?: SettledIdentityOrder;
}

/** A value to write, with the revision of the policy that it comes from. */
export interface WantedChange {
  readonly value: Desired;
  readonly policyRevision: bigint;
}

export interface RegionDecision {
  /** Only values that differ from those in the snapshot. */
  readonly desired: readonly WantedChange[];
  /** Values whose policy is gone: their keys are deleted, and nothing is changed on the nodes. */
  readonly released: readonly Pick<Desired, 'kind' | 'name'>[];
  readonly settled: readonly SettledIdentityOrder[];
  /** To be written in the same breath as `desired`. */
  readonly events: readonly NewEvent[];
  readonly refusals: readonly StandingRefusal[];
  /** Decide again after this, even if nothing wakes the tick. */
  readonly nextTickInMs: number;
}

/**
 * Which refusals are to be told, given those that stood at the tick before.
 * @param before the keys that the previous call returned; empty at the start of a leadership
 */
export function newlyRefused(
  before: ReadonlySet<string>,
  refusals: readonly StandingRefusal[],
): { readonly events: readonly NewEvent[]; readonly keys: ReadonlySet<string> } {
  const first = new Map(refusals.map((refusal) => [refusal.key, refusal.event]));
  return {
    events: [...first].filter(([key]) => !before.has(key)).map(([, event]) => event),
    keys: new Set(first.keys()),
  };
}
