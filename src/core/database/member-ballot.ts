/**
 * What a member does while a ballot is open: answer the poll, freeze, and, if it is the candidate, drain, take the
 * key, open and prove. The former primary may close a ballot that has not chosen by taking its key back. Nobody
 * starts replication while a ballot stands: the freeze is a fence.
 */
import type { DatabaseMember } from '../policy.ts';
import { hasLostProof, noAckers } from './ackers.ts';
import { fenceFacts, fencesInWords } from './fences.ts';
import { lossText } from './loss.ts';
import { act, type MemberDecision, type MemberSnapshot, nothing } from './member-snapshot.ts';
import { mayStart, receiptFor } from './member-start.ts';
import { electableAfter, mayJoin } from './promise.ts';
import { isDrained, withPromotion } from './promotion.ts';
import type { Ballot, DatabaseState } from './state.ts';
import { canTakeBack, isKeyFree, takeBack } from './take-back.ts';

/** A ballot that stands for this many step timeouts has no candidate but perhaps the server that is down. */
const START_AFTER_STEPS = 2;

export function decideInBallot(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const ballot = state.ballot;
  if (ballot === null) return nothing;
  if (canTakeBack(snapshot, state)) return takeBack(snapshot, state);
  if (snapshot.server.invocation === undefined) return whileDown(snapshot, state, ballot);
  const isCandidate = ballot.candidate === snapshot.node;
  switch (ballot.step) {
    case 'poll':
      return hasAnswered(snapshot, state, 'poll')
        ? nothing
        : act({ kind: 'answer', step: 'poll', term: state.term, order: null });
    case 'freeze':
      if (hasAnswered(snapshot, state, 'freeze') || !mayJoin(snapshot, ballot)) return nothing;
      return act({ kind: 'freeze', term: state.term });
    case 'drain':
      if (!isCandidate) return nothing;
      return hasAnswered(snapshot, state, 'drain')
        ? takeOver(snapshot, state, ballot)
        : act({ kind: 'drain', term: state.term, catchUp: catchUpSource(snapshot, ballot) });
    case 'prove':
      return isCandidate ? finish(snapshot, state, ballot) : nothing;
  }
}

function whileDown(snapshot: MemberSnapshot, state: DatabaseState, ballot: Ballot): MemberDecision {
  if (ballot.step === 'prove') {
    return ballot.candidate === snapshot.node ? lostWhileOpening(snapshot, state) : nothing;
  }
  const isFormer = ballot.formerPrimary === snapshot.node;
  if (isFormer && ballot.receipt === null && ballot.step === 'poll') {
    const receipt = receiptFor(snapshot, state);
    return act({ kind: 'issue-receipt', state: { ...state, ballot: { ...ballot, receipt } } });
  }
  const isStuck = snapshot.stateStandingMs > START_AFTER_STEPS * snapshot.policy.policy.stepTimeoutMs;
  const isNeeded = isStuck || (isFormer && hasLostProof(state, snapshot.members));
  return isNeeded && mayStart(snapshot) ? act({ kind: 'start-server', role: 'keep' }) : nothing;
}

/** With its key the drained candidate becomes the recorded primary, before it takes a write (I2). */
function takeOver(snapshot: MemberSnapshot, state: DatabaseState, ballot: Ballot): MemberDecision {
  const { answered } = snapshot;
  const { look, invocation } = snapshot.server;
  if (look === undefined || invocation === undefined || !isKeyFree(snapshot)) return nothing;
  if (answered === undefined || !isDrained(ballot, answered) || !mayJoin(snapshot, ballot)) return nothing;
  const taken: DatabaseState = {
    ...state,
    primary: snapshot.node,
    primaryInvocation: invocation,
    electable: electableAfter(state, snapshot.node),
    promotions: withPromotion(state, ballot, snapshot, answered),
    ...noAckers(state),
    ballot: { ...ballot, step: 'prove' },
    // From here on: a primary that is lost while it opens was one, and the next one after it has to wait (I7).
    switchedAtMs: snapshot.wallMs,
  };
  return act({ kind: 'take-key', term: state.term, state: taken });
}

