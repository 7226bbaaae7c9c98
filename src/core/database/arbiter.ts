/**
 * Decides what the arbiter writes next into a database's state: adoption of a live primary, the opening of a ballot
 * when the primary key is gone, and its steps poll → freeze → drain → prove. Each decision is one write that the caller
 * guards with the arbiter's epoch and the state's revision, so that a killed arbiter's successor goes on from what
 * stands in the store (I10). Nothing here opens a server: the candidate does, with the primary key in its hand.
 *
 *   steady ──primary key gone──▶ poll ──all answered, no veto──▶ freeze ──ackers counted, loss judged──▶ drain ──▶ prove
 *     ▲                           │ veto                          │ veto, step timeout                     │ timeout
 *     └───────────────────────────┴───────────────────────────────┘                  next candidate ◀──────┘
 *
 * `drain` ends when the candidate takes its key, and `prove` when it writes `steady` after its proof; only a candidate
 * that never took the key is replaced. Forbidden: drain without a frozen answer of the candidate, but for a
 * switchover: there the closed primary itself has named the candidate and begins the ballot at `drain` (switchover.ts).
 */
import type { NewEvent, RefusalCode } from '../event.ts';
import { adopt } from './adoption.ts';
import { type ArbiterDecision, type ArbiterSnapshot, waiting } from './arbiter-snapshot.ts';
import { decideFreeze, decidePoll, newBallot } from './ballot.ts';
import { cooldownRestMs, isFirstReplacement } from './cooldown.ts';
import { inForce, timingKept } from './management.ts';
import { refuseStaleOrder } from './order.ts';
import { decideDrain, decideProve } from './promotion.ts';
import type { DatabaseState } from './state.ts';

/** A ballot that ended without a primary is not repeated before this many TTLs: a veto that is right stays right. */
const REPEAT_AFTER_TTLS = 2;

/** @returns one write, or the reasons why nothing is written now */
export function decideArbiter(snapshot: ArbiterSnapshot): ArbiterDecision {
  const { state, policy } = snapshot;
  const decision = decide({ ...snapshot, policy: inForce(policy, state) });
  if (decision.kind !== 'wait') return decision;
  return { kind: 'wait', refusals: [...timingKept(policy, state), ...decision.refusals] };
}

function decide(snapshot: ArbiterSnapshot): ArbiterDecision {
  const { state, policy } = snapshot;
  const stale = refuseStaleOrder(snapshot);
  if (stale !== undefined) return stale;
  if (state === undefined || state.phase === 'unmanaged') return adopt(snapshot);
  if (state.phase === 'steady') return decideSteady(snapshot, state);
  if (policy.policy.mode === 'observe') return waiting;
  const ballot = state.ballot;
  if (ballot === null)
    throw new Error('a state in phase ballot has no ballot; whoever wrote it broke its own contract');
  switch (ballot.step) {
    case 'poll':
      return decidePoll(snapshot, state, ballot);
    case 'freeze':
      return decideFreeze(snapshot, state, ballot);
    case 'drain':
      return decideDrain(snapshot, state, ballot);
    case 'prove':
      return decideProve(snapshot, state, ballot);
  }
}

function decideSteady(snapshot: ArbiterSnapshot, state: DatabaseState): ArbiterDecision {
  if (snapshot.primary !== undefined) return waiting;
  const blocked = whyNot(snapshot, state);
  if (blocked === 'too early') return waiting;
  if (blocked !== undefined) return { kind: 'wait', refusals: [refusal(snapshot, blocked.code, blocked.detail)] };
  const receipt = state.receipt;
  const cause =
    receipt === null ? 'the lease of the primary ran out' : `receipt of ${receipt.node}: its mariadbd is gone`;
  const next: DatabaseState = {
    ...state,
    term: state.term + 1n,
    phase: 'ballot',
    receipt: null,
    ballot: newBallot({
      formerPrimary: state.primary,
      cause,
      receipt,
      openedAtMs: snapshot.wallMs,
      absentForMs: snapshot.primaryAbsentForMs,
    }),
  };
  const event: NewEvent = {
    name: 'database:ballot:opened',
    subject: snapshot.policy.policy.name,
    message: `ballot for term ${next.term}: ${cause}`,
    cause,
    policyRevision: snapshot.policy.revision,
    epoch: next.term,
    facts: { formerPrimary: state.primary, receipt: receipt !== null },
  };
  return { kind: 'write', state: next, events: [event] };
}

type Block = { readonly code: RefusalCode; readonly detail: string };

/** @returns undefined when a ballot may open */
function whyNot(snapshot: ArbiterSnapshot, state: DatabaseState): Block | 'too early' | undefined {
  const { policy } = snapshot.policy;
  if (state.switchedAtMs === 0 && state.receipt === null) {
    // Its agent may not know yet that it is managed: nothing would close it.
    if (snapshot.stateStandingMs < policy.ttlMs) return 'too early';
    return { code: 'PreconditionUnmet', detail: `${state.primary} was adopted and has not taken its key yet` };
  }
  const graceMs = state.receipt !== null || snapshot.absenceWitnessed ? 0 : policy.ttlMs;
  if (snapshot.primaryAbsentForMs < graceMs + policy.withinRegion.holdDownMs) return 'too early';
  const ahead = aheadOf(snapshot, state);
  if (ahead !== undefined) return ahead;
  if (state.unfinished !== null && snapshot.stateStandingMs < REPEAT_AFTER_TTLS * policy.ttlMs) return 'too early';
  if (policy.mode === 'observe')
    return { code: 'ObserveMode', detail: 'the policy only observes; a ballot would open now' };
  if (snapshot.hold !== undefined)
    return { code: 'OnHold', detail: `held by ${snapshot.hold.owner}: ${snapshot.hold.reason}` };
  if (state.hold !== null) return { code: 'OnHold', detail: `held by ${state.hold.owner}: ${state.hold.reason}` };
  const standing = { wallMs: snapshot.wallMs, standingMs: snapshot.stateStandingMs };
  if (cooldownRestMs(policy, state, standing) > 0 && !isFirstReplacement(policy, state))
    return { code: 'Cooldown', detail: `the last switch was less than ${policy.cooldownMs} ms ago` };
  return undefined;
}

/** A ballot raises the term, perhaps to one that was decided under before: then members would believe this store again. */
function aheadOf({ members }: ArbiterSnapshot, { term }: DatabaseState): Block | undefined {
  const ahead = members.find(({ seenTerm }) => seenTerm !== null && seenTerm > term);
  if (ahead === undefined) return undefined;
  const detail = `the store says term ${term}, ${ahead.node} has seen ${ahead.seenTerm}: the store went back; regentctl database adopt-store`;
  return { code: 'StaleEpoch', detail };
}

function refusal(snapshot: ArbiterSnapshot, code: RefusalCode, detail: string): NewEvent {
  return {
    name: 'database:promotion:refused',
    subject: snapshot.policy.policy.name,
    message: `no ballot is opened: ${detail}`,
    cause: 'the primary key is gone',
    refusal: code,
    policyRevision: snapshot.policy.revision,
    epoch: snapshot.epoch,
  };
}
