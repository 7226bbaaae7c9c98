/**
 * Whether the keys of a policy are kept for as long as tokens need them, and what Keystone fixes about credential keys. The
 * rule itself is in core/keys/key-lifetime.ts; here it is said in the policy's fields, with the number that would do.
 */
import { activeNeeded, CREDENTIAL_ACTIVE, tokenLifetimeMs } from '../core/keys/key-lifetime.ts';
import type { FernetKeys, PolicyProblem } from '../core/policy.ts';
import { durationText } from './duration.ts';
import { problem } from './problem.ts';

export function keyLifetimeProblems(policy: FernetKeys): readonly PolicyProblem[] {
  return policy.repository === 'credential' ? ofCredentials(policy) : ofTokens(policy);
}

function ofTokens(policy: FernetKeys): readonly PolicyProblem[] {
  const { rotateEveryMs, maxActive } = policy;
  if (rotateEveryMs === null) return [];
  const lifetimeMs = tokenLifetimeMs(policy);
  const needed = activeNeeded(lifetimeMs, rotateEveryMs);
  if (maxActive >= needed) return [];
  const slowestMs = Math.ceil(lifetimeMs / Math.max(1, maxActive - 2));
  const message =
    'maxActive ≥ (tokens.expiration + tokens.allowExpiredWindow) / rotateEvery + 2 does not hold: tokens would become ' +
    'invalid before their time';
  const remedy = `write ${needed} or more, or set rotateEvery to ${durationText(slowestMs)} or more`;
  return [problem('maxActive', maxActive, message, remedy)];
}

/** Whether all credentials were encrypted anew is for an operator to say before each rotation. */
function ofCredentials({ rotateEveryMs, maxActive }: FernetKeys): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if (maxActive !== CREDENTIAL_ACTIVE) {
    const message = 'is not how many credential keys Keystone keeps, which is fixed there';
    problems.push(problem('maxActive', maxActive, message, `write ${CREDENTIAL_ACTIVE}`));
  }
  if (rotateEveryMs === null) return problems;
  const message = 'credentials must be encrypted anew between two rotations, which no schedule can know';
  const remedy = 'write manual: keystone-manage credential_migrate, then regentctl keys rotate --migrated';
  return [...problems, problem('rotateEvery', durationText(rotateEveryMs), message, remedy)];
}
