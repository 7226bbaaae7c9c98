/**
 * Everything that is not as it should be, one sentence each, for people who were just woken up: what is wrong and with
 * what. Pure. What a store that is away would have told is not guessed at: the store itself is the complaint then.
 */
import { routeBypasses } from '../core/database-route-bypass.ts';
import type { RegionView } from '../runtime/duty/region-view.ts';
import type { PolicyStanding } from './policy-standing.ts';
import { promisedComplaint } from './status-promises.ts';
import { rolloutComplaints } from './status-rollouts.ts';
import type { SeenStore, StatusSnapshot } from './status-snapshot.ts';
import type { AddressLine, IdentityLine, StatusView } from './status-view.ts';

export function complaintsOf(
  view: Omit<StatusView, 'complaints'>,
  { regional, global }: StatusSnapshot,
  standings: readonly PolicyStanding[],
  seen: RegionView,
): readonly string[] {
  const stores = regional === undefined || regional === global ? [global] : [regional, global];
  const canSee = { regional: regional?.contents.isReachable === true, global: global.contents.isReachable };
  return [
    ...stores.flatMap(storeComplaints),
    ...(canSee.regional && view.leader === undefined ? [`region ${view.region} has no leader`] : []),
    ...(canSee.global ? regionComplaints(view, standings) : []),
    ...(canSee.global && view.arbiter === undefined ? ['there is no arbiter: no database can be promoted'] : []),
    ...nodeComplaints(view),
    ...(canSee.regional ? view.addresses.flatMap(addressComplaints) : []),
    ...bypassComplaints(seen, standings),
    ...(canSee.global ? view.databases.flatMap((each) => each.complaints) : []),
    ...(canSee.global ? view.keys.flatMap((each) => each.complaints) : []),
    ...view.promised.map(promisedComplaint),
    ...(canSee.regional ? view.identities.flatMap(identityComplaints) : []),
    ...catalogComplaints(view, seen, standings),
    ...seen.notices.map(({ node, notice }) => `${node}: ${notice}`),
    ...standings.flatMap(policyComplaints),
    ...seen.problems.map((problem) => problem.message),
  ];
}

/** Regions that a policy counts on and whose leader the global store does not know. */
function regionComplaints({ regions }: Pick<StatusView, 'regions'>, standings: readonly PolicyStanding[]) {
  const policies = standings.map(({ inForce }) => inForce?.policy).filter((policy) => policy !== undefined);
  const expected = policies.flatMap((policy) => {
    if (policy.kind === 'FernetKeys') return Object.keys(policy.nodes);
    return policy.kind === 'DatabaseFailover' ? policy.members.map((member) => member.region) : [];
  });
  return [...new Set(expected)]
    .filter((region) => !regions.some((each) => each.region === region))
    .map((region) => `region ${region} is not heard of: it is cut off from the global store, or nobody leads it`);
}

function storeComplaints({ name, contents, status }: SeenStore): readonly string[] {
  if (!contents.isReachable) return [`the ${name} store does not answer: ${contents.detail}`];
  const away = (status?.endpoints ?? []).filter((each) => !each.reachable).map((each) => each.endpoint);
  return away.map((endpoint) => `the ${name} store's member ${endpoint} does not answer`);
}

function nodeComplaints({ nodes }: Pick<StatusView, 'nodes'>): readonly string[] {
  return nodes.flatMap(({ node, isRegistered, trouble }) =>
    isRegistered ? trouble.map((each) => `${node}: ${each}`) : [`${node}: its agent is not registered`],
  );
}

function bypassComplaints({ observations, nodes }: RegionView, standings: readonly PolicyStanding[]) {
  const policies = standings.flatMap(({ inForce }) =>
    inForce?.policy?.kind === 'DatabaseFailover' ? [inForce.policy] : [],
  );
  const proxies = new Set(nodes.filter(({ roles }) => roles.includes('proxy')).map(({ node }) => node));
  return routeBypasses(observations, policies, proxies).map(({ message, remedy }) => `${message}: ${remedy}`);
}

function addressComplaints({ name, address, owners, unfit }: AddressLine): readonly string[] {
  const found = unfit.map((node) => `${node} is unfit to own ${name}`);
  if (owners.length === 1) return found;
  const told = owners.length === 0 ? 'nobody owns' : `${owners.join(' and ')} both own`;
  return [`${told} ${name} (${address})`, ...found];
}

function identityComplaints(line: IdentityLine): readonly string[] {
  const { name, region, rollout } = line;
  return [...stateComplaints(line), ...(rollout === null ? [] : rolloutComplaints(name, region, rollout))];
}

function stateComplaints({ name, region, state, returnsByOrder }: IdentityLine): readonly string[] {
  if (state === 'home') return [];
  if (state === undefined) return [`identity route ${name}: its region's leader has not decided anything yet`];
  const means = {
    suspect: 'cannot use the home Keystone; its leader waits before it switches',
    isolated: 'uses its own Keystone: identity is read-only there',
    returning: 'still uses its own Keystone and waits before it returns home',
  }[state];
  const ends = returnsByOrder ? `; it returns by order: regentctl identity return ${region}` : '';
  return [`identity route ${name}: region ${region} ${means}${ends}`];
}

/** A catalogue that this region should keep and nobody does. What its keeper sees is among the nodes' own troubles. */
function catalogComplaints(
  { region }: Pick<StatusView, 'region'>,
  { desired }: RegionView,
  standings: readonly PolicyStanding[],
): readonly string[] {
  const values = desired.map(({ value }) => value);
  return standings.flatMap(({ inForce }) => {
    const policy = inForce?.policy;
    if (policy?.kind !== 'EndpointCatalog') return [];
    const isOurs = values.some(
      (each) => each.kind === 'database' && each.name === policy.database && each.region === region,
    );
    const keeper = values.find((each) => each.kind === 'catalog' && each.name === policy.name && each.keeper !== null);
    if (!isOurs || keeper !== undefined) return [];
    return [
      `nobody keeps the endpoint catalogue ${policy.name}: an api node of ${region} needs catalog: true in its grants.yaml ` +
        'and a Keystone that issues tokens',
    ];
  });
}

function policyComplaints({ name, state, problems }: PolicyStanding): readonly string[] {
  if (state === 'in-force') return [];
  const why = problems.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
  const told = { refused: `was refused: ${why}`, waiting: 'has not been judged yet', leaving: 'is being removed' }[
    state
  ];
  return [`the newest text of policy ${name} ${told}`];
}
