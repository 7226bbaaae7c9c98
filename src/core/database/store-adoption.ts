/**
 * Believing a store that went back: its state is older than what members have seen, so that no member does anything
 * (`StoreWentBack`), because nobody knows what was decided in between. An operator who says that this store is the one
 * to go on with has the state lifted above every term that was seen. What it says of acknowledgements and of who may be
 * chosen is of the past and counts for nothing any more. An open server keeps open as an adopted one does; with none
 * open a ballot begins, in which every member has its word and the most advanced one's transactions are kept (I2).
 */
import type { DatabaseFailover } from '../policy.ts';
import { newBallot } from './ballot.ts';
import type { DatabaseState, MemberRecord } from './state.ts';

export type StoreAdoptionRefusalCode =
  | 'Unmanaged'
  | 'NotBehind'
  | 'AgentAway'
  | 'SeveralOpen'
  | 'PrimaryUnknown'
  | 'NotFit';

export interface StoreAdoptionRefusal {
  readonly code: StoreAdoptionRefusalCode;
  readonly reason: string;
  readonly remedy: string;
}

export interface StoreAdoptionQuestion {
  readonly policy: DatabaseFailover;
  readonly state: DatabaseState | undefined;
  readonly members: readonly MemberRecord[];
  /** The last primary, by the operator's word; undefined = the one open server. */
  readonly primary: string | undefined;
  /** The operator goes on without those who do not answer. */
  readonly isForced: boolean;
  readonly wallMs: number;
}

export type StoreAdoption =
  | { readonly ok: true; readonly state: DatabaseState }
  | { readonly ok: false; readonly refusals: readonly StoreAdoptionRefusal[] };

export function adoptStore(question: StoreAdoptionQuestion): StoreAdoption {
  const { policy, state } = question;
  if (state === undefined) {
    const remedy = 'there is nothing to adopt; regent adopts a live primary by itself';
    return refused({ code: 'Unmanaged', reason: `the store has no state of ${policy.name}`, remedy });
  }
  const highest = highestSeen(question);
  if (highest <= state.term) {
    const reason = `the store says term ${state.term}, and no member has seen a higher one than ${highest}`;
    return refused({ code: 'NotBehind', reason, remedy: 'nothing stands in the way because of it' });
  }
  const refusals = standing(question);
  const primary = lastPrimary(question);
  if (primary === undefined || refusals.length > 0) return { ok: false, refusals };
  return { ok: true, state: lifted(question, state, highest + 1n, primary) };
}

/** The highest term that a member has seen, by its own word; 0 if nobody has said. */
export function highestSeen({ members }: Pick<StoreAdoptionQuestion, 'members'>): bigint {
  return members.reduce((highest, { seenTerm }) => (seenTerm !== null && seenTerm > highest ? seenTerm : highest), 0n);
}

function openOf({ policy, members }: StoreAdoptionQuestion): readonly MemberRecord[] {
  return members.filter(
    (record) => record.serverUp && !record.readOnly && policy.members.some(({ node }) => node === record.node),
  );
}

function lastPrimary(question: StoreAdoptionQuestion): MemberRecord | undefined {
  const node = question.primary ?? openOf(question)[0]?.node;
  return question.members.find((record) => record.node === node);
}

function standing(question: StoreAdoptionQuestion): readonly StoreAdoptionRefusal[] {
  const { policy, members, primary, isForced } = question;
  const found: StoreAdoptionRefusal[] = [];
  const silent = policy.members
    .map(({ node }) => node)
    .filter((each) => !members.some(({ node, seenTerm }) => node === each && seenTerm !== null));
  if (silent.length > 0 && !isForced) {
    found.push({
      code: 'AgentAway',
      reason: `the agent of ${silent.join(', ')} does not say which terms it has seen`,
      remedy: 'start it; or say --yes, if its server is closed for good',
    });
  }
  const open = openOf(question).map(({ node }) => node);
  const others = open.filter((node) => node !== (primary ?? open[0]));
  if (others.length > 0) {
    found.push({
      code: 'SeveralOpen',
      reason: `${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} open besides ${primary ?? open[0]}`,
      remedy: 'close all but the right one: SET GLOBAL read_only=1',
    });
  }
  return [...found, ...ofPrimary(question)];
}

function ofPrimary(question: StoreAdoptionQuestion): readonly StoreAdoptionRefusal[] {
  const { policy, primary } = question;
  const record = lastPrimary(question);
  if (primary === undefined && record === undefined) {
    const remedy = 'name the one that was the primary last with --primary; regentctl events says who was opened';
    return [{ code: 'PrimaryUnknown', reason: 'no server is open', remedy }];
  }
  const isMember = policy.members.some(({ node }) => node === primary);
  if (primary !== undefined && !isMember) {
    const remedy = `name one of ${policy.members.map(({ node }) => node).join(', ')}`;
    return [{ code: 'PrimaryUnknown', reason: `${primary} is no member of ${policy.name}`, remedy }];
  }
  if (record?.serverUp === true && !record.quarantined && !record.rebuilding) return [];
  const remedy = 'start its server and its agent; without its word nobody knows what is lost';
  return [{ code: 'NotFit', reason: `the server of ${primary} is away, quarantined or being rebuilt`, remedy }];
}

/** Why the ballot stands that an adoption leaves behind. */
export const STORE_ADOPTED = 'the store was adopted by an operator';

/** An invocation that no server has: who was the primary under this state must not open by it. */
const NO_SERVER = '';

function lifted(
  { members, wallMs }: StoreAdoptionQuestion,
  state: DatabaseState,
  term: bigint,
  { node, readOnly, serverInvocation }: MemberRecord,
): DatabaseState {
  // Whoever acknowledges now is of the set, whatever the older state says; nothing is claimed before it is proved.
  const ackers = members
    .filter((member) => member.semiSyncReplica && member.node !== node)
    .map((member) => ({ node: member.node, account: member.account, invocation: member.serverInvocation }));
  const base: DatabaseState = {
    ...state,
    term,
    primary: node,
    electable: [],
    ackers,
    ackersVersion: Math.max(state.ackersVersion, ...members.map((member) => member.ackersVersion ?? 0)) + 1,
    unacknowledgedAtProof: null,
    unfinished: null,
    receipt: null,
    hold: null,
  };
  // Taken as an adopted primary takes it: no ballot opens before it has its key.
  if (!readOnly) {
    return { ...base, primaryInvocation: serverInvocation, phase: 'steady', ballot: null, switchedAtMs: 0 };
  }
  return {
    ...base,
    primaryInvocation: NO_SERVER,
    phase: 'ballot',
    ballot: newBallot({
      formerPrimary: node,
      cause: STORE_ADOPTED,
      receipt: null,
      openedAtMs: wallMs,
      absentForMs: 0,
    }),
  };
}

function refused(refusal: StoreAdoptionRefusal): StoreAdoption {
  return { ok: false, refusals: [refusal] };
}
