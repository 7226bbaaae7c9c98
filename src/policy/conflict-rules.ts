/** Policies that cannot both be in force: they would drive the same thing. The one that is in force stays. */
import { assertNever } from '../core/assert-never.ts';
import { isWithin, parseNetwork } from '../core/ip-address.ts';
import type {
  ConfigurationRoute,
  DatabaseFailover,
  FernetKeys,
  IdentityRoute,
  Policy,
  PolicyProblem,
  ProxyRoute,
  VirtualAddress,
} from '../core/policy.ts';
import { catalogConflicts } from './catalog-rules.ts';
import { fieldText, problem } from './problem.ts';
import type { Setting } from './world.ts';

export function conflictProblems(policy: Policy, { others }: Setting): readonly PolicyProblem[] {
  switch (policy.kind) {
    case 'VirtualAddress':
      return others
        .filter((each) => each.kind === 'VirtualAddress')
        .flatMap((other) => betweenAddresses(policy, other));
    case 'DatabaseFailover':
      return others
        .filter((each) => each.kind === 'DatabaseFailover')
        .flatMap((other) => betweenDatabases(policy, other));
    case 'IdentityRoute':
      return others
        .filter((each) => each.kind === 'IdentityRoute' || each.kind === 'DatabaseFailover')
        .flatMap((other) => betweenRoutes(policy, other));
    case 'EndpointCatalog':
      return others
        .filter((each) => each.kind === 'EndpointCatalog')
        .flatMap((other) => catalogConflicts(policy, other));
    case 'FernetKeys':
      return others.filter((each) => each.kind === 'FernetKeys').flatMap((other) => betweenKeys(policy, other));
    default:
      return assertNever(policy);
  }
}

function betweenAddresses(policy: VirtualAddress, other: VirtualAddress): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const [own, theirs] = [parseNetwork(policy.address), parseNetwork(other.address)];
  if (own !== undefined && theirs !== undefined && own.bits === theirs.bits && own.value === theirs.value) {
    const remedy = `choose another address, or delete ${other.name}`;
    problems.push(problem('address', policy.address, `is already the address of policy ${other.name}`, remedy));
  }
  const sameNodes = policy.interface === other.interface && policy.nodes.some((node) => other.nodes.includes(node));
  const sameNetwork = own !== undefined && theirs !== undefined && isWithin(own, theirs);
  if (policy.virtualRouterId === other.virtualRouterId && (sameNodes || sameNetwork)) {
    const message = `is already the router id of policy ${other.name} on the same network`;
    problems.push(
      problem('virtualRouterId', policy.virtualRouterId, message, 'choose one from 1 to 255 that is free there'),
    );
  }
  return problems;
}

function betweenDatabases(policy: DatabaseFailover, other: DatabaseFailover): readonly PolicyProblem[] {
  const taken = new Set(other.members.map(({ address, port }) => `${address}:${port}`));
  const problems = policy.members.flatMap(({ address, port }, index) =>
    taken.has(`${address}:${port}`)
      ? [
          problem(
            fieldText(['members', index, 'address']),
            `${address}:${port}`,
            `is already a member of policy ${other.name}`,
            'a server has one policy: remove it from one',
          ),
        ]
      : [],
  );
  if (policy.route.backend !== other.route.backend) return problems;
  return [...problems, backendTaken('route.backend', policy.route.backend, other.name)];
}

function betweenRoutes(policy: IdentityRoute, other: IdentityRoute | DatabaseFailover): readonly PolicyProblem[] {
  if (policy.via === 'config')
    return other.kind === 'IdentityRoute' && other.via === 'config' ? betweenConfigurations(policy, other) : [];
  if (other.kind === 'IdentityRoute' && other.via === 'config') return [];
  const theirs = other.kind === 'IdentityRoute' ? backendsOf(other).map(({ name }) => name) : [other.route.backend];
  return backendsOf(policy)
    .filter(({ name }) => theirs.includes(name))
    .map(({ field, name }) => backendTaken(field, name, other.name));
}

/** Every backend that an identity route switches, with the field that names it. */
function backendsOf({ backend, otherBackends, frontBackends }: ProxyRoute) {
  return [
    { field: 'backend', name: backend },
    ...otherBackends.map((name, index) => ({ field: fieldText(['otherBackends', index]), name })),
    ...frontBackends.map((name, index) => ({ field: fieldText(['frontBackends', index]), name })),
  ];
}

function betweenKeys(policy: FernetKeys, other: FernetKeys): readonly PolicyProblem[] {
  if (policy.repository !== other.repository) return [];
  const taken = new Set(Object.values(other.nodes).flat());
  return Object.entries(policy.nodes).flatMap(([region, nodes]) =>
    nodes.flatMap((node, index) => {
      if (!taken.has(node)) return [];
      const message = `its ${policy.repository} keys are already those of policy ${other.name}`;
      return [
        problem(fieldText(['nodes', region, index]), node, message, 'a repository has one policy: remove it from one'),
      ];
    }),
  );
}

/** A file has one line for the Keystone: two policies would overwrite each other for ever. */
function betweenConfigurations(policy: ConfigurationRoute, other: ConfigurationRoute): readonly PolicyProblem[] {
  const shared = policy.services.filter((service) => other.services.includes(service));
  if (shared.length === 0) return [];
  return policy.nodes.flatMap((node, index) => {
    if (!other.nodes.includes(node)) return [];
    const message = `has its ${shared.join(', ')} configured by policy ${other.name} already`;
    return [
      problem(fieldText(['nodes', index]), node, message, `remove it from one of the two, or delete ${other.name}`),
    ];
  });
}

function backendTaken(field: string, backend: string, by: string): PolicyProblem {
  return problem(field, backend, `is already switched by policy ${by}`, `choose another backend, or delete ${by}`);
}
