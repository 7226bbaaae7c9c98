/** Keys, reports and a policy of two regions with two nodes each, to be changed by what a test is about. */
import type { RegionReports } from '../../../src/core/keys/key-accounting.ts';
import type { KeySet } from '../../../src/core/keys/key-set.ts';
import type { KeyState, NodeKeys, RegionKeys, StoredKey } from '../../../src/core/keys/key-state.ts';
import type { KeysSnapshot } from '../../../src/core/keys/keys-decision.ts';
import type { FernetKeys } from '../../../src/core/policy.ts';

export const HOUR_MS = 3_600_000;
export const NOW_MS = 1_000 * HOUR_MS;

export const POLICY: FernetKeys = {
  kind: 'FernetKeys',
  name: 'fernet-keys',
  mode: 'enforce',
  repository: 'fernet',
  nodes: { north: ['north-1', 'north-2'], south: ['south-1', 'south-2'] },
  rotateEveryMs: null,
  maxActive: 3,
  tokens: { expirationMs: HOUR_MS, allowExpiredWindowMs: HOUR_MS },
};

/** `{ 0: 's', 1: 'a' }`: indexes and fingerprints. */
export const setOf = (keys: Readonly<Record<number, string>>): KeySet =>
  Object.entries(keys).map(([index, fingerprint]) => ({ index: Number(index), fingerprint }));

/** @param retiredAtMs - of each index that is neither the staged key nor the primary */
export const stored = (keys: Readonly<Record<number, string>>, retiredAtMs = 0): readonly StoredKey[] => {
  const primary = Math.max(...Object.keys(keys).map(Number));
  return setOf(keys).map((key) => ({
    ...key,
    sealed: `sealed ${key.fingerprint}`,
    retiredAtMs: key.index === 0 || key.index === primary ? null : retiredAtMs,
  }));
};

export const stateOf = (keys: Readonly<Record<number, string>>, difference: Partial<KeyState> = {}): KeyState => ({
  generation: 5,
  keys: stored(keys),
  accepts: [],
  work: null,
  rotatedAtMs: 0,
  sealedWith: 'the sealing key',
  ...difference,
});

export const reportOf = (found: KeySet | null, difference: Partial<NodeKeys> = {}): NodeKeys => ({
  generation: 5,
  found,
  problem: null,
  detail: '',
  offer: null,
  since: '',
  ...difference,
});

/** What a node says when it is asked to hand its keys in. */
export const offering = (found: KeySet, difference: Partial<NodeKeys> = {}): NodeKeys =>
  reportOf(found, {
    generation: 0,
    offer: found.map((key) => ({ ...key, sealed: `offered ${key.fingerprint}` })),
    ...difference,
  });

/** Every node reports the same, but for those that are named; undefined = it is not heard of. */
export function reports(
  each: NodeKeys,
  but: Readonly<Record<string, NodeKeys | undefined>> = {},
  generation = each.generation,
): RegionReports {
  return new Map(
    Object.entries(POLICY.nodes).map(([region, names]): [string, RegionKeys] => {
      const nodes = names.map((node) => [node, Object.hasOwn(but, node) ? but[node] : each] as const);
      return [
        region,
        { generation, nodes: Object.fromEntries(nodes.filter(([, report]) => report !== undefined)) as never },
      ];
    }),
  );
}

export const REST = { 0: 's', 1: 'a', 2: 'b' } as const;

/** At rest, with everybody in place and nothing to do. */
export const snapshotOf = (
  difference: Partial<KeysSnapshot> & { readonly policy?: Partial<FernetKeys> } = {},
): KeysSnapshot => {
  const { policy, ...rest } = difference;
  return {
    accepted: { policy: { ...POLICY, ...policy }, revision: 3n },
    state: stateOf(REST),
    regions: reports(reportOf(setOf(REST))),
    order: undefined,
    hold: undefined,
    cannotSeal: undefined,
    wallMs: NOW_MS,
    epoch: 9n,
    ...rest,
  };
};

export const ROTATE = { kind: 'rotate', id: 'o1', by: 'ann', atMs: 1, isMigrated: false } as const;
