/**
 * What a schema cannot see: whether the numbers of a policy fit together, whether the names in it exist, and whether it
 * gets along with the other policies. Pure: the world is an argument. Nothing is ever adjusted; what does not fit is
 * refused with the number or name that would.
 */
import { isGlobal, type Policy, type PolicyProblem } from '../core/policy.ts';
import { conflictProblems } from './conflict-rules.ts';
import { databaseTimingProblems } from './database-timing-rules.ts';
import { keyLifetimeProblems } from './key-lifetime-rules.ts';
import { nameProblems } from './name-rules.ts';
import { problem } from './problem.ts';
import { rangeProblems } from './range-rules.ts';
import { timingProblems } from './timing-rules.ts';
import type { PolicyWorld, Setting } from './world.ts';

/** @returns every rule that the policy breaks; empty if it may come into force */
export function coherenceProblems(policy: Policy, setting: Setting): readonly PolicyProblem[] {
  const misplaced = scopeProblems(policy, setting.world);
  if (misplaced.length > 0) return misplaced;
  return [
    ...rangeProblems(policy),
    ...timingProblems(policy),
    ...(policy.kind === 'DatabaseFailover' ? databaseTimingProblems(policy, setting.world) : []),
    ...(policy.kind === 'FernetKeys' ? keyLifetimeProblems(policy) : []),
    ...nameProblems(policy, setting),
    ...conflictProblems(policy, setting),
  ];
}

/**
 * Which database is the primary, and the endpoint catalogue, are one for the world, so they are decided in the global
 * store; addresses and routes must work while a region is cut off, so they are decided in its own store.
 */
function scopeProblems(policy: Policy, { store, region }: PolicyWorld): readonly PolicyProblem[] {
  if (isGlobal(policy)) {
    if (store !== 'regional') return [];
    return [problem('kind', policy.kind, 'does not belong into the store of a region', 'put it into the global store')];
  }
  if (store === 'global') {
    const remedy = `put it into the store of region ${policy.region}`;
    return [problem('kind', policy.kind, 'does not belong into the global store', remedy)];
  }
  if (region === undefined || policy.region === region) return [];
  const remedy = `put it into the store of region ${policy.region}, or set region to ${region}`;
  return [problem('region', policy.region, `is not the region of this store, which is ${region}`, remedy)];
}
