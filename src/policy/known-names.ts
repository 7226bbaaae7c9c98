/**
 * Looks names up in what is known. A name that the version in force has already is not questioned again, and neither
 * is a node of a region that cannot be seen from here.
 */
import { assertNever } from '../core/assert-never.ts';
import type { Policy, PolicyProblem } from '../core/policy.ts';
import type { Role } from '../core/region-snapshot.ts';
import { nearest } from './nearest.ts';
import { fieldText, problem } from './problem.ts';
import type { Setting } from './world.ts';

/**
 * Is this node there, in this region, with one of these roles?
 * @param path where the policy names it
 */
export function nodeProblems(
  node: string,
  region: string,
  anyOf: readonly Role[],
  path: readonly PropertyKey[],
  { world, previous }: Setting,
): readonly PolicyProblem[] {
  const known = world.nodes.find((each) => each.node === node);
  const field = fieldText(path);
  if (known === undefined) {
    const there = world.nodes.filter((each) => each.region === region).map((each) => each.node);
    if ((there.length === 0 && world.region !== region) || namesOf(previous).has(node)) return [];
    const meant = nearest(node, there);
    const remedy =
      meant === undefined ? `write one of ${there.join(', ') || 'the registered nodes'}` : `write ${meant}`;
    return [
      problem(
        field,
        node,
        `no agent of region ${region} has registered under this name`,
        `${remedy}, or start its agent`,
      ),
    ];
  }
  if (known.region !== region) {
    return [problem(field, node, `is in region ${known.region}, not in ${region}`, 'correct the region or the node')];
  }
  if (anyOf.some((role) => known.roles.includes(role))) return [];
  const message = `has the roles ${known.roles.join(', ') || 'none'}, and needs ${anyOf.join(' or ')}`;
  return [problem(field, node, message, `choose another node, or give its agent the role in agent.yaml`)];
}

/** Has this region registered? Not asked where that cannot be known. */
export function regionProblems(
  region: string,
  path: readonly PropertyKey[],
  { world, previous }: Setting,
): readonly PolicyProblem[] {
  if (world.regions === undefined || world.regions.includes(region) || namesOf(previous).has(region)) return [];
  const meant = nearest(region, world.regions);
  const remedy =
    meant === undefined ? `write one of ${world.regions.join(', ') || 'the registered regions'}` : `write ${meant}`;
  return [problem(fieldText(path), region, 'is not a region whose leader has registered', remedy)];
}

/** Every node and region that a policy names. */
function namesOf(policy: Policy | undefined): ReadonlySet<string> {
  switch (policy?.kind) {
    case undefined:
      return new Set();
    case 'VirtualAddress':
      return new Set(policy.nodes);
    case 'DatabaseFailover':
      return new Set(policy.members.flatMap((member) => [member.node, member.region]));
    case 'IdentityRoute':
      return new Set([
        ...policy.observers,
        ...Object.values(policy.keystones).flatMap((each) => each.nodes),
        ...(policy.via === 'config' ? policy.nodes : []),
      ]);
    case 'EndpointCatalog':
      return new Set();
    case 'FernetKeys':
      return new Set(Object.entries(policy.nodes).flatMap(([region, nodes]) => [region, ...nodes]));
    default:
      return assertNever(policy);
  }
}

/** Each value but the first of its kind. */
export function duplicateProblems(
  values: readonly string[],
  field: (index: number) => string,
): readonly PolicyProblem[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) === index ? [] : [problem(field(index), value, 'is named twice', 'remove one of them')],
  );
}
