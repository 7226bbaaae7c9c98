/**
 * What a region's leader wants: one value per policy, written under `desired/<kind>/<name>` with the leader's epoch.
 * Agents compare it with what is and apply the difference; a value that is already there is never written again, so
 * an idle region writes nothing. Values hold names and numbers only, no times, so equal wishes are equal values.
 */
import type { DeclaredRow } from './catalog/rows.ts';
import type { Layout } from './policy.ts';

/** Who may own a virtual IP. Nodes that are not in `unfit` are left to VRRP (I4). */
export interface DesiredVip {
  readonly kind: 'vip';
  readonly name: string;
  /** In the order of `wanted.nodes`; never all of them. */
  readonly unfit: readonly string[];
  readonly wanted: {
    /** With prefix length. */
    readonly address: string;
    readonly interface: string;
    readonly virtualRouterId: number;
    readonly advertIntervalMs: number;
    /** Most preferred first. */
    readonly nodes: readonly string[];
    /** By node: where its VRRP peers reach it. A node that has never registered is missing, and then nobody configures VRRP: with a peer left out, two nodes would own the address (I4). */
    readonly peers: Readonly<Record<string, string>>;
  };
}

/** Where a region's use of the home Keystone stands; see identity-route.ts. */
export type IdentityState = 'home' | 'suspect' | 'isolated' | 'returning';

/** What the files of a region's nodes should say, and whose turn it is to change them; see identity-rollout.ts. */
export interface DesiredRollout {
  /** Grows with each change of what the files should say; what a node reports counts for the decision that it names. */
  readonly decision: bigint;
  readonly layout: Layout;
  readonly services: readonly string[];
  /** Base URLs of every declared Keystone. */
  readonly from: readonly string[];
  /** Base URL of the one to be used. */
  readonly to: string;
  /** In the order in which they change. */
  readonly nodes: readonly string[];
  /** How long one node may work on it. */
  readonly nodeTimeoutMs: number;
  /** The one node that may change now; null while none may. */
  readonly turn: string | null;
  /** Grows with each turn that is given: a node takes each of them once. */
  readonly turnNumber: number;
  /** Nodes that failed, and without which the roll-out goes on. */
  readonly without: readonly string[];
  /** What was used before, to which a roll-out can go back until it has ended; null if there is no way back. */
  readonly left: string | null;
  /** It went back to what was used before, because a node failed. A region that is away from home returns by order only then. */
  readonly isBack: boolean;
}

/** Which Keystones a region's services use: through the region's own proxies, or by the files of its nodes. */
export interface DesiredIdentity {
  readonly kind: 'identity';
  readonly name: string;
  readonly state: IdentityState;
  /** The region whose Keystone is home: the one that has the database's primary. */
  readonly home: string;
  /** The load balancer's backend; null where no load balancer is switched. */
  readonly backend: string | null;
  /** Null where a load balancer is switched. */
  readonly rollout: DesiredRollout | null;
  /** Nodes whose Keystone takes the traffic. */
  readonly ready: readonly string[];
  /** True while the region uses a Keystone that cannot write. */
  readonly readOnly: boolean;
  /** Away from home because an operator ordered it: it returns by order only. */
  readonly isOrdered: boolean;
  /** Of the Keystones that are left: `finish` where they work, so that what is on its way is answered. */
  readonly sessions: 'end' | 'finish';
}

/** Which database servers the region's own proxies send its services to. */
export interface DesiredDatabase {
  readonly kind: 'database';
  readonly name: string;
  readonly primary: string;
  /** The region of the primary. */
  readonly region: string;
  /** The database's epoch; it never goes back. */
  readonly term: bigint;
  /** The last term whose promotion may have lost acknowledged writes; 0n if there was none. */
  readonly lossyTerm: bigint;
  /** True while data of this region's own replicas are known to be older than its identity route allows. */
  readonly isBehind: boolean;
  readonly backend: string;
  /** Nodes whose server takes the traffic. */
  readonly ready: readonly string[];
}

/** Who keeps the endpoint catalogue, and the rows that it is to have. */
export interface DesiredCatalog {
  readonly kind: 'catalog';
  readonly name: string;
  /** The one node that may write it; null: nobody. */
  readonly keeper: string | null;
  /** Why the keeper looks and changes nothing; null: it acts. */
  readonly withheld: 'ObserveMode' | 'OnHold' | null;
  readonly everyMs: number;
  readonly prune: boolean;
  readonly rows: readonly DeclaredRow[];
}

export type Desired = DesiredVip | DesiredIdentity | DesiredDatabase | DesiredCatalog;

/** A value as it stands in the store. */
export interface DesiredSeen {
  readonly value: Desired;
  /** For how long the leader has seen it unchanged, in ms of its monotonic clock. */
  readonly standingMs: number;
  /** Of an identity route: for how long the leader has seen it on this side, at home or away from it, in ms. */
  readonly sideStandingMs?: number;
}

/** The scope of a value for holds and for the keys of refusals, e.g. `vip/north`. */
export function scopeOf(desired: Pick<Desired, 'kind' | 'name'>): string {
  return `${desired.kind}/${desired.name}`;
}

/** True if both wish for the same. */
export function sameDesired(a: Desired | undefined, b: Desired): boolean {
  return a !== undefined && sameValue(a, b);
}

function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && sameValue(value, right.get(key)));
}
