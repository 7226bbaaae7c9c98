/**
 * The first two steps of a ballot. The poll has no side effects: it finds out who is there, whether anybody still
 * receives the primary's writes (a veto), and whether a promotion would be allowed at all; a ballot that is not
 * allowed waits here, with everything still running. The freeze stops the replicas' receiving, counts the ackers and
 * names the candidate (I2, I3).
 */
import type { NewEvent, RefusalCode } from '../event.ts';
import { isClaimed, missingProof } from './ackers.ts';
import { type ArbiterDecision, type ArbiterSnapshot, waiting } from './arbiter-snapshot.ts';
import { answerTo, type Candidate, catchUpFor, isErrant, type Ranking, rankCandidates } from './candidate.ts';
import { fenceFacts, fencesOf } from './fences.ts';
import { judgeLoss, lossOf, lossText } from './loss.ts';
import { acceptedLoss, failoverOrder } from './order.ts';
import type { Ballot, BallotAnswer, DatabaseState } from './state.ts';
import { vetoOf, writesStill } from './veto.ts';

/** A member that is alive answers within a few ticks; a frozen host's record outlives it, and is not worth a longer wait. */
export const POLL_MS = 1_500;

/** What a step comes to with the answers at hand. */
type Judgement =
  | { readonly kind: 'allowed'; readonly candidate: Candidate; readonly lossMs: number | null }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string };

/** A ballot that has asked nobody yet. */
export function newBallot(
  begun: Pick<Ballot, 'formerPrimary' | 'cause' | 'receipt' | 'openedAtMs' | 'absentForMs'>,
): Ballot {
  return {
    ...begun,
    step: 'poll',
    candidate: null,
    polled: [],
    excluded: [],
    catchUp: null,
    lossMs: null,
    ordered: null,
    fences: [],
  };
}

export function decidePoll(snapshot: ArbiterSnapshot, state: DatabaseState, ballot: Ballot): ArbiterDecision {
  const answered = answers(snapshot, state, ballot);
  const vetoed = vetoOf(snapshot, ballot, answered);
  if (vetoed !== undefined) return endUnfinished(snapshot, state, 'vetoed', vetoed);
  const isFormerAwaited = writesStill(snapshot, answered) || proofOf(snapshot, state, ballot, answered) !== 'answered';
  const outstanding = snapshot.members.filter(
    (m) => m.serverUp && !answered.has(m.node) && (isFormerAwaited || m.node !== ballot.formerPrimary),
  );
  if (outstanding.length > 0 && snapshot.stateStandingMs < POLL_MS) return waiting;
  const judgement = judge(snapshot, state, ballot, answered);
  if (judgement.kind === 'refused') {
    return isSecondChanceDue(snapshot, ballot, judgement.code)
      ? { kind: 'write', state: { ...state, ballot: { ...ballot, excluded: [] } }, events: [] }
      : refuse(snapshot, state, judgement);
  }
  const isWorthWaiting = isClaimed(state) && state.ackers.some(({ node }) => !answered.has(node));
  if (isWorthWaiting && snapshot.stateStandingMs < snapshot.policy.policy.stepTimeoutMs) return waiting;
  const next: Ballot = {
    ...ballot,
    step: 'freeze',
    polled: [...answered.keys()],
    absentForMs: snapshot.primaryAbsentForMs,
  };
  return { kind: 'write', state: { ...state, ballot: next }, events: [] };
}

/** With nobody else left, a member that failed in this ballot is tried again: what it lacked may have come back. */
function isSecondChanceDue({ policy, stateStandingMs }: ArbiterSnapshot, ballot: Ballot, code: RefusalCode): boolean {
  return code === 'NoCandidate' && ballot.excluded.length > 0 && stateStandingMs >= policy.policy.stepTimeoutMs;
}

