/** A switchover: refused before anything is touched, handed over in order, and undone when the candidate does not manage. */
import test from 'ava';
import { decideArbiter } from '../../../src/core/database/arbiter.ts';
import { decideMember } from '../../../src/core/database/member.ts';
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import type { DatabaseOrder } from '../../../src/core/database/order.ts';
import type { BallotAnswer, DatabaseState, MemberRecord } from '../../../src/core/database/state.ts';
import { handedOver } from '../../../src/core/database/switchover-ballot.ts';
import type { RefusalCode } from '../../../src/core/event.ts';
import {
  aLook,
  aMember,
  anAgent,
  anAnswer,
  anArbiter,
  aPolicy,
  aPromotion,
  aRecord,
  aReplicaLook,
  aState,
  inBallot,
  NODES,
  waiting,
} from './a-database.ts';

function anOrder(difference: Partial<DatabaseOrder> = {}): DatabaseOrder {
  const order = { kind: 'switchover', id: 'order-1', to: 'north-2', term: 4n, by: 'root@north-1', atMs: 0 } as const;
  return { ...order, acceptLossMs: null, ...difference };
}

type Members = Readonly<Record<string, Partial<MemberRecord>>>;

/** Everybody has answered the order and is well. */
function members(differences: Members = {}, answer: Partial<BallotAnswer> = {}): readonly MemberRecord[] {
  const given = { term: 4n, order: 'order-1', writeProbeAgeMs: 400, ...answer };
  return NODES.map((node) => {
    const own = node === 'north-1' ? { follows: null, readOnly: false } : { answer: anAnswer(node, 'poll', given) };
    return aRecord(node, { ...own, ...differences[node] });
  });
}

const asked = (difference: Partial<MemberSnapshot> = {}) =>
  decideMember(anAgent({ order: anOrder(), orderStandingMs: 100, members: members(), ...difference }));

test('the primary hands over to the member that was named', (t) => {
  const { action, events } = asked();
  t.like(action, { kind: 'hand-over', to: 'north-2', cause: 'switchover to north-2, ordered by root@north-1' });
  t.like(events[0], { name: 'database:switchover:started', epoch: 5n });
});

test('without a name it is the first of its own region that is ready', (t) => {
  const order = anOrder({ to: null });
  t.like(asked({ order }).action, { kind: 'hand-over', to: 'north-2' });
  const late = members({ 'north-2': { follows: null } });
  t.like(asked({ order, members: late }).action, { kind: 'hand-over', to: 'north-3' });
});

test('the primary goes on with it although its server is closed by an earlier try', (t) => {
  const server = { invocation: 'north-1#1', look: aLook({ readOnly: true, semiSync: waiting }) };
  t.is(asked({ server }).action.kind, 'hand-over');
});

test('a member that was not heard yet is waited for, and the primary goes on with its work', (t) => {
  const silent = members({ 'north-2': { answer: null } });
  t.is(asked({ members: silent }).action.kind, 'none');
  const another = members({}, { order: 'order-0' });
  t.is(asked({ members: another }).action.kind, 'none');
});

const refuses = test.macro({
  exec: (t, difference: Partial<MemberSnapshot>, code: RefusalCode, detail: RegExp) => {
    const { action, events } = asked(difference);
    t.is(action.kind, 'refuse-order');
    t.like(events[0], { name: 'database:switchover:refused', refusal: code, facts: { order: 'order-1' } });
    t.regex(events[0]?.message ?? '', detail);
  },
  title: (name) => `the primary refuses a switchover ${name}`,
});

for (const [name, record, detail] of [
  ['to a member that follows somebody else', { follows: null }, /does not follow north-1/],
  ['to a member that is quarantined', { quarantined: true }, /quarantined/],
  ['to a member whose server is down', { serverUp: false }, /down/],
] as const) {
  test(name, refuses, { members: members({ 'north-2': record }) }, 'NoCandidate', detail);
}
for (const [name, answer, detail] of [
  ['to a member that lags', { writeProbeAgeMs: 2_100 }, /1100 ms behind/],
  ['to a member whose rows come late', { arrivalLagMs: 9_000 }, /behind/],
  ['to a member that never received a probe', { writeProbeAgeMs: null }, /never/],
  ['to a member that says no', { ok: false, excluded: 'SqlError' }, /SqlError/],
] as const) {
  test(name, refuses, { members: members({}, answer) }, 'NoCandidate', detail);
}
test('to itself', refuses, { order: anOrder({ to: 'north-1' }) }, 'NoCandidate', /it is the primary/);
test('to a stranger', refuses, { order: anOrder({ to: 'east-1' }) }, 'NoCandidate', /does not name it/);
test(
  'to a member that is never promoted',
  refuses,
  { policy: aPolicy({ members: NODES.map((n) => aMember(n, n === 'north-2' ? { promote: 'never' } : {})) }) },
  'NoCandidate',
  /never promotes/,
);
test(
  'to a member whose agent does not answer',
  refuses,
  { members: members({ 'north-2': { answer: null } }), orderStandingMs: 1_500 },
  'NoCandidate',
  /did not answer/,
);
test('while an operator holds', refuses, { hold: { owner: 'ops', reason: 'upgrade' } }, 'OnHold', /ops: upgrade/);
test(
  'within the cooldown',
  refuses,
  { state: aState({ promotions: [aPromotion('north-1')], switchedAtMs: 999_000 }), stateStandingMs: 5 },
  'Cooldown',
  /60000 ms/,
);
test(
  'while another server is open',
  refuses,
  { members: members({ 'north-3': { readOnly: false } }) },
  'PreconditionUnmet',
  /north-3 is open/,
);
test('that it could not begin in time', refuses, { orderStandingMs: 5_000 }, 'PreconditionUnmet', /within 5000 ms/);

