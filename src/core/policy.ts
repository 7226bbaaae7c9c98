/**
 * The policies as the core sees them: validated, with durations in milliseconds. The text form, its units and its
 * schema belong to src/policy; nothing here parses.
 */

import type { RepositoryKind } from './keys/key-set.ts';

/** `observe` decides and explains but does not act (shadow mode). */
export type Mode = 'enforce' | 'observe';

/** Who may own a virtual IP of a region, and what makes a node unfit to own it. */
export interface VirtualAddress {
  readonly kind: 'VirtualAddress';
  readonly name: string;
  readonly mode: Mode;
  readonly region: string;
  /** Address with prefix length, e.g. `192.0.2.10/24`. */
  readonly address: string;
  /** Network interface on every node of `nodes`. */
  readonly interface: string;
  /** VRRP virtual router id, 1–255, unique on its layer-2 network. */
  readonly virtualRouterId: number;
  /** VRRP advertisement interval, 10 ms–10 s in steps of 10 ms. */
  readonly advertIntervalMs: number;
  /** Nodes that may own the address, most preferred first. */
  readonly nodes: readonly string[];
  readonly unfitWhen: { readonly probes: readonly string[]; readonly failedForMs: number };
  /** A node declared unfit is fit again after its probes were ok for this long. */
  readonly fitAgainAfterMs: number;
}

/** May regent promote here by itself, or does it wait for the operator? */
export type Promotion = 'automatic' | 'manual';

export interface DatabaseMember {
  readonly node: string;
  readonly region: string;
  /** Address and port on which the other members replicate from this one. */
  readonly address: string;
  readonly port: number;
  /** `never`: follows, votes, is never promoted. */
  readonly promote: 'allowed' | 'never';
}

/** Which of several MariaDB servers is the primary of one database. */
export interface DatabaseFailover {
  readonly kind: 'DatabaseFailover';
  readonly name: string;
  readonly mode: Mode;
  /** In order of preference; the primary's own region goes first whatever the order. */
  readonly members: readonly DatabaseMember[];
  /** Lease of the primary, and what is subtracted from it at the holder. */
  readonly ttlMs: number;
  readonly marginMs: number;
  readonly durability: 'lossless' | 'bounded';
  /** What an acknowledged write outlives: the member that acknowledges is in the primary's region, or in another one. */
  readonly survives: 'node' | 'region';
  /** How many members should acknowledge, where so many are in their place; 1 to 3. */
  readonly ackers: number;
  readonly writeProbe: { readonly everyMs: number; readonly vetoWithinMs: number };
  readonly withinRegion: { readonly promote: Promotion; readonly holdDownMs: number; readonly maxLossMs: number };
  /** `maxLossMs`: how old the last write-probe row of a candidate may have been when the primary was lost. */
  readonly betweenRegions: { readonly promote: Promotion; readonly holdDownMs: number; readonly maxLossMs: number };
  /** After a switch, no further one for this long, unless an operator acknowledges it. */
  readonly cooldownMs: number;
  /** An open server that takes no write for this long hangs, and is killed if another one could be opened. */
  readonly hungAfterMs: number;
  /** How long one step of a ballot may take before it is given up. */
  readonly stepTimeoutMs: number;
  /** HAProxy backend in every region whose servers are named like the members. */
  readonly route: { readonly backend: string };
}

/** Where a distribution's packages put the configuration of a service, and what its units are called; or Kolla's containers. */
export type Layout = 'debian' | 'redhat' | 'kolla';

interface IdentityRouteBase {
  readonly kind: 'IdentityRoute';
  readonly name: string;
  readonly mode: Mode;
  readonly region: string;
  readonly database: string;
  /** Per region: the URL that observers try (the region's own VIP) and the nodes that run Keystone there. */
  readonly keystones: Readonly<Record<string, { readonly url: string; readonly nodes: readonly string[] }>>;
  /** Nodes of this region whose word counts; a majority of them must agree. */
  readonly observers: readonly string[];
  readonly probe: { readonly everyMs: number; readonly timeoutMs: number };
  readonly isolateAfterMs: number;
  readonly returnAfterMs: number;
  /** For how long a region stays isolated at least, before it returns by itself. */
  readonly cooldownMs: number;
  /** How old the data of the region's own replicas may be. Beyond it is a diagnosis, and stops no switch. */
  readonly maxLagMs: number;
  readonly returning: Promotion;
  /** Whether Keystone's caches are emptied when they hold what is no longer so; see keystone-cache.ts. */
  readonly emptyCaches: boolean;
}

