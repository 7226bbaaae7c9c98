/**
 * Taking a live database under management, for the first time or again: exactly one member is open and every other one
 * is there, read-only. The primary is not closed for it: the state names it first, and its agent then takes the key. In
 * any other picture nothing is adopted and the reason is said, because regent cannot know which of two open servers is
 * the right one.
 */
import type { NewEvent } from '../event.ts';
import { type ArbiterDecision, type ArbiterSnapshot, waiting } from './arbiter-snapshot.ts';
import type { DatabaseState, MemberRecord } from './state.ts';

/** @returns the first state of a new term, or why there is none yet */
export function adopt(snapshot: ArbiterSnapshot): ArbiterDecision {
  const { policy, revision } = snapshot.policy;
  if (policy.mode === 'observe') return waiting;
  // The agent of the last primary has not let go of its right yet.
  if (snapshot.primary !== undefined) return waiting;
  const former = snapshot.state;
  if (snapshot.members.length === 0) return waiting;
  const records = policy.members.map((member) => snapshot.members.find((record) => record.node === member.node));
  // A word from before this policy may be about another server process, or a dead agent's: a new one comes, or its lease ends.
  if (records.some((record) => record !== undefined && record.policyRevision !== revision)) return waiting;
  // A server that regent knows is started by its agent, and starts closed; of others nobody knows how they start.
  const isHeard = (record: MemberRecord | undefined) =>
    record !== undefined && (record.serverUp || former !== undefined);
  const absent = policy.members.filter((_, i) => !isHeard(records[i])).map((member) => member.node);
  const open = records.filter((record) => record?.serverUp === true && !record.readOnly);
  const primary = open[0];
  if (absent.length > 0 || open.length !== 1 || primary === undefined) {
    const detail =
      absent.length > 0
        ? `no report ${former === undefined ? 'of a running server ' : ''}from ${absent.join(', ')}`
        : openDetail(open.map((r) => r?.node ?? ''));
    return { kind: 'wait', refusals: [refused(snapshot, detail)] };
  }
  const state: DatabaseState = {
    term: (former?.term ?? 0n) + 1n,
    timing: { ttlMs: policy.ttlMs, marginMs: policy.marginMs },
    primary: primary.node,
    primaryInvocation: primary.serverInvocation,
    phase: 'steady',
    electable: [],
    // Whoever acknowledged may do so still; nothing is claimed before it is proved.
    ackers: (former?.ackers ?? []).filter(({ node }) => node !== primary.node),
    ackersVersion: (former?.ackersVersion ?? 0) + 1,
    unacknowledgedAtProof: null,
    ballot: null,
    unfinished: null,
    receipt: null,
    promotions: former?.promotions ?? [],
    hold: null,
    switchedAtMs: 0,
  };
  const event: NewEvent = {
    name: 'database:primary:adopted',
    subject: policy.name,
    message: `${primary.node} is the one open server and becomes the primary of term ${state.term}; it was not closed`,
    cause: 'a database under a new policy',
    observers: policy.members.map((member) => member.node),
    policyRevision: revision,
    epoch: state.term,
  };
  return { kind: 'write', state, events: [event] };
}

function openDetail(nodes: readonly string[]): string {
  return nodes.length === 0
    ? 'no member is open: open the one that is to be the primary'
    : `${nodes.join(' and ')} are open: close all but one`;
}

function refused(snapshot: ArbiterSnapshot, detail: string): NewEvent {
  return {
    name: 'database:promotion:refused',
    subject: snapshot.policy.policy.name,
    message: `the database is not adopted: ${detail}`,
    cause: 'a database under a new policy',
    refusal: 'PreconditionUnmet',
    policyRevision: snapshot.policy.revision,
    epoch: snapshot.epoch,
  };
}
