/** A member in a ballot: answers, freezes, drains, and opens only with the key in its hand. */
import test from 'ava';
import { decideMember } from '../../../src/core/database/member.ts';
import type { MemberAction, MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import {
  aKey,
  aLook,
  aMember,
  anAgent,
  anAnswer,
  aPromotion,
  aReceipt,
  aRecord,
  aReplicaLook,
  inBallot,
} from './a-database.ts';

const closed = { invocation: 'north-2#1', look: aReplicaLook({ replication: null }) };
const gone = { invocation: undefined, look: undefined };
const member = (node: string, difference: Partial<MemberSnapshot>): MemberSnapshot =>
  anAgent({ node, primary: undefined, holdsRights: false, ...difference });

const does = test.macro({
  exec: (t, node: string, difference: Partial<MemberSnapshot>, expected: Partial<MemberAction>) => {
    t.like(decideMember(member(node, difference)).action, expected);
  },
  title: (name) => `a member ${name}`,
});

for (const [step, kind] of [
  ['poll', 'answer'],
  ['freeze', 'freeze'],
] as const) {
  test(`answers the ${step}`, does, 'south-1', { state: inBallot(step) }, { kind, term: 5n });
  test(
    `answers the ${step} once`,
    does,
    'south-1',
    { state: inBallot(step), answered: anAnswer('south-1', step) },
    { kind: 'none' },
  );
  test(
    `answers the ${step} anew under another term`,
    does,
    'south-1',
    { state: inBallot(step), answered: anAnswer('south-1', step, { term: 4n }) },
    { kind },
  );
}
test(
  'answers the freeze although it answered the poll',
  does,
  'south-1',
  {
    state: inBallot('freeze'),
    answered: anAnswer('south-1', 'poll'),
  },
  { kind: 'freeze' },
);
test(
  'that is not the candidate starts nothing while a ballot stands',
  does,
  'south-1',
  { state: inBallot('drain') },
  { kind: 'none' },
);
test(
  'drains as the candidate',
  does,
  'north-2',
  { state: inBallot('drain') },
  { kind: 'drain', term: 5n, catchUp: null },
);
test(
  'fetches first what another one received',
  does,
  'north-2',
  {
    state: inBallot('drain', { catchUp: { node: 'south-1', until: '0-101-52' } }),
  },
  { kind: 'drain', catchUp: { from: aMember('south-1'), until: '0-101-52' } },
);

const drained = anAnswer('north-2', 'drain', {
  appliedPos: '0-101-52',
  binlogPos: '0-101-53',
  binlogState: '0-101-53',
});
test('becomes the recorded primary with its key, before it is open, and says where it stood', (t) => {
  const state = inBallot('drain', {}, { promotions: [aPromotion('north-1')] });
  const { action } = decideMember(member('north-2', { state, server: closed, answered: drained }));
  if (action.kind !== 'take-key') return void t.fail(action.kind);
  t.is(action.term, 5n);
  t.deepEqual(action.state, {
    ...state,
    primary: 'north-2',
    primaryInvocation: 'north-2#1',
    electable: ['north-3', 'south-1', 'north-1'],
    ackers: [],
    ackersVersion: 4,
    unacknowledgedAtProof: null,
    promotions: [
      aPromotion('north-2', {
        term: 5n,
        slavePos: '0-101-52',
        binlogPos: '0-101-53',
        binlogState: '0-101-53',
        atMs: 1_000_000,
      }),
      aPromotion('north-1'),
    ],
    ballot: { ...state.ballot, step: 'prove' } as typeof state.ballot,
    switchedAtMs: 1_000_000,
  });
});
test(
  'does not take a key that stands',
  does,
  'north-2',
  { state: inBallot('drain'), server: closed, answered: drained, primary: aKey() },
  { kind: 'none' },
);
test(
  'does not take a key for a server that cannot be asked',
  does,
  'north-2',
  {
    state: inBallot('drain'),
    answered: drained,
    server: { invocation: 'north-2#1', look: undefined },
  },
  { kind: 'none' },
);
for (const [name, difference, ballot] of [
  ['has not applied what another one received', { appliedPos: '0-101-49', binlogPos: '0-101-49' }, {}],
  ['has lost what it had itself received', {}, { catchUp: { node: 'south-1', until: '0-101-51' } }],
  ['could not drain', { ok: false, excluded: 'SqlError' }, {}],
  ['is not told what it must have', {}, { catchUp: null }],
] as const) {
  test(
    `that ${name} takes no key`,
    does,
    'north-2',
    { state: inBallot('drain', ballot), server: closed, answered: anAnswer('north-2', 'drain', difference) },
    { kind: 'none' },
  );
}
test(
  "takes its key with its own writes counted, which are in a former primary's binary log only",
  does,
  'north-2',
  {
    state: inBallot('drain'),
    server: closed,
    answered: anAnswer('north-2', 'drain', { appliedPos: '0-103-20', binlogPos: '0-101-50' }),
  },
  { kind: 'take-key' },
);
test('keeps eight promotions on record, the newest first', (t) => {
  const promotions = Array.from({ length: 8 }, (_, index) => aPromotion('north-1', { term: BigInt(index) }));
  const state = inBallot('drain', {}, { promotions });
  const { action } = decideMember(member('north-2', { state, server: closed, answered: drained }));
  if (action.kind !== 'take-key') return void t.fail(action.kind);
  t.is(action.state.promotions.length, 8);
  t.is(action.state.promotions[0]?.term, 5n);
});

const taken = inBallot('prove', {}, { primary: 'north-2', primaryInvocation: 'north-2#1', ackers: [] });
const own = aKey({ node: 'north-2', term: 5n, bootId: 'north-2-boot', serverInvocation: 'north-2#1' });
test(
  'opens with its key, waiting for nobody',
  does,
  'north-2',
  { state: taken, server: closed, primary: own, holdsRights: true },
  {
    kind: 'open',
    waitForAck: false,
  },
);
test(
  'does not open without its right',
  does,
  'north-2',
  { state: taken, server: closed, primary: own },
  { kind: 'take-key' },
);
test(
  "does not open while the key is another's",
  does,
  'north-2',
  { state: taken, server: closed, primary: aKey() },
  { kind: 'none' },
);
test(
  'closes an open server whose right is gone, in the middle of the proof',
  does,
  'north-2',
  {
    state: taken,
    server: { invocation: 'north-2#1', look: aLook({ serverId: 102 }) },
  },
  { kind: 'demote' },
);
test('proves and ends the ballot', (t) => {
  const server = { invocation: 'north-2#1', look: aLook({ serverId: 102 }) };
  const { action, events } = decideMember(member('north-2', { state: taken, server, primary: own, holdsRights: true }));
  if (action.kind !== 'close-ballot') return void t.fail(action.kind);
  t.deepEqual(action.state, { ...taken, phase: 'steady', ballot: null });
  t.deepEqual(
    events.map((event) => event.name),
    ['database:ballot:closed'],
  );
  t.deepEqual(events[0]?.facts?.fences, ['lease north-1']);
  t.regex(events[0]?.message ?? '', /north-1 writes no more: the lease of north-1 is over/);
});
test('says what may be lost', (t) => {
  const state = { ...taken, ballot: { ...inBallot('prove').ballot, lossMs: 1_200 } as typeof taken.ballot };
  const server = { invocation: 'north-2#1', look: aLook({ serverId: 102 }) };
  const { events } = decideMember(member('north-2', { state, server, primary: own, holdsRights: true }));
  t.like(events[0]?.facts, { lossMs: 1_200, accessMayReappear: true });
  t.regex(events[0]?.message ?? '', /everything that north-1 wrote after .*role removals, password changes/);
});
for (const [name, server] of [
  ['gone', gone],
  ['restarted', { ...closed, invocation: 'north-2#2' }],
] as const) {
  test(`whose server is ${name} after it took its key gives it up, and stays the recorded primary`, (t) => {
    const { action } = decideMember(member('north-2', { state: taken, server, primary: own, holdsRights: true }));
    if (action.kind !== 'issue-receipt') return void t.fail(action.kind);
    t.like(action.state, { phase: 'steady', ballot: null, primary: 'north-2', term: 5n });
    t.like(action.state.receipt, { node: 'north-2', serverInvocation: 'north-2#1' });
  });
}

test('that was the primary takes its key back before a candidate is chosen', (t) => {
  const state = inBallot('freeze');
  const server = { invocation: 'north-1#1', look: aLook({ readOnly: true }) };
  const { action } = decideMember(member('north-1', { state, server }));
  if (action.kind !== 'take-key') return void t.fail(action.kind);
  t.deepEqual(action.state, { ...state, phase: 'steady', ballot: null, unfinished: { term: 5n, outcome: 'retaken' } });
});
test('that was the primary says in the poll that its server is gone', (t) => {
  const state = inBallot('poll');
  const { action } = decideMember(member('north-1', { state, server: gone }));
  if (action.kind !== 'issue-receipt') return void t.fail(action.kind);
  t.deepEqual(action.state.ballot?.receipt, aReceipt({ term: 5n, atMs: 1_000_000 }));
  t.is(action.state.phase, 'ballot');
});
test(
  'that was the primary writes one receipt',
  does,
  'north-1',
  {
    state: inBallot('poll', { receipt: aReceipt() }),
    server: gone,
  },
  { kind: 'none' },
);
test(
  'that was not the primary writes no receipt',
  does,
  'north-2',
  { state: inBallot('poll'), server: gone },
  { kind: 'none' },
);
test(
  'whose server is down starts it only when the ballot is stuck, with all that it had',
  does,
  'north-2',
  {
    state: inBallot('poll'),
    server: gone,
    stateStandingMs: 10_001,
  },
  { kind: 'start-server', role: 'keep' },
);
const lostProof = [aRecord('north-2', { serverInvocation: 'north-2#2' })];
const afterReceipt = inBallot('poll', { receipt: aReceipt() });
test(
  'that was the primary starts its server at once when an acker can prove nothing any more',
  does,
  'north-1',
  { state: afterReceipt, server: gone, members: lostProof },
  { kind: 'start-server', role: 'keep' },
);
test(
  'that was the primary leaves its server down while the ackers may prove that nothing is lost',
  does,
  'north-1',
  { state: afterReceipt, server: gone, members: [aRecord('north-2')] },
  { kind: 'none' },
);
test(
  'does not start a server again at once',
  does,
  'north-2',
  {
    state: inBallot('poll'),
    server: gone,
    stateStandingMs: 10_001,
    notes: { ...anAgent().notes, startedAgoMs: 9_999 },
  },
  { kind: 'none' },
);
test(
  'whose server is down starts nothing while another one proves itself',
  does,
  'south-1',
  {
    state: taken,
    server: gone,
    stateStandingMs: 1_000_000,
  },
  { kind: 'none' },
);
