/** Poll and freeze: what proves that nothing is lost, what is refused, and who is chosen. */
import test from 'ava';
import { aMember, anAnswer, aPolicy, aPromotion, aReceipt, NODES, records } from './a-database.ts';
import { type Case, lossless, moves, silentAcker, waits, withRecord } from './ballot-cases.ts';

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
  { policy: lossless, in: { unacknowledgedAtProof: null } },
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
  { policy: lossless, in: { ackers: [] } },
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
    in: { ackers: [] },
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
  'when the former primary had a whole TTL to close itself',
  moves,
  'freeze',
  { ...bounded, primaryAbsentForMs: 3_000 },
  { candidate: 'north-3' },
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
