/**
 * Whether what a policy names is there: nodes with the roles they need, regions, probes, the database of an identity
 * route; and whether an address lies in the network of its nodes. A name that the version in force has already is not
 * questioned again: a node that is down at the moment must not keep an operator from editing another field.
 */
import { assertNever } from '../core/assert-never.ts';
import { type IpNetwork, isWithin, parseIp, parseNetwork } from '../core/ip-address.ts';
import type {
  DatabaseFailover,
  FernetKeys,
  IdentityRoute,
  Policy,
  PolicyProblem,
  ProxyRoute,
  VirtualAddress,
} from '../core/policy.ts';
import { catalogProblems } from './catalog-rules.ts';
import { configurationProblems } from './configuration-rules.ts';
import { databaseNamed } from './database-named.ts';
import { duplicateProblems, nodeProblems, regionProblems } from './known-names.ts';
import { nearest } from './nearest.ts';
import { fieldText, problem } from './problem.ts';
import type { PolicyWorld, Setting } from './world.ts';

/** Probes that run on nodes that may own an address. */
const ADDRESS_PROBES = ['haproxy', 'keepalived', 'keystone-local', 'memcached'] as const;

/** One node's word is not enough to cut a region off; two must agree, and with three one may be down. */
const OBSERVERS_MIN = 2;

/** Somebody must be there to take over. */
const PROMOTABLE_MIN = 2;

export function nameProblems(policy: Policy, setting: Setting): readonly PolicyProblem[] {
  switch (policy.kind) {
    case 'VirtualAddress':
      return ofAddress(policy, setting);
    case 'DatabaseFailover':
      return ofDatabase(policy, setting);
    case 'IdentityRoute':
      return ofIdentity(policy, setting);
    case 'EndpointCatalog':
      return catalogProblems(policy, setting);
    case 'FernetKeys':
      return ofKeys(policy, setting);
    default:
      return assertNever(policy);
  }
}

function ofAddress(policy: VirtualAddress, setting: Setting): readonly PolicyProblem[] {
  return [
    ...duplicateProblems(policy.nodes, (index) => fieldText(['nodes', index])),
    ...policy.nodes.flatMap((node, index) => nodeProblems(node, policy.region, ['proxy'], ['nodes', index], setting)),
    ...policy.unfitWhen.probes.flatMap((probe, index) => {
      if ((ADDRESS_PROBES as readonly string[]).includes(probe)) return [];
      const meant = nearest(probe, ADDRESS_PROBES);
      const remedy = meant === undefined ? `write one of ${ADDRESS_PROBES.join(', ')}` : `write ${meant}`;
      return [problem(`unfitWhen.probes[${index}]`, probe, 'is not a probe of nodes that own addresses', remedy)];
    }),
    ...networkProblems(policy, setting.world),
  ];
}

/** The address must be in a network that its nodes are in, and must be nobody else's. */
function networkProblems({ address, nodes }: VirtualAddress, world: PolicyWorld): readonly PolicyProblem[] {
  const network = parseNetwork(address);
  if (network === undefined) return [];
  const problems = world.nodes.flatMap(({ node, addresses }) => {
    const own = addresses.map(parseIp).filter((each) => each !== undefined && each.bits === network.bits);
    if (!nodes.includes(node)) {
      if (!own.some((each) => each?.value === network.value)) return [];
      return [
        problem('address', address, `is an address of ${node}`, `choose another address, or add ${node} to nodes`),
      ];
    }
    if (own.length === 0 || own.some((each) => each !== undefined && isWithin(each, network))) return [];
    const message = `${node} has no address in this network; it has ${addresses.join(', ')}`;
    return [problem('address', address, message, 'correct the address or its prefix length, or the nodes')];
  });
  if (!isReserved(network)) return problems;
  return [
    ...problems,
    problem('address', address, 'is the address of the network itself, or its broadcast', 'choose one between them'),
  ];
}

/** Point-to-point networks have no such addresses (RFC 3021). */
function isReserved({ bits, value, prefixLength }: IpNetwork): boolean {
  const hostBits = BigInt(bits - prefixLength);
  if (bits !== 32 || hostBits < 2n) return false;
  const host = value & ((1n << hostBits) - 1n);
  return host === 0n || host === (1n << hostBits) - 1n;
}

function ofDatabase(policy: DatabaseFailover, setting: Setting): readonly PolicyProblem[] {
  const { members } = policy;
  const problems = [
    ...duplicateProblems(
      members.map((member) => member.node),
      (index) => fieldText(['members', index, 'node']),
    ),
    ...duplicateProblems(
      members.map(({ address, port }) => `${address}:${port}`),
      (index) => fieldText(['members', index, 'address']),
    ),
    ...members.flatMap((member, index) => [
      ...nodeProblems(member.node, member.region, ['db'], ['members', index, 'node'], setting),
      ...regionProblems(member.region, ['members', index, 'region'], setting),
    ]),
  ];
  const promotable = members.filter((member) => member.promote === 'allowed').length;
  if (promotable >= PROMOTABLE_MIN) return problems;
  const message = `${promotable} of ${members.length} members may be promoted, so nobody could take over`;
  return [...problems, problem('members', undefined, message, `name at least ${PROMOTABLE_MIN} with promote: allowed`)];
}

