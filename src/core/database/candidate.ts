/**
 * Who may be promoted, in which order, and why each of the others may not. Pure ranking: whether a promotion is
 * allowed at all (acknowledgements, loss budget, hold-down) is for ballot.ts.
 */
import type { DatabaseFailover, DatabaseMember } from '../policy.ts';
import { compareReceived } from './gtid.ts';
import { isBeyondElectable } from './promise.ts';
import { errantSince } from './rejoin.ts';
import type { Ballot, BallotAnswer, DatabaseState, ExclusionCode, GtidPosition, MemberRecord } from './state.ts';

export interface Candidate {
  readonly member: DatabaseMember;
  readonly answer: BallotAnswer;
  /** True if it is in the region of the former primary. */
  readonly isLocal: boolean;
}

export interface Excluded {
  readonly node: string;
  readonly code: ExclusionCode;
}

export interface Ranking {
  /** Best first: own region before others, then the policy's order. */
  readonly candidates: readonly Candidate[];
  readonly excluded: readonly Excluded[];
}

/**
 * Ranks the members that answered this ballot's current step.
 * @param state - gives the ballot's term (answers of other terms or steps do not count) and the last promotion
 */
export function rankCandidates(
  policy: DatabaseFailover,
  state: DatabaseState,
  ballot: Ballot,
  members: readonly MemberRecord[],
): Ranking {
  const home = regionOf(policy, ballot.formerPrimary);
  const excluded: Excluded[] = [];
  const candidates: Candidate[] = [];
  for (const member of policy.members) {
    const record = members.find((m) => m.node === member.node);
    const answer = record === undefined ? undefined : answerTo(record, state.term, ballot.step);
    const code = exclusionOf(member, state, ballot, record, answer);
    if (code !== undefined) excluded.push({ node: member.node, code });
    else if (answer !== undefined) candidates.push({ member, answer, isLocal: member.region === home });
  }
  candidates.sort((a, b) => Number(b.isLocal) - Number(a.isLocal));
  return { candidates, excluded };
}

/** The member's answer if it is to this step of this ballot; one to an order is not. */
export function answerTo(record: MemberRecord, term: bigint, step: Ballot['step']): BallotAnswer | undefined {
  const answer = record.answer;
  return answer?.term === term && answer.step === step && answer.order === null ? answer : undefined;
}

/**
 * Has this server transactions that the recorded primary had not when it was promoted? Its positions say nothing then:
 * it must neither be opened nor be compared with. What the promoted server has itself is the measure.
 */
export function isErrant(state: DatabaseState, answer: BallotAnswer): boolean {
  if (state.promotions[0]?.node !== state.primary) return false;
  return errantSince(answer, state.promotions, answer.followedTerm).length > 0;
}

/** Region of a member by the policy; undefined if the policy no longer names it. */
export function regionOf(policy: DatabaseFailover, node: string): string | undefined {
  return policy.members.find((m) => m.node === node)?.region;
}

function exclusionOf(
  member: DatabaseMember,
  state: DatabaseState,
  ballot: Ballot,
  record: MemberRecord | undefined,
  answer: BallotAnswer | undefined,
): ExclusionCode | undefined {
  if (member.promote === 'never') return 'PromoteNever';
  if (isBeyondElectable(state, ballot, member.node)) return 'NotElectable';
  if (ballot.excluded.includes(member.node)) return 'DrainTimeout';
  if (record?.quarantined === true) return 'ErrantTransactions';
  if (answer === undefined) return record?.serverUp === false ? 'ServerDown' : 'NoAnswer';
  if (!answer.ok) return answer.excluded ?? 'Incomplete';
  return isErrant(state, answer) ? 'ErrantTransactions' : undefined;
}

/**
 * The most advanced of the frozen members and what it has received: the least that the candidate must have applied.
 * @returns the candidate itself when it has everything; `diverged` when no order exists (nobody is guessed to be right)
 */
export function catchUpFor(
  candidate: Candidate,
  frozen: readonly { readonly node: string; readonly receivedPos: GtidPosition }[],
): { readonly node: string; readonly until: GtidPosition } | 'diverged' {
  let best = { node: candidate.member.node, receivedPos: candidate.answer.receivedPos };
  for (const other of frozen) {
    const order = compareReceived(other.receivedPos, best.receivedPos);
    if (order === 'diverged') return 'diverged';
    if (order === 'ahead') best = other;
  }
  return { node: best.node, until: best.receivedPos };
}
