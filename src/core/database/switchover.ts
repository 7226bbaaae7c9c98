/**
 * A planned change of primary, judged by the primary's own agent, because it alone may close in order. Until everything
 * that can be known in advance is well, nothing is touched: the members answer the order like a poll, and the candidate
 * is alive, follows, and is not behind. `regentctl database switchover --dry-run` asks the same questions.
 */
import type { Hold } from '../holds.ts';
import type { DatabaseFailover, DatabaseMember } from '../policy.ts';
import { isErrant, regionOf } from './candidate.ts';
import { cooldownRestMs } from './cooldown.ts';
import { act, type MemberDecision, type MemberSnapshot } from './member-snapshot.ts';
import { type DatabaseOrder, orderRefused, type Refusal } from './order.ts';
import type { BallotAnswer, DatabaseState, MemberRecord } from './state.ts';

/** Members that are alive have answered by then. */
const ANSWER_WITHIN_MS = 1_500;
/** A candidate that is further behind would keep the database closed for as long as it needs to catch up. */
const LAG_MAX_MS = 1_000;

export interface SwitchoverFacts {
  readonly policy: DatabaseFailover;
  readonly state: DatabaseState;
  readonly members: readonly MemberRecord[];
  readonly hold: Pick<Hold, 'owner' | 'reason'> | undefined;
  /** True while the recorded primary holds its right. */
  readonly isOpen: boolean;
  readonly wallMs: number;
  /** For how long the reader has seen the state unchanged. */
  readonly standingMs: number;
  /** The named candidate; null = the first of the primary's region. */
  readonly to: string | null;
}

export interface Unfit {
  readonly node: string;
  readonly why: string;
}

/** What a db agent does about a switchover that stands; undefined = its usual work. */
export function decideOnOrder(snapshot: MemberSnapshot, state: DatabaseState): MemberDecision | undefined {
  const { order, node, answered, server } = snapshot;
  if (order?.kind !== 'switchover' || order.term !== state.term || server.look === undefined) return undefined;
  if (state.primary === node) return decideHandOver(snapshot, state, order);
  const isAsked = order.to === null || order.to === node;
  if (!isAsked || answered?.order === order.id) return undefined;
  return act({ kind: 'answer', step: 'poll', term: state.term, order: order.id });
}

/** Goes on where an earlier try ended: the server may be closed already, and is opened again if the order is refused. */
function decideHandOver(
  snapshot: MemberSnapshot,
  state: DatabaseState,
  order: DatabaseOrder,
): MemberDecision | undefined {
  if (snapshot.server.invocation !== state.primaryInvocation || !snapshot.holdsRights) return undefined;
  const verdict = judgeSwitchover(snapshot, state, order);
  if (verdict === 'wait') return undefined;
  if ('code' in verdict) {
    const refused = { id: order.id, ...verdict };
    return act({ kind: 'refuse-order', refused }, orderRefused(order, snapshot.policy, verdict));
  }
  const cause = `switchover to ${verdict.to}, ordered by ${order.by}`;
  return act(
    { kind: 'hand-over', order, to: verdict.to, cause },
    {
      name: 'database:switchover:started',
      subject: snapshot.policy.policy.name,
      message: `${snapshot.node} closed its server and hands over to ${verdict.to} under term ${state.term + 1n}`,
      cause,
      policyRevision: snapshot.policy.revision,
      epoch: state.term + 1n,
      facts: { order: order.id, candidate: verdict.to },
    },
  );
}

function judgeSwitchover(
  snapshot: MemberSnapshot,
  state: DatabaseState,
  order: DatabaseOrder,
): { readonly to: string } | Refusal | 'wait' {
  const { members, hold, wallMs, stateStandingMs: standingMs, orderStandingMs } = snapshot;
  const { policy } = snapshot.policy;
  const facts = { policy, state, members, hold, wallMs, standingMs, to: order.to, isOpen: true };
  const [obstacle] = obstacles(facts);
  if (obstacle !== undefined) return obstacle;
  if (orderStandingMs >= policy.stepTimeoutMs) return unmet(`it was not begun within ${policy.stepTimeoutMs} ms`);
  const { fit, unfit } = switchoverCandidates(facts);
  const found: Unfit[] = [...unfit];
  for (const { node } of fit) {
    const answer = members.find((m) => m.node === node)?.answer;
    if (answer?.order !== order.id) {
      if (orderStandingMs < ANSWER_WITHIN_MS) return 'wait';
      found.push({ node, why: 'its agent did not answer' });
      continue;
    }
    const why = whyNotReady(answer, state, policy);
    if (why === undefined) return { to: node };
    found.push({ node, why });
  }
  return { code: 'NoCandidate', detail: found.map(({ node, why }) => `${node}: ${why}`).join('; ') };
}