/**
 * Nodes without a database register with their region alone, so that the global store cannot say whether one exists. One that
 * does not is never accounted for: nothing is rotated, and `regentctl keys status` names it.
 */
function ofKeys({ nodes }: FernetKeys, setting: Setting): readonly PolicyProblem[] {
  const { world } = setting;
  const places = Object.entries(nodes).flatMap(([region, names]) =>
    names.map((node, index) => ({ region, node, path: ['nodes', region, index] as const })),
  );
  const regions = Object.keys(nodes).flatMap((region) => regionProblems(region, ['nodes', region], setting));
  if (places.length === 0) {
    regions.push(problem('nodes', undefined, 'names no node', 'name every node that runs Keystone, by region'));
  }
  return [
    ...regions,
    ...duplicateProblems(
      places.map(({ node }) => node),
      (index) => fieldText(places[index]?.path ?? ['nodes']),
    ),
    ...places
      .filter(({ node }) => world.store !== 'global' || world.nodes.some((each) => each.node === node))
      .flatMap(({ region, node, path }) => nodeProblems(node, region, ['api'], path, setting)),
  ];
}

function ofIdentity(policy: IdentityRoute, setting: Setting): readonly PolicyProblem[] {
  const { region, keystones, observers } = policy;
  const own = keystones[region]?.nodes ?? [];
  const problems = [
    ...duplicateProblems(observers, (index) => fieldText(['observers', index])),
    ...observers.flatMap((node, index) => nodeProblems(node, region, ['api', 'proxy'], ['observers', index], setting)),
    ...own.flatMap((node, index) =>
      nodeProblems(node, region, ['api'], ['keystones', region, 'nodes', index], setting),
    ),
    ...Object.entries(keystones).flatMap(([name, { nodes }]) =>
      duplicateProblems(nodes, (index) => fieldText(['keystones', name, 'nodes', index])),
    ),
    ...databaseProblems(policy, setting),
    ...(policy.via === 'config' ? configurationProblems(policy, setting) : backendProblems(policy)),
  ];
  if (keystones[region] === undefined) {
    const remedy = `add ${region} with its own Keystone, which is used while the region is cut off`;
    problems.push(
      problem('keystones', Object.keys(keystones).join(', '), `does not name ${region}, this region itself`, remedy),
    );
  }
  if (observers.length < OBSERVERS_MIN) {
    const message = 'one observer alone would cut the region off';
    problems.push(problem('observers', observers.join(', '), message, 'name at least two nodes, better three'));
  }
  return problems;
}

/** Home is where the primary is, so every region that may have it needs its Keystones named. */
function backendProblems(policy: ProxyRoute): readonly PolicyProblem[] {
  const { backend, otherBackends, frontBackends, backups, keystones } = policy;
  const named = [backend, ...otherBackends, ...frontBackends];
  const fieldOf = (index: number): string => {
    if (index === 0) return 'backend';
    const other = index - 1;
    if (other < otherBackends.length) return fieldText(['otherBackends', other]);
    return fieldText(['frontBackends', other - otherBackends.length]);
  };
  return [
    ...duplicateProblems(named, fieldOf),
    ...duplicateProblems(backups, (index) => fieldText(['backups', index])),
    ...backups.flatMap((region, index) => {
      if (keystones[region] !== undefined) return [];
      const remedy = `write one of ${Object.keys(keystones).join(', ')}, or add ${region} to keystones`;
      return [problem(fieldText(['backups', index]), region, 'has no Keystones in this policy', remedy)];
    }),
  ];
}

function databaseProblems({ database, keystones }: IdentityRoute, setting: Setting): readonly PolicyProblem[] {
  const { world } = setting;
  const { found, problems } = databaseNamed(database, setting);
  if (found === undefined) return problems;
  const promotable = found.members.filter((member) => member.promote === 'allowed').map((member) => member.region);
  const missing = [...new Set(promotable)].filter((region) => keystones[region] === undefined);
  const named = new Set(found.members.map((member) => member.region));
  const unknown = Object.keys(keystones).filter(
    (region) => !named.has(region) && world.regions?.includes(region) !== true,
  );
  return [
    ...missing.map((region) =>
      problem(
        'keystones',
        Object.keys(keystones).join(', '),
        `does not name ${region}, where ${database} may have its primary`,
        `add ${region}`,
      ),
    ),
    ...unknown.map((region) => {
      const meant = nearest(region, [...named]);
      const remedy = meant === undefined ? 'remove it, or correct its name' : `write ${meant}`;
      return problem(fieldText(['keystones', region]), region, 'is not a known region', remedy);
    }),
  ];
}
