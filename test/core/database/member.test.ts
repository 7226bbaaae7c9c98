/** Whether an open server has the right to be open (F1), and what is not believed. */
import test from 'ava';
import { decideMember } from '../../../src/core/database/member.ts';
import type { MemberAction, MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import { aKey, aLook, anAgent, aPolicy, aReceipt, aReplicaLook, aState, inBallot, waiting } from './a-database.ts';

const closes = test.macro({
  exec: (t, difference: Partial<MemberSnapshot>) => {
    t.is(decideMember(anAgent(difference)).action.kind, 'demote');
  },
  title: (name) => `an open server is closed ${name}`,
});
const stays = test.macro({
  exec: (t, difference: Partial<MemberSnapshot>, expected: MemberAction['kind'] = 'none') => {
    t.is(decideMember(anAgent(difference)).action.kind, expected);
  },
  title: (name) => `a server is not closed ${name}`,
});

const lost: Partial<MemberSnapshot> = { holdsRights: false, primary: undefined };
const open = { invocation: 'north-2#1', look: aReplicaLook({ readOnly: false }) };

test('when its lease is gone', closes, lost);
test('when its lease is gone and the store is away', closes, { ...lost, primary: aKey(), storeAwayForMs: 1 });
test('when its lease is gone and a ballot is open', closes, { ...lost, state: inBallot('poll') });
test('when another one is the primary', closes, { node: 'north-2', server: open });
test("when another one is the primary, also with somebody's lease", closes, {
  node: 'north-2',
  server: open,
  holdsRights: true,
});
test('when it was restarted and somebody opened it', closes, {
  server: { invocation: 'north-1#2', look: aLook() },
});
test('when it has no lease and cannot be asked', closes, {
  ...lost,
  server: { invocation: 'north-1#1', look: undefined },
});
test('when the key of its last agent process stands for too long', closes, {
  holdsRights: false,
  stateStandingMs: 2_401,
});
test('when the key of an earlier boot stands', closes, {
  holdsRights: false,
  primary: aKey({ bootId: 'before' }),
  stateStandingMs: 0,
});
test("when the key is another node's", closes, {
  holdsRights: false,
  primary: aKey({ node: 'south-1', bootId: 'south-1-boot' }),
  stateStandingMs: 0,
});
test('when a receipt says that it is gone', closes, {
  holdsRights: false,
  state: aState({ receipt: aReceipt() }),
  stateStandingMs: 0,
});
test('also when the store went back', closes, { ...lost, notes: { ...anAgent().notes, highestTerm: 9n } });

test('while its lease is held', stays, {});
test('while its lease is held and the store is away', stays, { storeAwayForMs: 60_000 });
test('while its lease is held and it cannot be asked', stays, {
  server: { invocation: 'north-1#1', look: undefined },
});
test(
  'before an adopted primary took its first key',
  stays,
  {
    ...lost,
    state: aState({ switchedAtMs: 0 }),
    stateStandingMs: 60_000,
  },
  'take-key',
);
test(
  'while the hold of an orderly stop stands',
  stays,
  {
    ...lost,
    state: aState({ hold: { owner: 'north-1', reason: 'stopped', sinceMs: 0 } }),
    stateStandingMs: 60_000,
  },
  'take-key',
);
test(
  'right after its agent was restarted within the TTL',
  stays,
  { holdsRights: false, stateStandingMs: 2_400 },
  'take-key',
);
test('that is closed already', stays, {
  ...lost,
  state: inBallot('drain'),
  server: { invocation: 'north-1#1', look: aLook({ readOnly: true }) },
});
test('that is a replica and cannot be asked', stays, {
  node: 'north-2',
  server: { invocation: 'north-2#1', look: undefined },
});
test(
  'that starts and cannot be asked yet',
  stays,
  {
    ...lost,
    state: inBallot('poll'),
    server: { invocation: 'north-1#2', look: undefined },
  },
  'answer',
);
test('that does not run', stays, {
  ...lost,
  state: inBallot('drain'),
  server: { invocation: undefined, look: undefined },
});
test('in shadow mode', stays, { ...lost, policy: aPolicy({ mode: 'observe' }) }, 'take-key');
test('of an unmanaged database', stays, { ...lost, state: undefined });

test('while the store is away nothing but closing is decided', (t) => {
  const closed = { invocation: 'north-1#1', look: aLook({ readOnly: true, semiSync: waiting }) };
  t.is(decideMember(anAgent({ server: closed, storeAwayForMs: 1 })).action.kind, 'none');
  t.is(decideMember(anAgent({ server: closed })).action.kind, 'open');
});

test('a store that went back is refused, and nothing is done', (t) => {
  const { action, refusals } = decideMember(
    anAgent({ node: 'south-1', state: inBallot('freeze'), notes: { ...anAgent().notes, highestTerm: 6n } }),
  );
  t.is(action.kind, 'none');
  t.deepEqual(
    refusals.map((event) => event.refusal),
    ['StaleEpoch'],
  );
});