/** What stands against any switchover of this database now; empty = nothing. */
export function obstacles({ policy, state, members, hold, isOpen, ...time }: SwitchoverFacts): readonly Refusal[] {
  const found: Refusal[] = [];
  if (policy.mode === 'observe') found.push({ code: 'ObserveMode', detail: 'the policy only observes' });
  if (state.phase === 'ballot') found.push(unmet(`a ballot is open: ${state.ballot?.cause}`));
  else if (!isOpen) found.push(unmet(`${state.primary}, the primary, does not hold its right to be open`));
  if (hold !== undefined) found.push({ code: 'OnHold', detail: `held by ${hold.owner}: ${hold.reason}` });
  if (state.hold !== null) found.push({ code: 'OnHold', detail: `held by ${state.hold.owner}: ${state.hold.reason}` });
  const restMs = cooldownRestMs(policy, state, time);
  if (restMs > 0) {
    found.push({ code: 'Cooldown', detail: `the last switch was less than ${policy.cooldownMs} ms ago` });
  }
  const others = members.filter((m) => m.node !== state.primary && m.serverUp && !m.readOnly);
  if (others.length > 0) found.push(unmet(`${others.map((m) => m.node).join(' and ')} is open as well`));
  return found;
}

/** Who could be the candidate by what is in the store, best first, and why each of the others could not. */
export function switchoverCandidates({ policy, state, members, to }: SwitchoverFacts): {
  readonly fit: readonly DatabaseMember[];
  readonly unfit: readonly Unfit[];
} {
  const home = regionOf(policy, state.primary);
  const asked = policy.members.filter((m) =>
    to === null ? m.region === home && m.node !== state.primary : m.node === to,
  );
  if (asked.length === 0) {
    const why = to === null ? 'no other member is in its region; name one' : 'the policy does not name it';
    return { fit: [], unfit: [{ node: to ?? state.primary, why }] };
  }
  const judged = asked.map((member) => {
    const record = members.find((m) => m.node === member.node);
    return { member, why: whyUnfit(member, record, state) };
  });
  return {
    fit: judged.filter(({ why }) => why === undefined).map(({ member }) => member),
    unfit: judged.flatMap(({ member, why }) => (why === undefined ? [] : [{ node: member.node, why }])),
  };
}

function whyUnfit(
  { node, promote }: DatabaseMember,
  record: MemberRecord | undefined,
  { primary }: DatabaseState,
): string | undefined {
  if (node === primary) return 'it is the primary';
  if (promote === 'never') return 'the policy never promotes it';
  if (record === undefined) return 'its agent is not registered';
  if (!record.serverUp) return 'its server is down';
  if (record.quarantined) return 'it is quarantined';
  return record.follows === primary ? undefined : `it does not follow ${primary} with both threads`;
}

/** A row is looked for as often as one is written, so either age may be that much higher than the lag. */
function whyNotReady(answer: BallotAnswer, state: DatabaseState, { writeProbe }: DatabaseFailover): string | undefined {
  if (!answer.ok) return `it cannot be promoted: ${answer.excluded}`;
  if (isErrant(state, answer)) return 'it has transactions that the primary does not have';
  if (answer.writeProbeAgeMs === null || answer.arrivalLagMs === null) return 'it has never received a write probe';
  const behindMs = Math.max(answer.writeProbeAgeMs, answer.arrivalLagMs) - writeProbe.everyMs;
  return behindMs > LAG_MAX_MS ? `it is ${Math.round(behindMs)} ms behind` : undefined;
}

const unmet = (detail: string): Refusal => ({ code: 'PreconditionUnmet', detail });
