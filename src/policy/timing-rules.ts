/** How the times of a virtual address, and those of an identity route, must relate to each other. */
import { assertNever } from '../core/assert-never.ts';
import type { IdentityRoute, Policy, PolicyProblem, VirtualAddress } from '../core/policy.ts';
import { durationText } from './duration.ts';
import { problem } from './problem.ts';

/** VRRPv3 carries the interval in hundredths of a second (RFC 5798, 5.2.7). */
const ADVERT_STEP_MS = 10;

/** Two looks in a row: one is noise. */
const LOOKS_MIN = 2;

export function timingProblems(policy: Policy): readonly PolicyProblem[] {
  switch (policy.kind) {
    case 'VirtualAddress':
      return ofAddress(policy);
    case 'IdentityRoute':
      return ofIdentity(policy);
    case 'DatabaseFailover':
    case 'EndpointCatalog':
    case 'FernetKeys':
      return [];
    default:
      return assertNever(policy);
  }
}

function ofAddress({ advertIntervalMs, unfitWhen, fitAgainAfterMs }: VirtualAddress): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if (advertIntervalMs % ADVERT_STEP_MS !== 0) {
    const near = durationText(Math.max(ADVERT_STEP_MS, Math.round(advertIntervalMs / ADVERT_STEP_MS) * ADVERT_STEP_MS));
    problems.push(
      problem('advertInterval', durationText(advertIntervalMs), 'VRRP knows steps of 10ms', `write ${near}`),
    );
  }
  if (fitAgainAfterMs < unfitWhen.failedForMs) {
    const message = 'a node would be fit again sooner than it became unfit, and the address would go back and forth';
    const remedy = `write ${durationText(unfitWhen.failedForMs)} or more, as in unfitWhen.failedFor`;
    problems.push(problem('fitAgainAfter', durationText(fitAgainAfterMs), message, remedy));
  }
  return problems;
}

function ofIdentity({ probe, isolateAfterMs, returnAfterMs }: IdentityRoute): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if (probe.timeoutMs > probe.everyMs) {
    const remedy = `write ${durationText(probe.everyMs)} or less, or lengthen probe.every`;
    problems.push(
      problem(
        'probe.timeout',
        durationText(probe.timeoutMs),
        'a try would last longer than the time between two',
        remedy,
      ),
    );
  }
  const neededMs = LOOKS_MIN * probe.everyMs;
  for (const [field, valueMs] of [
    ['isolateAfter', isolateAfterMs],
    ['returnAfter', returnAfterMs],
  ] as const) {
    if (valueMs >= neededMs) continue;
    const message = `${field} ≥ ${LOOKS_MIN}·probe.every does not hold: one look alone would decide`;
    problems.push(problem(field, durationText(valueMs), message, `write ${durationText(neededMs)} or more`));
  }
  return problems;
}
