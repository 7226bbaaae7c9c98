/** Who may be promoted, in which order, and why the others may not. */
import test from 'ava';
import { catchUpFor, isErrant, rankCandidates } from '../../../src/core/database/candidate.ts';
import type { Ballot, DatabaseState, MemberRecord } from '../../../src/core/database/state.ts';
import type { DatabaseFailover } from '../../../src/core/policy.ts';
import { aBallot, aMember, anAnswer, aPolicy, aPromotion, aRecord, inBallot, NODES, records } from './a-database.ts';

interface Case {
  readonly policy?: Partial<DatabaseFailover>;
  readonly ballot?: Partial<Ballot>;
  readonly state?: Partial<DatabaseState>;
  readonly members?: readonly MemberRecord[];
}
function rank({ policy, ballot, state, members }: Case) {
  const inState = inBallot('freeze', ballot, state);
  const ranking = rankCandidates(
    aPolicy(policy).policy,
    inState,
    aBallot('freeze', ballot),
    members ?? records('freeze'),
  );
  return {
    order: ranking.candidates.map(({ member }) => member.node),
    excluded: ranking.excluded.map(({ node, code }) => `${node} ${code}`),
  };
}

test("the former primary's region goes first, then the policy's order", (t) => {
  t.deepEqual(rank({}).order, ['north-2', 'north-3', 'south-1']);
  const members = [...NODES].reverse().map((node) => aMember(node));
  t.deepEqual(rank({ policy: { members } }).order, ['north-3', 'north-2', 'south-1']);
  t.deepEqual(rank({ ballot: { formerPrimary: 'south-9' } }).order, ['north-2', 'north-3', 'south-1']);
});

const excluded = test.macro({
  exec: (t, difference: Case, expected: string) => {
    const { order, excluded: found } = rank(difference);
    t.true(found.includes(expected), found.join(', '));
    t.false(order.includes(expected.split(' ')[0] ?? ''));
  },
  title: (name) => `a member is excluded ${name}`,
});
const only = (node: string, difference: Partial<MemberRecord>) =>
  records('freeze').map((record) =>
    record.node === node ? aRecord(node, { answer: anAnswer(node, 'freeze'), ...difference }) : record,
  );
test(
  'by policy',
  excluded,
  { policy: { members: NODES.map((node) => aMember(node, { promote: 'never' })) } },
  'north-2 PromoteNever',
);
test('that failed in this ballot', excluded, { ballot: { excluded: ['north-2'] } }, 'north-2 DrainTimeout');
test('in quarantine', excluded, { members: only('north-3', { quarantined: true }) }, 'north-3 ErrantTransactions');
test('whose server is down', excluded, {}, 'north-1 ServerDown');
test('that says nothing', excluded, { members: only('north-3', { answer: null }) }, 'north-3 NoAnswer');
test('that is not known', excluded, { members: [] }, 'north-3 NoAnswer');
test(
  'that answered another term',
  excluded,
  { members: only('north-3', { answer: anAnswer('north-3', 'freeze', { term: 4n }) }) },
  'north-3 NoAnswer',
);
test(
  'that answered another step',
  excluded,
  { members: only('north-3', { answer: anAnswer('north-3', 'poll') }) },
  'north-3 NoAnswer',
);
test(
  'with its own code',
  excluded,
  {
    members: only('north-3', { answer: anAnswer('north-3', 'freeze', { ok: false, excluded: 'SqlError' }) }),
  },
  'north-3 SqlError',
);
test(
  'that gives no code',
  excluded,
  {
    members: only('north-3', { answer: anAnswer('north-3', 'freeze', { ok: false }) }),
  },
  'north-3 Incomplete',
);
test(
  'with writes beyond the last promotion',
  excluded,
  {
    state: { promotions: [aPromotion('north-1', { binlogState: '0-101-50' })] },
    members: only('north-3', { answer: anAnswer('north-3', 'freeze', { binlogState: '0-101-50,0-103-51' }) }),
  },
  'north-3 ErrantTransactions',
);

test('what the promoted server wrote itself is the measure and never errant', (t) => {
  const state = inBallot('freeze', {}, { promotions: [aPromotion('north-1')] });
  t.false(isErrant(state, anAnswer('north-1', 'freeze', { binlogState: '0-101-99' })));
  t.false(isErrant(state, anAnswer('north-3', 'freeze', { binlogState: '0-101-99' })));
  t.true(isErrant(state, anAnswer('north-3', 'freeze', { binlogState: '0-101-50,0-102-51' })));
});
test('without a promotion of the recorded primary there is nothing to compare with', (t) => {
  const answer = anAnswer('north-3', 'freeze', { binlogState: '0-103-99' });
  t.false(isErrant(inBallot('freeze'), answer));
  t.false(isErrant(inBallot('drain', {}, { promotions: [aPromotion('north-2')] }), answer));
});

const candidate = { member: aMember('north-2'), answer: anAnswer('north-2', 'freeze'), isLocal: true };
const frozen = (...positions: readonly string[]) =>
  positions.map((receivedPos, index) => ({ node: `other-${index}`, receivedPos }));
test('a candidate that has everything must keep what it has', (t) => {
  t.deepEqual(catchUpFor(candidate, frozen('0-101-50', '0-101-49')), { node: 'north-2', until: '0-101-50' });
});
test('a candidate fetches from the most advanced member', (t) => {
  t.deepEqual(catchUpFor(candidate, frozen('0-101-51', '0-101-53', '0-101-52')), {
    node: 'other-1',
    until: '0-101-53',
  });
});
test('nobody is guessed to be right where positions have no order', (t) => {
  t.is(catchUpFor(candidate, frozen('0-103-50')), 'diverged');
  t.is(catchUpFor(candidate, frozen('0-101-51', '0-101-50,1-1-1')), 'diverged');
});