/** The keys in one key repository of Keystone, the same on every node of every region. */
export interface FernetKeys {
  readonly kind: 'FernetKeys';
  readonly name: string;
  readonly mode: Mode;
  readonly repository: RepositoryKind;
  /** Per region: the nodes that run Keystone. All of them count in everything. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  /** For how long a key is the primary; null: until an operator orders a rotation. */
  readonly rotateEveryMs: number | null;
  /** Staged, primary and secondaries together, at rest. */
  readonly maxActive: number;
  /** Keystone's `[token] expiration` and `allow_expired_window`, which say for how long a key is needed. */
  readonly tokens: { readonly expirationMs: number; readonly allowExpiredWindowMs: number };
}

/** The region's own load balancer is switched. */
export interface ProxyRoute extends IdentityRouteBase {
  readonly via: 'proxy';
  /** HAProxy backend whose servers are named like the nodes in `keystones`. */
  readonly backend: string;
  /** Further ones with the same servers: of the public, internal and admin address, and of Horizon's own. */
  readonly otherBackends: readonly string[];
  /** Backends of a layer in front of those, whose servers are named like the regions. */
  readonly frontBackends: readonly string[];
  /** Regions whose Keystones stand by, where HAProxy has them as backups; first the first. */
  readonly backups: readonly string[];
}

/** The services' own files are edited, and what reads them is restarted, one node at a time. */
export interface ConfigurationRoute extends IdentityRouteBase {
  readonly via: 'config';
  readonly layout: Layout;
  /** Names of the table in configuration/service-table.ts. */
  readonly services: readonly string[];
  /** Nodes that run them, in the order in which they are changed. */
  readonly nodes: readonly string[];
  /** How long one node may work on it. */
  readonly nodeTimeoutMs: number;
}

/** Which Keystone the services of one region use. Home is the region that has the primary of `database`. */
export type IdentityRoute = ProxyRoute | ConfigurationRoute;

/** As Keystone names them. */
export type EndpointInterface = 'public' | 'internal' | 'admin';

/** Rows of Keystone's endpoint catalogue, for any number of regions. Rows of other regions and services are not touched. */
export interface EndpointCatalog {
  readonly kind: 'EndpointCatalog';
  readonly name: string;
  readonly mode: Mode;
  /** The catalogue is written in the region that has the primary of this database. */
  readonly database: string;
  /** How often the rows are looked at. */
  readonly everyMs: number;
  /** Delete rows of a declared service and region whose interface is not declared. */
  readonly prune: boolean;
  readonly services: readonly {
    readonly type: string;
    /** Left out: the only service of this type. */
    readonly name?: string;
    /** By region, by interface: the URL. */
    readonly endpoints: Readonly<Record<string, { readonly [I in EndpointInterface]?: string }>>;
  }[];
}

export type Policy = VirtualAddress | DatabaseFailover | IdentityRoute | EndpointCatalog | FernetKeys;

/** What must be unique in the world: it is decided in the global store. */
export type GlobalPolicy = DatabaseFailover | EndpointCatalog | FernetKeys;

export function isGlobal(policy: Policy): policy is GlobalPolicy {
  return isGlobalKind(policy.kind);
}

export function isGlobalKind(kind: Policy['kind']): boolean {
  return kind === 'DatabaseFailover' || kind === 'EndpointCatalog' || kind === 'FernetKeys';
}

/** A policy in force, with the revision of the text that it came from. */
export interface Accepted<P extends Policy = Policy> {
  readonly policy: P;
  readonly revision: bigint;
}

/** What is wrong with a policy's text: where, what was found, and what to do about it. */
export interface PolicyProblem {
  /** Path of the field, e.g. `members[2].node`; empty for the document as a whole. */
  readonly field: string;
  /** The value found, as text, shortened. */
  readonly value: string;
  readonly message: string;
  readonly remedy: string;
}
