/**
 * The last two steps of a ballot: the candidate drains and detaches, its positions are recorded, and it is told to
 * open. A candidate that has not applied everything that a frozen member had received is not opened (I2). One that does
 * not manage is passed over; one that was told to open is passed over only under a new term, because two servers must
 * never be opened under the same one (I1). Taking the key makes the candidate the recorded primary: if it is lost after
 * that, the next ballot is about that one, and about what it may have taken.
 */
import type { NewEvent } from '../event.ts';
import { type ArbiterDecision, type ArbiterSnapshot, waiting } from './arbiter-snapshot.ts';
import { answerTo } from './candidate.ts';
import { contains, mergePositions } from './gtid.ts';
import type { Ballot, BallotAnswer, DatabaseState, PromotionRecord } from './state.ts';
import { isSwitchover, undoSwitchover } from './switchover-ballot.ts';

/** Promotions kept in the state: enough to explain a chain of failovers to a server that was away for all of them. */
const PROMOTIONS_KEPT = 8;

export function decideDrain(snapshot: ArbiterSnapshot, state: DatabaseState, ballot: Ballot): ArbiterDecision {
  const record = snapshot.members.find((m) => m.node === ballot.candidate);
  const answer = record === undefined ? undefined : answerTo(record, state.term, 'drain');
  if (answer?.ok === true && hasEnough(ballot, answer)) {
    const promotion: PromotionRecord = {
      term: state.term,
      node: ballot.candidate ?? '',
      serverId: answer.serverId,
      slavePos: answer.appliedPos,
      binlogPos: answer.binlogPos,
      binlogState: answer.binlogState,
      lossMs: ballot.lossMs,
      atMs: snapshot.wallMs,
    };
    const promotions = [promotion, ...state.promotions].slice(0, PROMOTIONS_KEPT);
    return { kind: 'write', state: { ...state, promotions, ballot: { ...ballot, step: 'open' } }, events: [] };
  }
  const isOverdue = snapshot.stateStandingMs >= snapshot.policy.policy.stepTimeoutMs;
  if (answer === undefined && !isOverdue) return waiting;
  if (isSwitchover(ballot)) return undoSwitchover(snapshot, state, ballot);
  const next: Ballot = { ...passedOver(ballot), step: 'freeze' };
  return { kind: 'write', state: { ...state, ballot: next }, events: [passedOverEvent(snapshot, state, ballot)] };
}

export function decideOpen(snapshot: ArbiterSnapshot, state: DatabaseState, ballot: Ballot): ArbiterDecision {
  const isOverdue = snapshot.stateStandingMs >= snapshot.policy.policy.stepTimeoutMs;
  if (snapshot.primary !== undefined || !isOverdue) return waiting;
  if (isSwitchover(ballot)) return undoSwitchover(snapshot, state, ballot);
  const next: Ballot = {
    ...passedOver(ballot),
    step: 'poll',
    polled: [],
    absentForMs: snapshot.primaryAbsentForMs,
    ordered: null,
  };
  const renewed: DatabaseState = {
    ...state,
    term: state.term + 1n,
    ballot: next,
    promotions: state.promotions.slice(1),
  };
  return { kind: 'write', state: renewed, events: [passedOverEvent(snapshot, state, ballot)] };
}

/** The candidate had its key and lost it: it is the recorded primary, and the next ballot is about what it may have taken. */
export function decideProve(snapshot: ArbiterSnapshot, state: DatabaseState, ballot: Ballot): ArbiterDecision {
  if (snapshot.primary !== undefined) return waiting;
  const steady: DatabaseState = { ...state, phase: 'steady', ballot: null, unfinished: null };
  return { kind: 'write', state: steady, events: [passedOverEvent(snapshot, state, ballot)] };
}

/** Its own writes are in a former primary's binary log only, what it received in both. */
function hasEnough(ballot: Ballot, answer: BallotAnswer): boolean {
  if (ballot.catchUp === null) return false;
  return contains(mergePositions(answer.appliedPos, answer.binlogPos), ballot.catchUp.until);
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
