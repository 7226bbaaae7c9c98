/** Who keeps each endpoint catalogue, as the stores of this node say it: the keeper's word is in its own region's store. */
import { regionOf } from '../core/database/candidate.ts';
import { routedTo } from '../core/database-route.ts';
import type { Health } from '../core/observation.ts';
import type { EndpointCatalog } from '../core/policy.ts';
import { readDatabase } from '../runtime/duty/database-view.ts';
import { readRegion } from '../runtime/duty/region-view.ts';
import { prefixes } from '../store/keys.ts';
import type { Entry } from '../store/store.ts';
import { policyPrefixes, policyStandings } from './policy-standing.ts';
import type { Session } from './session.ts';
import { requireContents } from './store-contents.ts';

export interface CatalogLine {
  readonly policy: string;
  readonly mode: string;
  /** Null: the database has no primary now. */
  readonly primaryRegion: string | null;
  /** Null: nobody in the region of this node. */
  readonly keeper: string | null;
  /** What the keeper saw last. */
  readonly health: Health | null;
  readonly detail: string | null;
}

export async function catalogLines(
  session: Session,
  policies: readonly EndpointCatalog[],
): Promise<readonly CatalogLine[]> {
  const { regional, global } = await session.stores();
  const shared = await requireContents(global, [...policyPrefixes, prefixes.databases]);
  const own = regional === undefined ? [] : await requireContents(regional, [prefixes.desired, prefixes.observations]);
  const { desired, observations } = readRegion(own);
  return policies.map(({ name, mode, database }) => {
    const value = desired.map((each) => each.value).find((each) => each.kind === 'catalog' && each.name === name);
    const keeper = value?.kind === 'catalog' ? value.keeper : null;
    const seen = observations.find(({ node, probe }) => node === keeper && probe === `catalog-${name}`);
    return {
      policy: name,
      mode,
      primaryRegion: primaryRegion(database, shared) ?? null,
      keeper,
      health: seen?.health ?? null,
      detail: seen?.detail ?? null,
    };
  });
}

function primaryRegion(database: string, entries: readonly Entry[]): string | undefined {
  const { state } = readDatabase(database, entries);
  const primary = state === undefined ? undefined : routedTo(state);
  const policies = policyStandings('global', entries).map(({ inForce }) => inForce?.policy);
  const policy = policies.find((each) => each?.kind === 'DatabaseFailover' && each.name === database);
  return primary === undefined || policy?.kind !== 'DatabaseFailover' ? undefined : regionOf(policy, primary);
}
