/**
 * Where policies live: what must be unique in the world in the global store (`isGlobal`); all others in their
 * region's own store, because they must work while the region is cut off. Also gathers what is known of the
 * world for judging a policy here, before it is put; the agents judge it again, and their word counts.
 */
import { type DatabaseFailover, isGlobalKind, type Policy } from '../core/policy.ts';
import type { PolicyInForce } from '../policy/admit.ts';
import { ASSUMED_TIMING, type KnownNode, type PolicyWorld } from '../policy/world.ts';
import { parseKey, prefixes } from '../store/keys.ts';
import { nodeRecord } from '../store/schema.ts';
import type { Entry, Store } from '../store/store.ts';
import { exitCodes } from './exit-codes.ts';
import { type PolicyStanding, policyPrefixes, policyStandings } from './policy-standing.ts';
import { CommandFailed, type Session } from './session.ts';
import { requireContents } from './store-contents.ts';

export interface PolicyPlace {
  readonly store: Store;
  readonly standings: readonly PolicyStanding[];
  readonly world: PolicyWorld;
}

/** The store of each kind. @throws CommandFailed on a node without the region's store */
export async function storeFor(session: Session, kind: Policy['kind']): Promise<Store> {
  const { regional, global } = await session.stores();
  const store = isGlobalKind(kind) ? global : regional;
  if (store !== undefined) return store;
  throw new CommandFailed(
    exitCodes.refused,
    `a ${kind} lives in a region's own store, and this node has none; run it on a node of that region`,
  );
}

/** All policies of the stores that this node speaks to. */
export async function allStandings(session: Session): Promise<readonly PolicyStanding[]> {
  const { regional, global, isOne } = await session.stores();
  const stores = isOne || regional === undefined ? [global] : [regional, global];
  const lists = stores.map(async (store) => policyStandings(store.name, await requireContents(store, policyPrefixes)));
  return (await Promise.all(lists)).flat();
}

/** @throws CommandFailed if a store does not answer: a policy is not judged blindly before it is put */
export async function placeFor(session: Session, kind: Policy['kind']): Promise<PolicyPlace> {
  const [config, stores, store] = [await session.config(), await session.stores(), await storeFor(session, kind)];
  const { regional, global, isOne } = stores;
  const [own, shared] = await Promise.all([
    requireContents(store, policyPrefixes),
    requireContents(global, [...policyPrefixes, prefixes.regions]),
  ]);
  const present = await requireContents(store, [prefixes.nodes]);
  const nodes = present.flatMap(knownNode);
  const scope = isOne ? 'only' : store === global ? 'global' : 'regional';
  const world: PolicyWorld = {
    store: scope,
    region: store === regional ? config.region : undefined,
    nodes,
    regions: scope === 'regional' ? undefined : [...new Set([...shared, ...present].flatMap(regionOf))],
    databases: databasesIn(policyStandings(global.name, shared)),
    globalStoreSites: (config.stores.global ?? config.stores.regional)?.endpoints.length ?? 0,
    timing: ASSUMED_TIMING,
  };
  return { store, standings: policyStandings(store.name, own), world };
}

/** What is in force, as the judge of a policy wants it. */
export function inForceOf(standings: readonly PolicyStanding[]): readonly PolicyInForce[] {
  return standings.flatMap(({ name, inForce }) =>
    inForce?.policy === undefined ? [] : [{ name, revision: inForce.revision, policy: inForce.policy }],
  );
}

function databasesIn(standings: readonly PolicyStanding[]): readonly DatabaseFailover[] {
  return inForceOf(standings).flatMap(({ policy }) => (policy.kind === 'DatabaseFailover' ? [policy] : []));
}

function knownNode({ key, value }: Entry): readonly KnownNode[] {
  const node = parseKey(key)?.parts.node;
  const record = nodeRecord.read(key, value);
  return node === undefined || !record.ok ? [] : [{ node, ...record.value }];
}

/** Of a registered node, or of a region whose leader is known. */
function regionOf(entry: Entry): readonly string[] {
  const parsed = parseKey(entry.key);
  if (parsed?.name === 'node') return knownNode(entry).map((each) => each.region);
  return parsed?.name === 'region' && parsed.parts.region !== undefined ? [parsed.parts.region] : [];
}
