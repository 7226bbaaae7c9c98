/** What a region's store says about its identity route, for a command that gives an order about it. */

import type { Refusal } from '../core/database/order.ts';
import { knownPrimary } from '../core/database-route.ts';
import type { DesiredIdentity } from '../core/desired.ts';
import type { IdentitySnapshot } from '../core/identity-case.ts';
import type { IdentityOrder } from '../core/identity-order.ts';
import { decideIdentity } from '../core/identity-route.ts';
import type { Accepted, IdentityRoute } from '../core/policy.ts';
import { type RegionView, readRegion } from '../runtime/duty/region-view.ts';
import { prefixes } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { exitCodes } from './exit-codes.ts';
import { policyPrefixes, policyStandings } from './policy-standing.ts';
import { storeFor } from './policy-stores.ts';
import { CommandFailed, type Session } from './session.ts';
import { requireContents } from './store-contents.ts';

export interface IdentitySight {
  readonly store: Store;
  readonly region: string;
  readonly accepted: Accepted<IdentityRoute>;
  readonly view: RegionView;
}

/**
 * @param route - name of the policy; undefined = the region's only one
 * @throws CommandFailed if this node does not speak to the region's store, the store does not answer, or it is not said
 *   which route is meant
 */
export async function seeIdentity(session: Session, region: string, route: string | undefined): Promise<IdentitySight> {
  const config = await session.config();
  if (config.region !== region) {
    throw new CommandFailed(
      exitCodes.usage,
      `${config.node} is in region ${config.region} and cannot give orders to ${region}: run it on a node of ${region}`,
    );
  }
  const store = await storeFor(session, 'IdentityRoute');
  const { nodes, desired, applied, observations, holds, identities } = prefixes;
  const wanted = [...policyPrefixes, nodes, desired, applied, observations, holds, identities];
  const entries = await requireContents(store, wanted);
  const routes = policyStandings(store.name, entries).flatMap(({ inForce }): readonly Accepted<IdentityRoute>[] =>
    inForce?.policy?.kind === 'IdentityRoute' && inForce.policy.region === region
      ? [{ policy: inForce.policy, revision: inForce.revision }]
      : [],
  );
  const named = route === undefined ? routes : routes.filter(({ policy }) => policy.name === route);
  const [accepted] = named;
  if (accepted !== undefined && named.length === 1) return { store, region, accepted, view: readRegion(entries) };
  const known = routes.map(({ policy }) => policy.name).join(', ') || 'none';
  const asked = route === undefined ? 'say which with --route' : `there is no route ${route}`;
  throw new CommandFailed(exitCodes.usage, `${asked}; identity routes of ${region} in force: ${known}`);
}

export interface OrderJudgement {
  readonly refusal: Refusal | undefined;
  /** Nodes whose Keystones take the traffic now. */
  readonly from: readonly string[];
  /** And after the order. */
  readonly to: readonly string[];
  readonly readOnly: boolean;
}

/** Asks what the leader will ask; it will look again. */
export function judgeOrder(
  { region, accepted, view }: IdentitySight,
  kind: IdentityOrder['kind'],
  wallMs: number,
): OrderJudgement {
  const { name, database } = accepted.policy;
  const current = view.desired
    .map(({ value }) => value)
    .find((value): value is DesiredIdentity => value.kind === 'identity' && value.name === name);
  const order: IdentityOrder = { kind, id: 'asked', by: 'the command', atMs: wallMs };
  const snapshot: IdentitySnapshot = {
    region,
    epoch: 0n,
    nodes: view.nodes,
    reports: view.reports.map((each) => ({ ...each, standingMs: 0 })),
    observations: view.observations.map((each) => ({ ...each, standingMs: 0 })),
    globalReachable: true,
    holds: view.holds,
    wallMs,
    identityOrders: [{ name, order }],
  };
  const known = knownPrimary(database, {
    databases: [],
    desired: view.desired.map(({ value }) => ({ value, standingMs: 0 })),
  });
  const standing = current === undefined ? undefined : { value: current, sideStandingMs: 0, standingMs: 0 };
  const { desired, settled } = decideIdentity(accepted, known, standing, snapshot);
  const to = desired?.kind === 'identity' ? desired : current;
  return {
    refusal: settled?.refused,
    from: current?.ready ?? [],
    to: to?.ready ?? [],
    readOnly: to?.readOnly ?? false,
  };
}
