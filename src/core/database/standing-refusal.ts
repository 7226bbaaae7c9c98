/**
 * What stands against a ballot that has not chosen, and what would be lost, from its state and the members' answers: for
 * an operator who is asked for the last word. The arbiter judges again with what it knows, and its word counts.
 */
import type { DatabaseFailover } from '../policy.ts';
import { missingProof } from './ackers.ts';
import { answerTo, rankCandidates } from './candidate.ts';
import { lossOf } from './loss.ts';
import type { Ballot, DatabaseState, MemberRecord } from './state.ts';

export interface StandingRefusal {
  /** The member that would be promoted; null = none can be. */
  readonly candidate: string | null;
  /** What may be lost, in ms of writes; 0 = nothing; null = unknown. */
  readonly lossMs: number | null;
  /** Each as one sentence; empty = nothing, the ballot goes on by itself. */
  readonly reasons: readonly string[];
}

/** @param to - the named member; null = the first that can be promoted */
export function standingRefusal(
  policy: DatabaseFailover,
  state: DatabaseState,
  ballot: Ballot,
  members: readonly MemberRecord[],
  to: string | null,
): StandingRefusal {
  const { candidates, excluded } = rankCandidates(policy, state, ballot, members);
  const candidate = to === null ? candidates[0] : candidates.find(({ member }) => member.node === to);
  const reasons = excluded.map(({ node, code }) => `${node} cannot be promoted: ${code}`);
  const rule = candidate?.isLocal === true ? 'withinRegion' : 'betweenRegions';
  if (candidate !== undefined && policy[rule].promote === 'manual') {
    reasons.push(`ManualPromotion: ${rule}.promote is manual`);
  }
  if (candidate !== undefined && policy[rule].holdDownMs > 0) {
    reasons.push(`HoldDown: ${rule}.holdDown is ${policy[rule].holdDownMs} ms`);
  }
  const answers = members.flatMap((record) => {
    const answer = record.quarantined ? undefined : answerTo(record, state.term, ballot.step);
    return answer?.ok === true ? [{ record, answer }] : [];
  });
  const isFormerThere = answers.some(({ record }) => record.node === ballot.formerPrimary);
  const missing = isFormerThere
    ? undefined
    : missingProof(
        state,
        answers.map(({ record }) => record),
      );
  if (missing === undefined) return { candidate: candidate?.member.node ?? null, lossMs: 0, reasons };
  const lossMs = lossOf(
    ballot,
    answers.map(({ answer }) => answer),
  );
  return { candidate: candidate?.member.node ?? null, lossMs, reasons: [...reasons, `AckersMissing: ${missing}`] };
}
