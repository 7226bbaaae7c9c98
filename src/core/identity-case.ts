/** One identity route and what its region knows, as the rules and the sentences about it use it. */
import type { KnownPrimary } from './database-route.ts';
import type { DesiredIdentity, IdentityState } from './desired.ts';
import { holdOver } from './holds.ts';
import type { IdentityOrder, IdentityOrderFacts } from './identity-order.ts';
import type { Accepted, IdentityRoute } from './policy.ts';
import { countVotes, type Votes } from './quorum.ts';
import type { RegionSnapshot } from './region-snapshot.ts';

/**
 * A real token, issued through the home region's URL. If the observation carries the fact `home`, the region that was
 * tried, it counts only while that region is home.
 */
export const IDENTITY_HOME_PROBE = 'identity-home';

/** A real token, issued by the node's own Keystone. */
export const KEYSTONE_LOCAL_PROBE = 'keystone-local';

/** What stands in a node's files, and what would change there. @param route - name of the policy */
export const configurationProbeOf = (route: string): string => `identity-configuration-${route}`;

export type IdentitySnapshot = Pick<
  RegionSnapshot,
  'region' | 'epoch' | 'nodes' | 'observations' | 'globalReachable' | 'holds' | 'wallMs' | 'identityOrders' | 'reports'
>;

/** The value that is there. */
export interface CurrentIdentity {
  readonly value: DesiredIdentity;
  /** For how long the leader has seen it as it is, in ms. */
  readonly standingMs: number;
  /** For how long the leader has seen the region on this side, in ms. */
  readonly sideStandingMs: number;
}

export interface IdentityCase {
  readonly accepted: Accepted<IdentityRoute>;
  readonly snapshot: IdentitySnapshot;
  readonly current: DesiredIdentity | undefined;
  /** For how long `current` has stood as it is, in ms. */
  readonly valueForMs: number;
  readonly home: string | undefined;
  readonly votes: Votes;
  /** The order that is obeyed now. */
  readonly order: IdentityOrder | undefined;
}

/** @param known from `knownPrimary`, for the policy's database */
export function caseOf(
  accepted: Accepted<IdentityRoute>,
  known: KnownPrimary,
  seen: CurrentIdentity | undefined,
  snapshot: IdentitySnapshot,
): IdentityCase {
  const home = known.view?.region;
  const heard = snapshot.observations.filter((each) => (each.facts.home ?? home) === home);
  const votes = countVotes(accepted.policy.observers, heard, IDENTITY_HOME_PROBE);
  const { value: current, standingMs: valueForMs = 0 } = seen ?? {};
  return { accepted, snapshot, current, valueForMs, home, votes, order: undefined };
}

/** What an order is judged by; the command that gives one asks the same. */
export function orderFacts(that: IdentityCase): IdentityOrderFacts {
  const { accepted, snapshot, current, home, votes } = that;
  const { mode, name } = accepted.policy;
  return {
    mode,
    hold: holdOver(`identity/${name}`, snapshot.holds, snapshot.wallMs),
    region: snapshot.region,
    home,
    isHomeNamed: home !== undefined && accepted.policy.keystones[home] !== undefined,
    state: current?.state ?? 'home',
    isOrdered: current?.isOrdered ?? false,
    homeWorks: votes.ok.majorityForMs !== undefined,
    ownKeystoneWorks: doOwnKeystonesWork(that),
  };
}

export const isAway = (state: IdentityState | undefined): boolean => state === 'isolated' || state === 'returning';

export const doOwnKeystonesWork = (that: IdentityCase): boolean =>
  ownKeystones(that).some((each) => each.seen?.health === 'ok');

export function ownKeystones({ accepted, snapshot }: IdentityCase) {
  const nodes = accepted.policy.keystones[snapshot.region]?.nodes ?? [];
  return nodes.map((node) => ({
    node,
    seen: snapshot.observations.find((each) => each.node === node && each.probe === KEYSTONE_LOCAL_PROBE),
  }));
}
