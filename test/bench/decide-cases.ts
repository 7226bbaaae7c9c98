/**
 * What the decisions are measured on: a region at rest with any number of nodes, where every policy is judged and nothing
 * is to be changed (what an agent does nearly always), and a database at rest. Data only; the snapshots are those that the
 * rules' own tests start from.
 */

import { decideArbiter } from '../../src/core/database/arbiter.ts';
import { decideMember } from '../../src/core/database/member.ts';
import { decideRegion } from '../../src/core/region.ts';
import type { RegionSnapshot } from '../../src/core/region-snapshot.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { after, aSnapshot, database, identity, inForce, LONG, saw, standing, vip } from '../core/a-region.ts';
import { aKey, anAgent, anArbiter } from '../core/database/a-database.ts';

export interface DecideCase {
  readonly name: string;
  readonly run: () => unknown;
}

const NODE_COUNTS = [10, 100, 1_000];
const PROBES = ['haproxy', 'keepalived', 'keystone-local', 'memcached'];

/** @param policyText - a policy as an operator writes it, for the parser */
export function decideCases(policyText: string): readonly DecideCase[] {
  const regions = NODE_COUNTS.map((count) => {
    const snapshot = aRegionAtRest(count);
    return { name: `decideRegion, ${count} nodes`, run: () => decideRegion(snapshot) };
  });
  const arbiter = anArbiter({ primary: aKey(), primaryAbsentForMs: 0, absenceWitnessed: false });
  const lost = anArbiter();
  const agent = anAgent();
  return [
    ...regions,
    { name: 'decideArbiter, at rest', run: () => decideArbiter(arbiter) },
    { name: 'decideArbiter, primary lost', run: () => decideArbiter(lost) },
    { name: 'decideMember, primary', run: () => decideMember(agent) },
    { name: 'parsePolicy, DatabaseFailover', run: () => parsePolicy(policyText) },
  ];
}

/** @throws Error when the region would still change something: then it is not at rest */
export function aRegionAtRest(nodeCount: number): RegionSnapshot {
  const names = Array.from({ length: nodeCount }, (_, index) => `south-${index + 1}`);
  const seen = names.flatMap((node) => PROBES.map((probe) => saw(node, probe, 'ok')));
  const first = aSnapshot({
    nodes: names.map((node, index) => ({
      node,
      roles: ['api', 'proxy', 'db'],
      addresses: [`198.51.${100 + Math.floor(index / 250)}.${(index % 250) + 1}`],
    })),
    observations: [
      ...seen,
      ...identity.observers.map((node) => saw(node, 'identity-home', 'ok', LONG, { home: 'north' })),
    ],
    policies: [inForce(vip), inForce(identity), inForce(database)],
  });
  const taken = after(first, decideRegion(first));
  const atRest = { ...taken, desired: taken.desired.map(({ value }) => standing(value)) };
  const left = decideRegion(atRest).desired.length;
  if (left > 0 || atRest.desired.length === 0) throw new Error(`${left} changes are left in a region at rest`);
  return atRest;
}
