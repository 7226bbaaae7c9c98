/** Poll and freeze: who must have answered, what vetoes, and how a ballot ends without a primary. */
import test from 'ava';
import { POLL_MS } from '../../../src/core/database/ballot.ts';
import { anAnswer, aReceipt, aRecord, NODES, records } from './a-database.ts';
import { type Case, ends, lossless, moves, silentAcker, waits, withRecord } from './ballot-cases.ts';

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
// Its host is frozen, and its record outlives it.
const silentFormer = [...records('poll'), aRecord('north-1')];
test(
  'without a silent former primary once the acker has answered',
  moves,
  'poll',
  { members: silentFormer },
  { step: 'freeze', polled: ['north-2', 'north-3', 'south-1'] },
);
test(
  'for a silent former primary while nobody else proves that nothing is lost',
  waits,
  'poll',
  { members: silentFormer, in: { unacknowledgedAtProof: null } },
  null,
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
    in: { unacknowledgedAtProof: null },
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
    stateStandingMs: 8_000,
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
    stateStandingMs: 8_000,
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

const alone: Case = {
  ballot: { excluded: ['north-2'] },
  members: records('poll', { 'north-3': { ok: false }, 'south-1': { ok: false } }),
};
test(
  'with who failed before, when nobody else is left and time has passed',
  moves,
  'poll',
  { ...alone, stateStandingMs: 5_000 },
  { step: 'poll', excluded: [] },
);
test('for anybody else before that', waits, 'poll', { ...alone, stateStandingMs: 4_999 }, 'NoCandidate');
test(
  'for an acker exactly as long as a step may take',
  moves,
  'poll',
  {
    members: records('poll', { 'north-2': null }),
    ballot: { absentForMs: 3_500 },
    stateStandingMs: 5_000,
  },
  { step: 'freeze' },
);
test(
  'with a veto by a row exactly as old as one may be',
  ends,
  'poll',
  {
    members: records('poll', { 'south-1': { writeProbeAgeMs: 1_000 } }),
  },
  'vetoed',
);