export function decideFreeze(snapshot: ArbiterSnapshot, state: DatabaseState, ballot: Ballot): ArbiterDecision {
  const answered = answers(snapshot, state, ballot);
  const vetoed = vetoOf(snapshot, ballot, answered);
  if (vetoed !== undefined) return endUnfinished(snapshot, state, 'vetoed', vetoed);
  const { stepTimeoutMs, ttlMs } = snapshot.policy.policy;
  // A member that gave its word to the former primary joins when that has run out: one TTL later at the latest.
  const boundMs = ballot.receipt === null ? ttlMs : 0;
  const isOverdue = snapshot.stateStandingMs >= stepTimeoutMs + boundMs;
  const awaited = ballot.polled.filter((node) => !answered.has(node) && !ballot.excluded.includes(node));
  if (awaited.length > 0 && !isOverdue) return waiting;
  const judgement = judge(snapshot, state, ballot, answered);
  if (judgement.kind === 'refused') {
    return isOverdue
      ? endUnfinished(snapshot, state, 'abandoned', judgement.detail)
      : refuse(snapshot, state, judgement);
  }
  const { candidate, lossMs } = judgement;
  const order = failoverOrder(snapshot.order, ballot);
  const frozen = [...answered].map(([node, answer]) => ({ node, receivedPos: answer.receivedPos }));
  const catchUp = catchUpFor(candidate, frozen);
  if (catchUp === 'diverged') {
    return endUnfinished(snapshot, state, 'abandoned', 'the received positions have no order; an operator must look');
  }
  const next: Ballot = {
    ...ballot,
    step: 'drain',
    candidate: candidate.member.node,
    catchUp,
    lossMs,
    ordered: order ?? null,
    fences: fencesOf(snapshot, state, ballot, [...answered.keys()]),
  };
  const ranking = rankCandidates(snapshot.policy.policy, state, ballot, snapshot.members);
  const events = [chosen(snapshot, state, next, ranking)];
  const chosenState = { ...state, ballot: next };
  return snapshot.order === undefined
    ? { kind: 'write', state: chosenState, events }
    : { kind: 'write', state: chosenState, events, obeysOrder: true };
}

/** Good answers to this step, by node, in the policy's order. A server with errant transactions proves nothing. */
function answers(snapshot: ArbiterSnapshot, state: DatabaseState, ballot: Ballot): ReadonlyMap<string, BallotAnswer> {
  const found = new Map<string, BallotAnswer>();
  for (const { node } of snapshot.policy.policy.members) {
    const record = snapshot.members.find((m) => m.node === node);
    if (record === undefined || record.quarantined) continue;
    const answer = answerTo(record, state.term, ballot.step);
    if (answer?.ok === true && !isErrant(state, answer)) found.set(node, answer);
  }
  return found;
}

function judge(
  snapshot: ArbiterSnapshot,
  state: DatabaseState,
  ballot: Ballot,
  answered: ReadonlyMap<string, BallotAnswer>,
): Judgement {
  const { policy } = snapshot.policy;
  const { candidates, excluded } = rankCandidates(policy, state, ballot, snapshot.members);
  const order = failoverOrder(snapshot.order, ballot);
  const candidate = order?.to == null ? candidates[0] : candidates.find(({ member }) => member.node === order.to);
  if (candidate === undefined) {
    return refused(
      'NoCandidate',
      `no member can be promoted: ${excluded.map((e) => `${e.node} ${e.code}`).join(', ')}`,
    );
  }
  const rule = candidate.isLocal ? policy.withinRegion : policy.betweenRegions;
  const scope = candidate.isLocal ? 'withinRegion' : 'betweenRegions';
  if (rule.promote === 'manual' && order === undefined)
    return refused('ManualPromotion', `${scope}.promote is manual; ${candidate.member.node} could be promoted`);
  if (snapshot.primaryAbsentForMs < rule.holdDownMs && order === undefined) {
    return refused('HoldDown', `${scope}.holdDown of ${rule.holdDownMs} ms has not passed`);
  }
  const proof = proofOf(snapshot, state, ballot, answered);
  const given = [...answered.values()];
  const judged = judgeLoss(policy, ballot, given, candidate.isLocal, proof);
  const verdict = order === undefined ? judged : acceptedLoss(order, judged, lossOf(ballot, given));
  const isFenced = proof === 'answered' || ballot.receipt !== null;
  if (verdict.allowed && !isFenced && snapshot.primaryAbsentForMs < policy.ttlMs) {
    return refused('HoldDown', `without a fence a former primary is given ${policy.ttlMs} ms to close itself`);
  }
  return verdict.allowed
    ? { kind: 'allowed', candidate, lossMs: verdict.lossMs }
    : refused(verdict.refusal, verdict.detail);
}

