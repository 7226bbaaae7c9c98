/**
 * How much could be lost by opening a candidate, and whether the policy allows it. With every acker frozen nothing
 * acknowledged can be lost. Without that, the only evidence is the age of the last write-probe row that a frozen member
 * received, less the time for which the primary has had no right to write; both are counted to the safe side. Any
 * member's row counts, because the candidate is opened only with everything that any of them received.
 */
import type { RefusalCode } from '../event.ts';
import type { DatabaseFailover } from '../policy.ts';
import type { Ballot, BallotAnswer } from './state.ts';

export type LossVerdict =
  | { readonly allowed: true; readonly lossMs: number }
  | { readonly allowed: false; readonly refusal: RefusalCode; readonly detail: string };

/**
 * @param answers - good answers to the current step, the candidate's among them
 * @param ackers - `answered`: everybody who may have acknowledged a commit is frozen; otherwise why that proof is missing
 */
export function judgeLoss(
  policy: DatabaseFailover,
  ballot: Ballot,
  answers: readonly BallotAnswer[],
  isLocal: boolean,
  ackers: 'answered' | { readonly missing: string },
): LossVerdict {
  if (ackers === 'answered') return { allowed: true, lossMs: 0 };
  const { missing } = ackers;
  if (policy.durability === 'lossless') {
    return { allowed: false, refusal: 'AckersMissing', detail: `${missing}; durability is lossless` };
  }
  const lossMs = lossOf(ballot, answers);
  if (lossMs === null) {
    return { allowed: false, refusal: 'LossUnknown', detail: `${missing}, and no write-probe row was ever received` };
  }
  const budgetMs = isLocal ? policy.withinRegion.maxLossMs : policy.betweenRegions.maxLossMs;
  if (lossMs > budgetMs) {
    const field = isLocal ? 'withinRegion.maxLoss' : 'betweenRegions.maxLoss';
    return {
      allowed: false,
      refusal: 'LossBudget',
      detail: `${missing}; up to ${lossMs} ms of writes would be lost, ${field} is ${budgetMs} ms`,
    };
  }
  return { allowed: true, lossMs };
}

/** What the answers prove: at most so many ms of writes are lost, whoever of them has the most. Null = unknown. */
export function lossOf(ballot: Ballot, answers: readonly BallotAnswer[]): number | null {
  const losses = answers.map((answer) => lossAt(ballot, answer)).filter((lossMs) => lossMs !== undefined);
  return losses.length === 0 ? null : Math.min(...losses);
}

/** A loss in words. @param lossMs - null = unknown */
export function lossText(lossMs: number | null): string {
  if (lossMs === 0) return 'nothing acknowledged is lost';
  return lossMs === null ? 'how much is lost is unknown' : `at most ${lossMs} ms of acknowledged writes are lost`;
}

/** Upper bound of lost writes in ms, never 0: that would claim a proof. Undefined = unknown. */
function lossAt(ballot: Ballot, answer: BallotAnswer): number | undefined {
  if (answer.writeProbeAgeMs === null || answer.arrivalLagMs === null) return undefined;
  const sinceLastContact = Math.max(0, answer.writeProbeAgeMs - ballot.absentForMs);
  return Math.max(1, Math.ceil(sinceLastContact + answer.arrivalLagMs));
}
