/** Poll and freeze: who must have answered, what vetoes, what proves that nothing is lost, and who is chosen. */
import test from 'ava';
import { decideArbiter } from '../../../src/core/database/arbiter.ts';
import type { ArbiterSnapshot } from '../../../src/core/database/arbiter-snapshot.ts';
import { POLL_MS } from '../../../src/core/database/ballot.ts';
import type { Ballot, DatabaseState, MemberRecord } from '../../../src/core/database/state.ts';
import type { RefusalCode } from '../../../src/core/event.ts';
import {
  aMember,
  anAnswer,
  anArbiter,
  aPolicy,
  aPromotion,
  aReceipt,
  aRecord,
  inBallot,
  NODES,
  records,
} from './a-database.ts';

const lossless = aPolicy({ durability: 'lossless' });
const silentAcker = records('freeze', { 'north-2': null });

/** Records in which one member's is different. */
function withRecord(members: readonly MemberRecord[], node: string, difference: Partial<MemberRecord>) {
  return members.map((record) => (record.node === node ? { ...record, ...difference } : record));
}

type Case = Partial<ArbiterSnapshot> & { readonly ballot?: Partial<Ballot>; readonly in?: Partial<DatabaseState> };

function decide(step: 'poll' | 'freeze', { ballot, in: inState, ...difference }: Case) {
  return decideArbiter(anArbiter({ state: inBallot(step, ballot, inState), members: records(step), ...difference }));
}

const moves = test.macro({
  exec: (t, step: 'poll' | 'freeze', difference: Case, expected: Partial<Ballot>) => {
    const decision = decide(step, difference);
    if (decision.kind !== 'write') return void t.fail('nothing was written');
    t.is(decision.state.phase, 'ballot');
    t.is(decision.state.term, 5n);
    t.like(decision.state.ballot, expected);
  },
  title: (name, step) => `${step}: goes on ${name}`,
});

const waits = test.macro({
  exec: (t, step: 'poll' | 'freeze', difference: Case, code: RefusalCode | null) => {
    const decision = decide(step, difference);
    if (decision.kind !== 'wait') return void t.fail('something was written');
    t.deepEqual(
      decision.refusals.map((event) => event.refusal),
      code === null ? [] : [code],
    );
  },
  title: (name, step) => `${step}: waits ${name}`,
});

const ends = test.macro({
  exec: (t, step: 'poll' | 'freeze', difference: Case, outcome: 'vetoed' | 'abandoned') => {
    const decision = decide(step, difference);
    if (decision.kind !== 'write') return void t.fail('nothing was written');
    t.is(decision.state.phase, 'steady');
    t.is(decision.state.ballot, null);
    t.is(decision.state.primary, 'north-1');
    t.deepEqual(decision.state.unfinished, { term: 5n, outcome });
    t.deepEqual(decision.state.receipt, difference.ballot?.receipt ?? null);
    t.deepEqual(
      decision.events.map((event) => event.name),
      [`database:ballot:${outcome}`],
    );
  },
  title: (name, step) => `${step}: ends ${name}`,
});

// Who must have answered.
test(
  'when everybody has answered',
  moves,
  'poll',
  {},
  { step: 'freeze', polled: ['north-2', 'north-3', 'south-1'], absentForMs: 4_000 },
);
test(
  'for a running server that has not answered',
  waits,
  'poll',
  { members: records('poll', { 'south-1': null }) },
  null,
);
test(
  'without a silent member after its time',
  moves,
  'poll',
  {
    members: records('poll', { 'south-1': null }),
    stateStandingMs: POLL_MS,
  },
  { step: 'freeze', polled: ['north-2', 'north-3'] },
);
test(
  'for a proven acker as long as a step may take',
  waits,
  'poll',
  {
    members: records('poll', { 'north-2': null }),
    ballot: { absentForMs: 3_500 },
    stateStandingMs: 4_999,
  },
  null,
);
test(
  'without an acker that never proved itself',
  moves,
  'poll',
  {
    members: records('poll', { 'north-2': null }),
    in: { ackerInvocation: null },
    ballot: { absentForMs: 3_500 },
    stateStandingMs: POLL_MS,
  },
  { step: 'freeze' },
);
test(
  'not counting answers of another term',
  waits,
  'poll',
  {
    members: records('poll', { 'north-3': { term: 4n } }),
  },
  null,
);
test(
  'not counting answers to another step',
  waits,
  'freeze',
  {
    members: withRecord(records('freeze'), 'north-3', { answer: anAnswer('north-3', 'poll') }),
  },
  null,
);
test('for everybody who answered the poll', waits, 'freeze', { members: records('freeze', { 'south-1': null }) }, null);
test(
  'without a polled member when the step is overdue',
  moves,
  'freeze',
  {
    members: records('freeze', { 'south-1': null }),
    stateStandingMs: 5_000,
  },
  { step: 'drain', candidate: 'north-2' },
);

