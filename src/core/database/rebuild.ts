/**
 * Who may be rebuilt from whom: an order replaces a member's data with a copy of a healthy member's. The primary
 * and the member that commits wait for are never taken away, and a copy is taken only from a server whose data is the
 * primary's. Every refusal says what stands in the way and what to do about it.
 */

import type { Hold } from '../holds.ts';
import type { DatabaseFailover } from '../policy.ts';
import { isAcker, isClaimed } from './ackers.ts';
import { hasEnded, type RebuildOrder } from './rebuild-order.ts';
import type { DatabaseState, MemberRecord } from './state.ts';

export type RebuildRefusalCode =
  | 'Unmanaged'
  | 'NotAMember'
  | 'IsPrimary'
  | 'IsAcker'
  | 'BallotOpen'
  | 'OnHold'
  | 'AgentAway'
  | 'NodeWorks'
  | 'NoSource'
  | 'SourceNotClean';

export interface RebuildRefusal {
  readonly code: RebuildRefusalCode;
  readonly reason: string;
  readonly remedy: string;
}

/** Everything that the judgement depends on. */
export interface RebuildQuestion {
  readonly policy: DatabaseFailover;
  readonly state: DatabaseState | undefined;
  /** True while the primary holds its right to be open. */
  readonly hasPrimary: boolean;
  readonly members: readonly MemberRecord[];
  readonly hold: Hold | undefined;
  readonly node: string;
  /** The source that the operator names; undefined = regent chooses. */
  readonly from: string | undefined;
  readonly isForced: boolean;
}

export type RebuildVerdict =
  | { readonly ok: true; readonly from: string; readonly term: bigint }
  | { readonly ok: false; readonly refusals: readonly RebuildRefusal[] };

/** Judges a new order, and an order that is being carried out until its node's server is touched. */
export function judgeRebuild(question: RebuildQuestion): RebuildVerdict {
  const { state, policy, node, from } = question;
  if (state === undefined || state.phase === 'unmanaged') {
    return refused(
      'Unmanaged',
      `database ${policy.name} is not under management`,
      'wait until regent has adopted its primary',
    );
  }
  if (!policy.members.some((member) => member.node === node)) {
    const names = policy.members.map((member) => member.node).join(', ');
    return refused('NotAMember', `${node} is no member of ${policy.name}`, `name one of ${names}`);
  }
  const refusals = [...standing(question, state), ...ofNode(question, state)];
  const source = from ?? bestSource(question, state);
  if (source === undefined) {
    refusals.push({
      code: 'NoSource',
      reason: `no member of ${policy.name} besides ${node} is up and has the primary's data`,
      remedy: 'bring the primary or a replica of it back first',
    });
  } else {
    const why = whyNotClean(question, state, source);
    if (why !== undefined) {
      refusals.push({
        code: 'SourceNotClean',
        reason: why,
        remedy: 'name another source with --from, or leave --from out and let regent choose',
      });
    }
  }
  return refusals.length > 0 || source === undefined
    ? { ok: false, refusals }
    : { ok: true, from: source, term: state.term };
}

/** A source: up, not quarantined, not being rebuilt, and the open primary or a replica that follows it. */
export function whyNotClean(
  { members, policy, node, hasPrimary }: Pick<RebuildQuestion, 'members' | 'policy' | 'node' | 'hasPrimary'>,
  state: DatabaseState,
  source: string,
): string | undefined {
  const record = members.find((member) => member.node === source);
  if (source === node) return `${source} cannot be its own source`;
  if (!policy.members.some((member) => member.node === source)) return `${source} is no member of ${policy.name}`;
  if (record === undefined) return `the agent of ${source} is not registered`;
  if (!record.serverUp) return `the server of ${source} is down`;
  if (record.quarantined) return `${source} has transactions that the primary does not have`;
  if (record.rebuilding) return `${source} is being rebuilt itself`;
  if (source === state.primary) return hasPrimary ? undefined : `${source} does not hold its right to be open`;
  return record.follows === state.primary ? undefined : `${source} does not follow the primary ${state.primary}`;
}

/** Refusals that end an order also after its node has begun; a source that stumbles is noticed by the copying itself. */
const LASTING: readonly RebuildRefusalCode[] = [
  'IsPrimary',
  'IsAcker',
  'BallotOpen',
  'OnHold',
  'NodeWorks',
  'NotAMember',
];

