/**
 * The last two steps of a ballot. The candidate drains and detaches, and takes its key once it has applied everything
 * that a frozen member had received (I2). The write that takes the key records its positions and makes it the recorded
 * primary, and it compares the same state as the write that passes it over: whoever comes second finds another one, so
 * that no two servers are opened under one term (I1). If it is lost after that, the next ballot is about that one, and
 * about what it may have taken.
 */
import type { NewEvent } from '../event.ts';
import { type ArbiterDecision, type ArbiterSnapshot, waiting } from './arbiter-snapshot.ts';
import { answerTo } from './candidate.ts';
import { contains, mergePositions } from './gtid.ts';
import type { MemberSnapshot } from './member-snapshot.ts';
import type { Ballot, BallotAnswer, DatabaseState, PromotionRecord } from './state.ts';
import { isSwitchover, undoSwitchover } from './switchover-ballot.ts';

/** Promotions kept in the state: enough to explain a chain of failovers to a server that was away for all of them. */
const PROMOTIONS_KEPT = 8;

/** The candidate's own turn, for one step timeout: it drains, takes its key, and ends this step by that. */
export function decideDrain(snapshot: ArbiterSnapshot, state: DatabaseState, ballot: Ballot): ArbiterDecision {
  const record = snapshot.members.find((m) => m.node === ballot.candidate);
  const answer = record === undefined ? undefined : answerTo(record, state.term, 'drain');
  const mayStillOpen = answer === undefined || isDrained(ballot, answer);
  if (mayStillOpen && snapshot.stateStandingMs < snapshot.policy.policy.stepTimeoutMs) return waiting;
  if (isSwitchover(ballot)) return undoSwitchover(snapshot, state, ballot);
  const next: Ballot = { ...passedOver(ballot), step: 'freeze' };
  return { kind: 'write', state: { ...state, ballot: next }, events: [passedOverEvent(snapshot, state, ballot)] };
}

/**
 * May the candidate that gave this answer be opened? Its own writes are in a former primary's binary log only, what it
 * received in both.
 */
export function isDrained({ catchUp }: Ballot, answer: BallotAnswer): boolean {
  if (!answer.ok || catchUp === null) return false;
  return contains(mergePositions(answer.appliedPos, answer.binlogPos), catchUp.until);
}

/** @returns the last term of those that are remembered whose promotion may have lost acknowledged writes; 0n if none may */
export function lossyTermOf({ promotions }: Pick<DatabaseState, 'promotions'>): bigint {
  return promotions.find(({ lossMs }) => lossMs !== 0)?.term ?? 0n;
}

/** What the candidate writes with its key: where it stands at its promotion. */
export function withPromotion(
  { term, promotions }: DatabaseState,
  { lossMs }: Ballot,
  { node, wallMs }: Pick<MemberSnapshot, 'node' | 'wallMs'>,
  answer: BallotAnswer,
): readonly PromotionRecord[] {
  const promotion: PromotionRecord = {
    term,
    node,
    serverId: answer.serverId,
    slavePos: answer.appliedPos,
    binlogPos: answer.binlogPos,
    binlogState: answer.binlogState,
    lossMs,
    atMs: wallMs,
  };
  return [promotion, ...promotions].slice(0, PROMOTIONS_KEPT);
}

/** The candidate had its key and lost it: it is the recorded primary, and the next ballot is about what it may have taken. */
export function decideProve(snapshot: ArbiterSnapshot, state: DatabaseState, ballot: Ballot): ArbiterDecision {
  if (snapshot.primary !== undefined) return waiting;
  const steady: DatabaseState = { ...state, phase: 'steady', ballot: null, unfinished: null };
  return { kind: 'write', state: steady, events: [passedOverEvent(snapshot, state, ballot)] };
}

function passedOver(ballot: Ballot): Ballot {
  const excluded = ballot.candidate === null ? ballot.excluded : [...ballot.excluded, ballot.candidate];
  return { ...ballot, excluded, candidate: null, catchUp: null, lossMs: null, fences: [] };
}

function passedOverEvent(snapshot: ArbiterSnapshot, state: DatabaseState, ballot: Ballot): NewEvent {
  return {
    name: 'database:promotion:refused',
    subject: snapshot.policy.policy.name,
    message: `${ballot.candidate} did not finish step ${ballot.step} of term ${state.term} and is passed over`,
    cause: ballot.cause,
    refusal: 'NoCandidate',
    policyRevision: snapshot.policy.revision,
    epoch: state.term,
  };
}