const usual = test.macro({
  exec: (t, difference: Partial<MemberSnapshot>) => {
    t.false(['hand-over', 'refuse-order', 'answer'].includes(asked(difference).action.kind));
  },
  title: (name) => `nothing is done about an order ${name}`,
});
test('for another term', usual, { order: anOrder({ term: 3n }) });
test('to fail over', usual, { order: anOrder({ kind: 'failover' }) });
test('by a primary without its right', usual, { holdsRights: false, primary: undefined });
test('by a primary whose server was restarted', usual, { server: { invocation: 'north-1#2', look: undefined } });
test('while the store is away', usual, { storeAwayForMs: 1 });
test('in a policy that only observes', usual, { policy: aPolicy({ mode: 'observe' }) });
test('by a replica that is not named', usual, { node: 'north-3' });

test('a replica answers the order once', (t) => {
  const action = { kind: 'answer', step: 'poll', term: 4n, order: 'order-1' } as const;
  t.deepEqual(asked({ node: 'north-2' }).action, action);
  const answered = anAnswer('north-2', 'poll', { term: 4n, order: 'order-1' });
  t.is(asked({ node: 'north-2', answered }).action.kind, 'none');
});

test('an answer to an order is no answer to a ballot', (t) => {
  const answered = anAnswer('north-2', 'poll', { order: 'order-1' });
  t.like(decideMember(anAgent({ node: 'north-2', state: inBallot('poll'), answered })).action, { kind: 'answer' });
});

function begun(): DatabaseState {
  const snapshot = anAgent({ order: anOrder(), members: members() });
  return handedOver(snapshot, aState(), { order: anOrder(), to: 'north-2', cause: 'a switchover' }, '0-101-77');
}

test('the closed primary begins the ballot at drain, with its last position and a receipt', (t) => {
  const state = begun();
  t.is(state.term, 5n);
  t.like(state.ballot, {
    step: 'drain',
    candidate: 'north-2',
    formerPrimary: 'north-1',
    catchUp: { node: 'north-1', until: '0-101-77' },
    lossMs: 0,
    receipt: { how: 'closed', node: 'north-1', serverInvocation: 'north-1#1' },
    ordered: { kind: 'switchover', id: 'order-1', by: 'root@north-1' },
  });
});

test('the former primary does not take its key back while that ballot stands', (t) => {
  const server = { invocation: 'north-1#1', look: aLook({ readOnly: true }) };
  const gone = { holdsRights: false, primary: undefined, server, state: begun() };
  t.is(decideMember(anAgent(gone)).action.kind, 'none');
});

test('a candidate that has not applied the last position is not opened: the switchover is undone', (t) => {
  const answer = anAnswer('north-2', 'drain', { appliedPos: '0-101-76', binlogPos: '0-101-76' });
  const decision = decideArbiter(anArbiter({ state: begun(), members: [aRecord('north-2', { answer })] }));
  if (decision.kind !== 'write') return void t.fail('nothing was written');
  t.like(decision.state, { term: 5n, phase: 'steady', primary: 'north-1', receipt: null, ballot: null });
  t.deepEqual(decision.state.unfinished, { term: 5n, outcome: 'undone' });
  t.is(decision.events[0]?.name, 'database:switchover:undone');
  const server = { invocation: 'north-1#1', look: aLook({ readOnly: true }) };
  const former = { holdsRights: false, primary: undefined, server, state: decision.state };
  t.is(decideMember(anAgent(former)).action.kind, 'take-key');
});

test('a candidate that has applied the last position takes the key, and has a step for it', (t) => {
  const answered = anAnswer('north-2', 'drain', { appliedPos: '0-101-77', binlogPos: '0-101-77' });
  const server = { invocation: 'north-2#1', look: aReplicaLook({ replication: null }) };
  const candidate = { node: 'north-2', primary: undefined, holdsRights: false, server, state: begun(), answered };
  t.like(decideMember(anAgent(candidate)).action, { kind: 'take-key', state: { primary: 'north-2', term: 5n } });
  const arbiter = anArbiter({ state: begun(), members: [aRecord('north-2', { answer: answered })] });
  t.is(decideArbiter({ ...arbiter, stateStandingMs: 4_999 }).kind, 'wait');
  t.like(decideArbiter({ ...arbiter, stateStandingMs: 5_000 }), {
    kind: 'write',
    state: { term: 5n, phase: 'steady', primary: 'north-1', receipt: null },
  });
});
