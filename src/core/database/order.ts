/**
 * An operator's order about one database, and when it is no order (any more). It is data in the global store: the
 * primary's agent carries out a switchover, the arbiter obeys a failover, and both delete it in the transaction that
 * acts on it, so that it is obeyed once. It counts for the one term that it names, because the operator has judged what
 * stood there and nothing later.
 */
import type { NewEvent, RefusalCode } from '../event.ts';
import type { Accepted, DatabaseFailover } from '../policy.ts';
import type { ArbiterDecision, ArbiterSnapshot } from './arbiter-snapshot.ts';
import { type LossVerdict, lossText } from './loss.ts';
import type { Ballot, DatabaseState } from './state.ts';

/** `databases/<db>/order`, created only where none stands. */
export interface DatabaseOrder {
  /** `switchover`: planned, both sides alive; `failover`: the last word in a ballot that waits or refuses. */
  readonly kind: 'switchover' | 'failover';
  /** Names this order in events, in ballots and to the command that follows it. */
  readonly id: string;
  /** The member that is to be promoted; null = the first that can be, by the policy. */
  readonly to: string | null;
  /** The steady term of a switchover, the ballot's term of a failover. */
  readonly term: bigint;
  /** Who gave it. */
  readonly by: string;
  /** Wall time, for people. */
  readonly atMs: number;
  /** Of a failover: how much may be lost, in ms of writes; null = unknown, and accepted. Null in a switchover. */
  readonly acceptLossMs: number | null;
}

/** What a ballot keeps of the order that it obeys. */
export type BallotOrder = Pick<DatabaseOrder, 'kind' | 'id' | 'to' | 'by' | 'acceptLossMs'>;

/** Why something is refused: the rule's code and the case's own facts. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
}

/** `databases/<db>/refused-order`: what became of an order that is gone, for the command that follows it from anywhere. */
export interface RefusedOrder extends Refusal {
  readonly id: string;
}

/** The primary's agent gives up after one step timeout, the arbiter after two: the agent's reason says more. */
const SWITCHOVER_STEPS = 2;
/** A poll that waits for the ackers, a freeze that does, and some. */
const FAILOVER_STEPS = 4;

/**
 * Why the arbiter removes an order that nobody will carry out; undefined while it counts.
 * @param standingMs - for how long the arbiter has seen it stand
 */
export function whyStale(
  order: DatabaseOrder,
  state: DatabaseState | undefined,
  policy: DatabaseFailover,
  standingMs: number,
): Refusal | undefined {
  if (policy.mode === 'observe') return { code: 'ObserveMode', detail: 'the policy only observes' };
  if (state === undefined || state.phase === 'unmanaged') return unmet('the database is not under management');
  if (order.term !== state.term) {
    return { code: 'StaleEpoch', detail: `it was given for term ${order.term}, the database is in term ${state.term}` };
  }
  if (order.kind === 'switchover') {
    if (state.phase === 'ballot') return unmet('a ballot is open');
    if (standingMs < SWITCHOVER_STEPS * policy.stepTimeoutMs) return undefined;
    return unmet(`${state.primary}, the primary, did not begin it in time`);
  }
  if (state.ballot === null) return unmet('no ballot is open');
  if (!isUndecided(state.ballot)) return unmet(`the ballot has chosen ${state.ballot.candidate}`);
  if (standingMs < FAILOVER_STEPS * policy.stepTimeoutMs + policy.ttlMs) return undefined;
  return unmet('the ballot could not choose in time');
}

/** True while the ballot has not chosen: an order may still say what it may accept. */
export function isUndecided(ballot: Ballot): boolean {
  return ballot.step === 'poll' || ballot.step === 'freeze';
}

/** What the ballot keeps of it. */
export function ballotOrder({ kind, id, to, by, acceptLossMs }: DatabaseOrder): BallotOrder {
  return { kind, id, to, by, acceptLossMs };
}

/**
 * The order by which this ballot may accept a loss: the one that stands (`refuseStaleOrder` has let it stand, so it is
 * for this term), or the one that it obeyed before its candidate was passed over.
 */
export function failoverOrder(order: DatabaseOrder | undefined, ballot: Ballot): BallotOrder | undefined {
  if (order?.kind === 'failover') return ballotOrder(order);
  return ballot.ordered?.kind === 'failover' ? ballot.ordered : undefined;
}

/**
 * What an operator's word makes of a verdict about a loss. Only the loss is overridden here; a veto, an errant member, a
 * missing freeze and a missing fence stand where they are judged.
 * @param lossMs - what the answers prove; null = unknown
 */
export function acceptedLoss(
  { acceptLossMs, by }: BallotOrder,
  verdict: LossVerdict,
  lossMs: number | null,
): LossVerdict | { readonly allowed: true; readonly lossMs: null } {
  if (verdict.allowed) return verdict;
  if (acceptLossMs === null || (lossMs !== null && lossMs <= acceptLossMs)) return { allowed: true, lossMs };
  const detail = `${verdict.detail}; ${lossText(lossMs)}, ${by} accepted at most ${acceptLossMs} ms`;
  return { ...verdict, detail };
}

/** First thing that an arbiter decides: an order that nobody will carry out goes, and is told as refused. */
export function refuseStaleOrder(snapshot: ArbiterSnapshot): ArbiterDecision | undefined {
  const { order, policy, state } = snapshot;
  if (order === undefined) return undefined;
  const refusal = whyStale(order, state, policy.policy, snapshot.orderStandingMs);
  if (refusal === undefined) return undefined;
  return {
    kind: 'remove-order',
    refused: { id: order.id, ...refusal },
    events: [orderRefused(order, policy, refusal)],
  };
}

export function orderRefused(order: DatabaseOrder, policy: Accepted<DatabaseFailover>, refusal: Refusal): NewEvent {
  return {
    name: order.kind === 'switchover' ? 'database:switchover:refused' : 'database:failover:refused',
    subject: policy.policy.name,
    message: `the ${order.kind} that ${order.by} ordered is refused: ${refusal.detail}`,
    cause: `ordered by ${order.by}`,
    refusal: refusal.code,
    policyRevision: policy.revision,
    epoch: order.term,
    facts: { order: order.id, to: order.to },
  };
}

const unmet = (detail: string): Refusal => ({ code: 'PreconditionUnmet', detail });
