/**
 * Which database servers a region's proxies use. It follows the ballot's result and decides nothing about who the
 * primary is: in the primary's region the primary alone, elsewhere the region's own replicas (read-only). The term
 * never goes back: a view that is older than the route in force is refused, and so is one that nobody has.
 */
import type { DatabaseState } from './database/state.ts';
import { isSwitchover } from './database/switchover-ballot.ts';
import type { DesiredDatabase } from './desired.ts';
import type { Accepted, DatabaseFailover } from './policy.ts';
import type { DatabaseView, RegionSnapshot, StandingRefusal, Verdict } from './region-snapshot.ts';
import { REPLICA_AGE_PROBE } from './replica-age.ts';

/** The probe of a database server. Its fact `quarantined` says that the server has writes that the primary lacks. */
export const DATABASE_PROBE = 'mariadb';

/** What is known of a database's primary, and the view that was put aside for being older, if one was. */
export interface KnownPrimary {
  readonly view: DatabaseView | undefined;
  readonly stale: DatabaseView | undefined;
}

/**
 * Where the ways lead by what stands in the global store. During a ballot they stay where they are until a candidate has
 * the key: from then on it is the primary, and they lead to it while it opens. In a switchover the primary has closed itself
 * and named who follows it, so they lead there at once: nothing is open where they led, and one way less is to be moved
 * when the candidate opens. One that is undone leads them back.
 * @returns a node; undefined = nothing new
 */
export function routedTo({ phase, ballot, primary }: DatabaseState): string | undefined {
  if (phase === 'steady' || ballot?.step === 'prove') return primary;
  return ballot !== null && isSwitchover(ballot) ? (ballot.candidate ?? undefined) : undefined;
}

/**
 * The newest of what the global store said and what this region already follows. While the global store is away the
 * region goes on with what it follows (I5).
 */
export function knownPrimary(
  database: string,
  { databases, desired }: Pick<RegionSnapshot, 'databases' | 'desired'>,
): KnownPrimary {
  const told = databases.find((each) => each.database === database);
  const followed = desired
    .map((each) => each.value)
    .find((value): value is DesiredDatabase => value.kind === 'database' && value.name === database);
  if (followed === undefined) return { view: told, stale: undefined };
  if (told !== undefined && told.term >= followed.term) return { view: told, stale: undefined };
  const { primary, region, term, lossyTerm } = followed;
  return { view: { database, primary, region, term, lossyTerm }, stale: told };
}

/** @param known from `knownPrimary` */
export function decideDatabase(
  { policy, revision }: Accepted<DatabaseFailover>,
  known: KnownPrimary,
  { region, observations }: Pick<RegionSnapshot, 'region' | 'observations'>,
): Verdict {
  const { view, stale } = known;
  const refusals = stale === undefined ? [] : [staleView(policy, revision, known, stale)];
  if (view === undefined) return { desired: undefined, events: [], refusals, changesInMs: undefined };
  return {
    desired: {
      kind: 'database',
      name: policy.name,
      primary: view.primary,
      region: view.region,
      term: view.term,
      lossyTerm: view.lossyTerm,
      isBehind: observations.some(({ probe, health }) => probe === REPLICA_AGE_PROBE && health === 'degraded'),
      backend: policy.route.backend,
      ready: view.region === region ? [view.primary] : localReplicas(policy, view, region, observations),
    },
    events: [],
    refusals,
    changesInMs: undefined,
  };
}

/**
 * A replica that is down is left out as long as another one is there. A quarantined one is never used: reads from it
 * would show writes that the rest of the world does not have. With none left, the reads go to the primary.
 */
function localReplicas(
  policy: DatabaseFailover,
  view: DatabaseView,
  region: string,
  observations: RegionSnapshot['observations'],
): readonly string[] {
  const seen = (node: string) => observations.find((each) => each.node === node && each.probe === DATABASE_PROBE);
  const sound = policy.members
    .filter((member) => member.region === region)
    .map((member) => member.node)
    .filter((node) => seen(node)?.facts.quarantined !== true);
  const working = sound.filter((node) => seen(node)?.health !== 'failed');
  if (working.length > 0) return working;
  return sound.length > 0 ? sound : [view.primary];
}

function staleView(
  policy: DatabaseFailover,
  revision: bigint,
  { view }: KnownPrimary,
  stale: DatabaseView,
): StandingRefusal {
  return {
    key: `database/${policy.name}/StaleEpoch/${stale.term}`,
    event: {
      name: 'route:backend:refused',
      subject: policy.name,
      message: `term ${stale.term} of the global store is older than term ${view?.term} of the route in force`,
      cause: 'the global store went back',
      refusal: 'StaleEpoch',
      policyRevision: revision,
      facts: { term: stale.term.toString(), inForce: view?.term.toString() ?? null, primary: stale.primary },
    },
  };
}