/** What stands in the way now, as sentences with their remedy; empty = nothing. */
export function obstaclesTo(question: RebuildQuestion, hasBegun: boolean): readonly string[] {
  const { policy } = question;
  if (policy.mode === 'observe') return [`${policy.name} is in mode observe: nothing is done; set mode to enforce`];
  const verdict = judgeRebuild(question);
  if (verdict.ok) return [];
  return verdict.refusals
    .filter(({ code }) => !hasBegun || LASTING.includes(code))
    .map(({ reason, remedy }) => `${reason}; ${remedy}`);
}

/**
 * May this source give its data away for an order? Its data must still be the primary's, under the term of the order.
 * @returns why not, or undefined
 */
export function whyNotServed(
  order: RebuildOrder | undefined,
  question: Pick<RebuildQuestion, 'policy' | 'state' | 'members' | 'hasPrimary'>,
  self: string,
): string | undefined {
  const { state } = question;
  if (order === undefined || order.kind === 'discard' || hasEnded(order.phase)) return 'no such order stands';
  if (order.from !== self) return `the order names ${order.from} as its source, not ${self}`;
  if (order.isCancelled) return 'the order was cancelled';
  if (state === undefined || state.term !== order.term)
    return `the order is of term ${order.term}, not of ${state?.term}`;
  if (state.phase === 'ballot') return 'a ballot is open';
  return whyNotClean({ ...question, node: order.node }, state, self);
}

/** What holds for the database as a whole. */
function standing({ policy, hold }: RebuildQuestion, state: DatabaseState): RebuildRefusal[] {
  const found: RebuildRefusal[] = [];
  if (state.phase === 'ballot') {
    found.push({
      code: 'BallotOpen',
      reason: `a ballot for the primary of ${policy.name} is open (term ${state.term})`,
      remedy: 'wait until it has ended; regentctl status shows it',
    });
  }
  if (hold !== undefined) {
    found.push({
      code: 'OnHold',
      reason: `${hold.owner} holds ${hold.scope}: ${hold.reason}`,
      remedy: `ask ${hold.owner}, or wait until the hold ends`,
    });
  }
  if (state.hold !== null) {
    found.push({
      code: 'OnHold',
      reason: `${state.hold.owner} holds ${policy.name}: ${state.hold.reason}`,
      remedy: `start the agent of ${state.hold.owner} again`,
    });
  }
  return found;
}

function ofNode({ node, members, isForced }: RebuildQuestion, state: DatabaseState): RebuildRefusal[] {
  if (state.primary === node) {
    const remedy = 'a primary is never rebuilt; name a replica';
    return [{ code: 'IsPrimary', reason: `${node} is the primary`, remedy }];
  }
  const found: RebuildRefusal[] = [];
  if (isClaimed(state) && isAcker(state, node)) {
    found.push({
      code: 'IsAcker',
      reason: `commits wait for ${node}, and it may have acknowledged what no other member has`,
      remedy: 'stop its server first, and wait until the primary counts on another member',
    });
  }
  const record = members.find((member) => member.node === node);
  if (record === undefined) {
    const remedy = `start regent-agent.service on ${node}: its own agent does the work`;
    return [...found, { code: 'AgentAway', reason: `the agent of ${node} is not registered`, remedy }];
  }
  const works = record.serverUp && !record.quarantined && record.follows === state.primary;
  if (works && !isForced) {
    found.push({
      code: 'NodeWorks',
      reason: `${node} works: it follows ${state.primary} and is not quarantined`,
      remedy: 'say --yes if it is to be rebuilt all the same',
    });
  }
  return found;
}

/** The nearest replica first; one that commits wait for only if there is no other there; the primary last. */
function bestSource(question: RebuildQuestion, state: DatabaseState): string | undefined {
  const { policy, node } = question;
  const region = policy.members.find((member) => member.node === node)?.region;
  const cost = (member: { readonly node: string; readonly region: string }): number =>
    (member.node === state.primary ? 4 : 0) +
    (member.region === region ? 0 : 2) +
    (isAcker(state, member.node) ? 1 : 0);
  return policy.members
    .filter((member) => whyNotClean(question, state, member.node) === undefined)
    .toSorted((a, b) => cost(a) - cost(b))[0]?.node;
}

function refused(code: RebuildRefusalCode, reason: string, remedy: string): RebuildVerdict {
  return { ok: false, refusals: [{ code, reason, remedy }] };
}
