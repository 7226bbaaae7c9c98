/**
 * Which node keeps the endpoint catalogue. The catalogue is one for the world and is written through the primary's
 * Keystone, so its keeper is a node of the region that has the primary, named by that region's leader: where the global
 * store does not say, now, that this region has the primary, nobody is named. The keeper that was named stays as long as it
 * can do the work.
 */
import type { Desired, DesiredCatalog } from '../desired.ts';
import type { NewEvent } from '../event.ts';
import { type Hold, holdOver } from '../holds.ts';
import type { Accepted, EndpointCatalog } from '../policy.ts';
import type { RegionSnapshot, StandingRefusal, Verdict } from '../region-snapshot.ts';
import { declaredRows } from './rows.ts';

/** An observation that only nodes have whose grants let them write the catalogue. */
export const CATALOG_GRANT_PROBE = 'catalog-grant';

type Seen = Pick<
  RegionSnapshot,
  'region' | 'nodes' | 'observations' | 'databases' | 'globalReachable' | 'holds' | 'wallMs'
>;

/** The gate of modes and holds is in the value itself: who only observes has to look as well. */
export function decideCatalog(
  accepted: Accepted<EndpointCatalog>,
  current: DesiredCatalog | undefined,
  seen: Seen,
): Verdict {
  const { policy } = accepted;
  const hold = holdOver(`catalog/${policy.name}`, seen.holds, seen.wallMs);
  const changesInMs = hold === undefined ? undefined : hold.expiresAtMs - seen.wallMs;
  const isHere = seen.globalReachable && primaryRegion(policy, seen) === seen.region;
  if (!isHere) {
    const desired = current === undefined || current.keeper === null ? undefined : nobody(policy);
    const events = desired === undefined ? [] : [keeperEvent(accepted, current, null, whyNobody(policy, seen))];
    return { desired, events, refusals: [], changesInMs };
  }
  const able = seen.nodes.map(({ node }) => node).filter((node) => canKeep(node, policy, seen));
  const keeper = able.find((node) => node === current?.keeper) ?? able.toSorted()[0] ?? null;
  const desired = keeper === null ? nobody(policy) : wanted(policy, keeper, withheldBy(policy, hold));
  const events =
    keeper === (current?.keeper ?? null)
      ? []
      : [keeperEvent(accepted, current, keeper, `${seen.region} has the primary of ${policy.database}`)];
  return { desired, events, refusals: keeper === null ? [noKeeper(accepted, seen)] : [], changesInMs };
}

function primaryRegion({ database }: EndpointCatalog, { databases }: Seen): string | undefined {
  return databases.find((each) => each.database === database)?.region;
}

function canKeep(node: string, { mode }: EndpointCatalog, { nodes, observations }: Seen): boolean {
  const says = (probe: string) => observations.find((each) => each.node === node && each.probe === probe)?.health;
  const isApi = nodes.find((each) => each.node === node)?.roles.includes('api') === true;
  return isApi && says('keystone-local') === 'ok' && (mode === 'observe' || says(CATALOG_GRANT_PROBE) === 'ok');
}

function withheldBy({ mode }: EndpointCatalog, hold: Hold | undefined): DesiredCatalog['withheld'] {
  if (mode === 'observe') return 'ObserveMode';
  return hold === undefined ? null : 'OnHold';
}

function wanted(policy: EndpointCatalog, keeper: string, withheld: DesiredCatalog['withheld']): DesiredCatalog {
  const { name, everyMs, prune } = policy;
  return { kind: 'catalog', name, keeper, withheld, everyMs, prune, rows: declaredRows(policy) };
}

/** The rows are left out: nobody is to go by them. */
function nobody({ name, everyMs, prune }: EndpointCatalog): DesiredCatalog {
  return { kind: 'catalog', name, keeper: null, withheld: null, everyMs, prune, rows: [] };
}

function whyNobody(policy: EndpointCatalog, seen: Seen): string {
  if (!seen.globalReachable) return 'the global store is out of reach';
  const region = primaryRegion(policy, seen);
  return region === undefined ? `${policy.database} has no primary now` : `the primary is in ${region}`;
}

function keeperEvent(
  { policy, revision }: Accepted<EndpointCatalog>,
  current: DesiredCatalog | undefined,
  keeper: string | null,
  cause: string,
): NewEvent {
  return {
    name: 'catalog:keeper:named',
    subject: policy.name,
    message:
      keeper === null ? `nobody keeps the catalogue ${policy.name}` : `${keeper} keeps the catalogue ${policy.name}`,
    cause,
    policyRevision: revision,
    facts: { from: current?.keeper ?? null, to: keeper },
  };
}

function noKeeper({ policy, revision }: Accepted<EndpointCatalog>, { region }: Seen): StandingRefusal {
  const needed = policy.mode === 'observe' ? '' : ', and catalog: true in its grants.yaml';
  return {
    key: `catalog/${policy.name}/NoFitTarget`,
    event: {
      name: 'catalog:change:refused',
      subject: policy.name,
      message: `no node of ${region} can keep the catalogue: it needs the role api, a Keystone that issues tokens${needed}`,
      cause: `${region} has the primary of ${policy.database}`,
      refusal: 'NoFitTarget',
      policyRevision: revision,
    },
  };
}

/** @returns the catalogues that this node is to keep */
export function keptBy(node: string, desired: readonly Desired[]): readonly DesiredCatalog[] {
  return desired.filter((each): each is DesiredCatalog => each.kind === 'catalog' && each.keeper === node);
}