/**
 * Who has everything that was acknowledged to clients: the former primary itself, which is started only in a role that
 * keeps what it had, or all the ackers together.
 */
function proofOf(
  snapshot: ArbiterSnapshot,
  state: DatabaseState,
  ballot: Ballot,
  answered: ReadonlyMap<string, BallotAnswer>,
): Parameters<typeof judgeLoss>[4] {
  if (answered.has(ballot.formerPrimary)) return 'answered';
  const missing = missingProof(
    state,
    snapshot.members.filter(({ node }) => answered.has(node)),
  );
  return missing === undefined ? 'answered' : { missing };
}

const refused = (code: RefusalCode, detail: string): Judgement => ({ kind: 'refused', code, detail });

/**
 * Ends the ballot without a primary; the members resume, the former primary may take its key again. A receipt stands on:
 * it is still true, and the server that it names must not be written a new one for the same death.
 */
export function endUnfinished(
  snapshot: ArbiterSnapshot,
  state: DatabaseState,
  outcome: 'vetoed' | 'abandoned',
  detail: string,
): ArbiterDecision {
  const next: DatabaseState = {
    ...state,
    phase: 'steady',
    ballot: null,
    receipt: state.ballot?.receipt ?? null,
    unfinished: { term: state.term, outcome },
  };
  const event: NewEvent = {
    name: outcome === 'vetoed' ? 'database:ballot:vetoed' : 'database:ballot:abandoned',
    subject: snapshot.policy.policy.name,
    message: `ballot for term ${state.term} ended: ${detail}`,
    cause: state.ballot?.cause ?? 'a ballot',
    ...(outcome === 'vetoed' ? { refusal: 'Vetoed' as const } : {}),
    policyRevision: snapshot.policy.revision,
    epoch: state.term,
  };
  return { kind: 'write', state: next, events: [event] };
}

function refuse(
  snapshot: ArbiterSnapshot,
  state: DatabaseState,
  judgement: Judgement & { kind: 'refused' },
): ArbiterDecision {
  const isWaiting = judgement.code === 'AckersMissing' || judgement.code === 'HoldDown';
  const event: NewEvent = {
    name: isWaiting ? 'database:ballot:waiting' : 'database:promotion:refused',
    subject: snapshot.policy.policy.name,
    message: `ballot for term ${state.term}: ${judgement.detail}`,
    cause: state.ballot?.cause ?? 'a ballot',
    refusal: judgement.code,
    policyRevision: snapshot.policy.revision,
    epoch: state.term,
  };
  return { kind: 'wait', refusals: [event] };
}

function chosen(snapshot: ArbiterSnapshot, state: DatabaseState, ballot: Ballot, ranking: Ranking): NewEvent {
  return {
    name: 'database:ballot:chosen',
    subject: snapshot.policy.policy.name,
    message: `${ballot.candidate} is the candidate of term ${state.term}; ${lossText(ballot.lossMs)}`,
    cause: ballot.ordered === null ? ballot.cause : `${ballot.cause}; ordered by ${ballot.ordered.by}`,
    observers: ballot.polled,
    policyRevision: snapshot.policy.revision,
    epoch: state.term,
    facts: {
      lossMs: ballot.lossMs,
      order: ballot.ordered?.id ?? null,
      receipt: ballot.receipt === null ? null : `${ballot.receipt.node} ${ballot.receipt.how}`,
      fences: fenceFacts(ballot.fences),
      catchUpFrom: ballot.catchUp === null || ballot.catchUp.node === ballot.candidate ? null : ballot.catchUp.node,
      passedOver: ranking.excluded.map((e) => `${e.node} ${e.code}`),
    },
  };
}