/** The candidate took its key and lost its server: it may have taken writes, and the next ballot is about them. */
function lostWhileOpening(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision {
  const receipt = receiptFor(snapshot, state);
  return act(
    { kind: 'issue-receipt', state: { ...state, phase: 'steady', ballot: null, receipt, hold: null } },
    {
      name: 'database:receipt:issued',
      subject: snapshot.policy.policy.name,
      message: `the server of ${snapshot.node} is gone, which had taken the key of term ${state.term}`,
      cause: state.ballot?.cause ?? 'a ballot',
      policyRevision: snapshot.policy.revision,
      epoch: state.term,
      facts: { lossMs: state.ballot?.lossMs ?? null, accessMayReappear: state.ballot?.lossMs !== 0 },
    },
  );
}

function finish(snapshot: MemberSnapshot, state: DatabaseState, ballot: Ballot): MemberDecision {
  const { look, invocation } = snapshot.server;
  if (look === undefined || invocation === undefined) return nothing;
  if (invocation !== state.primaryInvocation) return lostWhileOpening(snapshot, state);
  if (!snapshot.holdsRights) {
    return isKeyFree(snapshot) ? act({ kind: 'take-key', term: state.term, state: { ...state } }) : nothing;
  }
  if (look.readOnly) return act({ kind: 'open', waitForAck: false, cause: ballot.cause });
  const closed: DatabaseState = {
    ...state,
    phase: 'steady',
    ballot: null,
    unfinished: null,
    receipt: null,
  };
  return act(
    { kind: 'close-ballot', state: closed },
    {
      name: 'database:ballot:closed',
      subject: snapshot.policy.policy.name,
      message:
        `${snapshot.node} is the primary of term ${state.term}; ${lossText(ballot.lossMs)}${lossInWords(state, ballot)}; ` +
        `${ballot.formerPrimary} writes no more: ${fencesInWords(ballot.fences)}`,
      cause: ballot.cause,
      observers: ballot.polled,
      policyRevision: snapshot.policy.revision,
      epoch: state.term,
      facts: {
        formerPrimary: ballot.formerPrimary,
        lossMs: ballot.lossMs,
        receipt: ballot.receipt === null ? null : `${ballot.receipt.node} ${ballot.receipt.how}`,
        fences: fenceFacts(ballot.fences),
        position: state.promotions[0]?.slavePos ?? '',
        binlogState: state.promotions[0]?.binlogState ?? '',
        order: ballot.ordered?.id ?? null,
        accessMayReappear: ballot.lossMs !== 0,
      },
    },
  );
}

/** What a lossy promotion means for people; which transactions are lost is known when the former primary is back. */
function lossInWords(state: DatabaseState, ballot: Ballot): string {
  if ((ballot.lossMs ?? 0) === 0) return '';
  const position = state.promotions[0]?.slavePos ?? 'an unknown position';
  return (
    `: everything that ${ballot.formerPrimary} wrote after ${position}. Access that was taken away in that time (role ` +
    'removals, password changes, revoked tokens, deleted users) may be there again'
  );
}

function catchUpSource(snapshot: MemberSnapshot, ballot: Ballot): { from: DatabaseMember; until: string } | null {
  if (ballot.catchUp === null || ballot.catchUp.node === snapshot.node) return null;
  const from = snapshot.policy.policy.members.find((m) => m.node === ballot.catchUp?.node);
  return from === undefined ? null : { from, until: ballot.catchUp.until };
}

function hasAnswered(snapshot: MemberSnapshot, state: DatabaseState, step: Ballot['step']): boolean {
  const { answered } = snapshot;
  return answered?.term === state.term && answered.step === step && answered.order === null;
}