// Vetoes.
const fresh = { writeProbeAgeMs: 900 };
test(
  'with a veto when a member received a write after the key had gone',
  ends,
  'poll',
  { members: records('poll', { 'south-1': fresh }) },
  'vetoed',
);
test('with a veto in the freeze, too', ends, 'freeze', { members: records('freeze', { 'north-3': fresh }) }, 'vetoed');
test(
  'over a veto with a receipt',
  moves,
  'poll',
  {
    members: records('poll', { 'south-1': fresh }),
    ballot: { receipt: aReceipt() },
  },
  { step: 'freeze' },
);
test(
  'over a row that came before the key went',
  moves,
  'freeze',
  {
    members: records('freeze', { 'north-3': fresh }),
    primaryAbsentForMs: 900,
  },
  { step: 'drain' },
);
test(
  'over a row that is older than a veto may be',
  moves,
  'freeze',
  {
    members: records('freeze', { 'north-3': { writeProbeAgeMs: 1_001 } }),
  },
  { step: 'drain' },
);
test(
  "over the former primary's own rows",
  moves,
  'freeze',
  {
    members: withRecord(records('freeze'), 'north-1', {
      serverUp: true,
      answer: anAnswer('north-1', 'freeze', fresh),
    }),
  },
  { step: 'drain' },
);

// The proof that nothing is lost.
test('losing nothing when the proven acker is frozen', moves, 'freeze', { policy: lossless }, { lossMs: 0 });
test(
  'for the acker when nothing may be lost',
  waits,
  'freeze',
  { policy: lossless, members: silentAcker, ballot: { polled: ['north-3'] } },
  'AckersMissing',
);
test(
  'for a proof when the acker was never proven',
  waits,
  'freeze',
  { policy: lossless, in: { ackerInvocation: null } },
  'AckersMissing',
);
test(
  'for a proof when the server of the acker was restarted',
  waits,
  'freeze',
  {
    policy: lossless,
    members: withRecord(records('freeze'), 'north-2', { serverInvocation: 'north-2#2' }),
  },
  'AckersMissing',
);
test(
  'for a proof when commits waited for nobody',
  waits,
  'freeze',
  { policy: lossless, in: { acker: null } },
  'AckersMissing',
);
test(
  'for a proof when the acker says it is not complete',
  waits,
  'freeze',
  {
    policy: lossless,
    members: records('freeze', { 'north-2': { ok: false, excluded: 'Incomplete' } }),
    ballot: { polled: ['north-3'] },
  },
  'AckersMissing',
);
test(
  'losing nothing when the former primary itself is among the frozen',
  moves,
  'freeze',
  {
    policy: lossless,
    in: { acker: null, ackerInvocation: null },
    members: withRecord(records('freeze'), 'north-1', {
      serverUp: true,
      serverInvocation: 'north-1#2',
      answer: anAnswer('north-1', 'freeze', { receivedPos: '0-101-53' }),
    }),
  },
  { candidate: 'north-1', lossMs: 0, catchUp: { node: 'north-1', until: '0-101-53' } },
);

// Losses within the budget.
const bounded: Case = { members: silentAcker, ballot: { polled: ['north-3'], absentForMs: 3_500 } };
test('within the loss budget', moves, 'freeze', bounded, { candidate: 'north-3', lossMs: 510 });
test(
  'not beyond the loss budget',
  waits,
  'freeze',
  { ...bounded, ballot: { polled: ['north-3'], absentForMs: 2_009 } },
  'LossBudget',
);
test(
  'for a former primary to close itself when nothing fences it',
  waits,
  'freeze',
  { ...bounded, primaryAbsentForMs: 2_999 },
  'HoldDown',
);
test(
  'without that time when a receipt says that its server is gone',
  moves,
  'freeze',
  {
    ...bounded,
    primaryAbsentForMs: 0,
    ballot: { ...bounded.ballot, receipt: aReceipt() },
  },
  { candidate: 'north-3' },
);
test(
  'without that time when the acker is frozen',
  moves,
  'freeze',
  { primaryAbsentForMs: 0 },
  { candidate: 'north-2' },
);

