/**
 * What the stores hold about one `FernetKeys` policy. In the global store: the set that is in force, written by the arbiter
 * only, and what each region's leader reports. In a region's store: the same set, passed on by its leader, and what each
 * node has found on its disk. Keys are in there sealed; how, is the sealer's to know.
 */
import type { RefusedOrder } from '../database/order.ts';
import type { KeyPrint, KeySet, RepositoryKind } from './key-set.ts';

export type { RefusedOrder };

/** A key with its sealed text, bound to the policy's name, its index and the generation of its set. */
export interface SealedKey extends KeyPrint {
  readonly sealed: string;
}

export interface StoredKey extends SealedKey {
  /** Wall time since which no node has it as its primary any more; null = it is still to be, or is, the primary. */
  readonly retiredAtMs: number | null;
}

/**
 * `stage` and `renew`: a fresh key as index 0, before and after a promotion. `promote`: the staged key also under the next
 * higher index. `drop`: keys go. Each is one generation, and every node has confirmed the one before.
 */
export type KeyStep = 'stage' | 'promote' | 'renew' | 'drop';

/** `rotate`: tokens stay valid. `revoke`: every key is replaced, and tokens of before are worth nothing afterwards. */
export type KeyWorkKind = 'rotate' | 'revoke';

export interface KeyWork {
  readonly kind: KeyWorkKind;
  /** The step that the generation in force has taken. */
  readonly step: KeyStep;
  /** Who ordered it; null = the schedule of the policy. */
  readonly by: string | null;
  /** The order's; null without one. */
  readonly id: string | null;
  /** Wall time, for people. */
  readonly beganAtMs: number;
}

/** `keys/<policy>/state` in the global store. */
export interface KeyState {
  /** Grows by one with each change of the set; from 1. */
  readonly generation: number;
  readonly keys: readonly StoredKey[];
  /** A node may go to `keys` from one of these sets only: what all nodes had before, or were adopted with. */
  readonly accepts: readonly KeySet[];
  /** Null at rest. */
  readonly work: KeyWork | null;
  /** Wall time at which all nodes had the present primary; the schedule counts from here. */
  readonly rotatedAtMs: number;
  /** Names the key that sealed the keys; not secret. */
  readonly sealedWith: string;
}

/** `wanted-keys/<policy>` in a region's store: what its leader passes on. Before an adoption: generation 0, no keys. */
export interface WantedKeys {
  readonly repository: RepositoryKind;
  readonly generation: number;
  readonly keys: readonly SealedKey[];
  readonly accepts: readonly KeySet[];
  /** Nodes of this region that have the repository. */
  readonly nodes: readonly string[];
  readonly sealedWith: string;
  /** The global store does not know the keys (any more): nodes are to hand in what they hold, sealed. */
  readonly asks: boolean;
}

/** Why a node does not have the set in force, as far as it can know itself. */
export const keyProblems = [
  'NotConfigured',
  'Missing',
  'Unsafe',
  'Foreign',
  'Empty',
  'OtherKeys',
  'SealingKey',
  'NotGranted',
  'Failed',
] as const;

export type KeyProblem = (typeof keyProblems)[number];

/** `keys/<policy>/nodes/<node>` in a region's store, under the lease of the node's agent; written when it changes. */
export interface NodeKeys {
  /** The latest set that this agent has put into place or found to be there; 0 = none. */
  readonly generation: number;
  /** What is on the disk; null = it could not be read. */
  readonly found: KeySet | null;
  readonly problem: KeyProblem | null;
  /** The problem in the case's own words; empty without one. */
  readonly detail: string;
  /** All that was found, sealed for generation 0; only when it is asked for. */
  readonly offer: readonly SealedKey[] | null;
  /** Wall time of the change, as ISO text, for people. */
  readonly since: string;
}

/** `keys/<policy>/regions/<region>` in the global store, under the lease of the region's leader. */
export interface RegionKeys {
  /** Of the set that is wanted in that region; 0 = none. */
  readonly generation: number;
  readonly nodes: Readonly<Record<string, NodeKeys>>;
}

/** `keys/<policy>/order`, created only where none stands; the arbiter obeys it once or refuses it. */
export interface KeysOrder {
  readonly kind: 'rotate' | 'revoke-all';
  readonly id: string;
  readonly by: string;
  readonly atMs: number;
  /** Of credential keys: the operator says that `keystone-manage credential_migrate` was run since the last rotation. */
  readonly isMigrated: boolean;
}