// Who is chosen.
test(
  'with the member of the own region before another one',
  moves,
  'freeze',
  {
    policy: aPolicy({ members: [...NODES].reverse().map((node) => aMember(node)) }),
  },
  { candidate: 'north-3' },
);
test(
  'with another region when the own one has nobody',
  moves,
  'freeze',
  {
    primaryAbsentForMs: 10_000,
    policy: aPolicy({
      members: NODES.map((node) => aMember(node, node.startsWith('north') ? { promote: 'never' } : {})),
    }),
  },
  { candidate: 'south-1', lossMs: 0 },
);
test(
  'for the hold-down between regions',
  waits,
  'freeze',
  {
    primaryAbsentForMs: 9_999,
    policy: aPolicy({
      members: NODES.map((node) => aMember(node, node.startsWith('north') ? { promote: 'never' } : {})),
    }),
  },
  'HoldDown',
);
test(
  'for the operator where promotion is manual',
  waits,
  'freeze',
  {
    policy: aPolicy({ withinRegion: { promote: 'manual', holdDownMs: 0, maxLossMs: 0 } }),
  },
  'ManualPromotion',
);
test(
  'with a candidate that first fetches what another received',
  moves,
  'freeze',
  {
    members: records('freeze', { 'south-1': { receivedPos: '0-101-52' } }),
  },
  { candidate: 'north-2', catchUp: { node: 'south-1', until: '0-101-52' } },
);
test(
  'with a candidate that has everything, and must keep it',
  moves,
  'freeze',
  {},
  {
    candidate: 'north-2',
    catchUp: { node: 'north-2', until: '0-101-50' },
  },
);
test(
  'keeping the absence that the answers were measured against',
  moves,
  'freeze',
  {
    ballot: { absentForMs: 1_234 },
    primaryAbsentForMs: 9_000,
  },
  { absentForMs: 1_234 },
);
test(
  'not counting a quarantined member',
  moves,
  'freeze',
  {
    members: withRecord(
      records('freeze', { 'north-3': { receivedPos: '0-103-50', binlogState: '0-103-50' } }),
      'north-3',
      {
        quarantined: true,
      },
    ),
    ballot: { polled: ['north-2', 'south-1'] },
  },
  { candidate: 'north-2', catchUp: { node: 'north-2', until: '0-101-50' } },
);
test(
  'not counting what a member has beyond the last promotion',
  moves,
  'freeze',
  {
    in: {
      promotions: [
        aPromotion('north-1', { serverId: 101, slavePos: '0-103-40', binlogPos: '0-103-40', binlogState: '0-103-40' }),
      ],
    },
    members: records('freeze', { 'north-3': { receivedPos: '0-103-50', binlogState: '0-103-50,0-101-49' } }),
    ballot: { polled: ['north-2', 'south-1'] },
  },
  { candidate: 'north-2', catchUp: { node: 'north-2', until: '0-101-50' } },
);

// Endings.
test(
  'when the received positions have no order',
  ends,
  'freeze',
  {
    members: records('freeze', { 'north-3': { receivedPos: '0-103-50' } }),
  },
  'abandoned',
);
test(
  'when a freeze is overdue and nothing is allowed',
  ends,
  'freeze',
  {
    policy: lossless,
    members: silentAcker,
    stateStandingMs: 5_000,
  },
  'abandoned',
);
test(
  'and keeps its receipt',
  ends,
  'freeze',
  {
    policy: lossless,
    members: silentAcker,
    stateStandingMs: 5_000,
    ballot: { receipt: aReceipt() },
  },
  'abandoned',
);
test(
  'for a poll that is refused, with everything still running, however long',
  waits,
  'poll',
  {
    policy: lossless,
    members: records('poll', { 'north-2': null }),
    stateStandingMs: 1_000_000,
  },
  'AckersMissing',
);
test(
  'for a member that could be promoted',
  waits,
  'poll',
  {
    members: NODES.map((node) => aRecord(node, { serverUp: false })),
  },
  'NoCandidate',
);
