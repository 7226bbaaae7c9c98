/**
 * An acker whose primary has fallen silent stops receiving ahead of the ballot, and follows again when it is heard. The
 * policy's ttl is 3 s: the lease is renewed every 600 ms, and the stopping is due after 1.7 s of silence.
 */
import test from 'ava';
import { earlyStopInMs } from '../../../src/core/database/early-stop.ts';
import { decideMember } from '../../../src/core/database/member.ts';
import type { MemberAction, MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import { aBallot, acknowledging, anAgent, aPolicy, aReplicaLook, aReplication, aState } from './a-database.ts';

const DUE_MS = 1_700;
const silent = { node: 'north-2', primaryHeardAgoMs: DUE_MS, receivedStandingMs: 1_000 } as const;
const stopped = {
  invocation: 'north-2#1',
  look: aReplicaLook({
    semiSync: acknowledging,
    replication: aReplication({ receiving: false, connecting: false }),
  }),
};

const does = test.macro((t, difference: Partial<MemberSnapshot>, expected: MemberAction['kind']) => {
  t.is(decideMember(anAgent({ ...silent, ...difference })).action.kind, expected);
});

test('an acker stops receiving once its primary has been silent for long enough', does, {}, 'stop-receiving');
test('not before', does, { primaryHeardAgoMs: DUE_MS - 1 }, 'none');
test('nor while the primary sends something', does, { receivedStandingMs: 999 }, 'none');
test('a primary that never asked for a promise is not silent', does, { primaryHeardAgoMs: undefined }, 'none');
test('one that is silent for two TTLs without a ballot is followed', does, { primaryHeardAgoMs: 6_000 }, 'none');
test('a replica that acknowledges nothing is stopped fast', does, { node: 'north-3' }, 'none');
test(
  'an agent that was stopped in order is silent on purpose',
  does,
  {
    state: aState({ hold: { owner: 'north-1', reason: 'its agent was stopped', sinceMs: 0 } }),
  },
  'none',
);
test('an operator holds the database', does, { hold: { owner: 'ops', reason: 'maintenance' } }, 'none');
test('while the store is away nothing is decided', does, { storeAwayForMs: 1 }, 'none');

test('it stays stopped while the primary is silent', does, { server: stopped }, 'none');
test('it follows again when the primary is heard', does, { server: stopped, primaryHeardAgoMs: 0 }, 'follow');
test('and when no ballot came of it', does, { server: stopped, primaryHeardAgoMs: 6_000 }, 'follow');
test(
  'a ballot goes its way',
  does,
  {
    server: stopped,
    state: aState({ phase: 'ballot', ballot: aBallot('freeze') }),
  },
  'freeze',
);

test('a longer lease is waited for, a shorter one leaves time for two renewals', (t) => {
  const due = (ttlMs: number) =>
    earlyStopInMs(anAgent({ ...silent, primaryHeardAgoMs: 0, policy: aPolicy({ ttlMs }) }));
  t.is(due(10_000), 8_700);
  t.is(due(3_000), DUE_MS);
  t.is(due(2_000), 1_000);
});

test('it is told, with how long nothing came', (t) => {
  const [event] = decideMember(anAgent(silent)).events;
  t.is(event?.name, 'database:member:paused');
  t.is(event?.facts?.silentMs, DUE_MS);
});

const inMs = test.macro((t, difference: Partial<MemberSnapshot>, expected: number | undefined) => {
  t.is(earlyStopInMs(anAgent({ ...silent, ...difference })), expected);
});
test('the agent looks again when it is due', inMs, { primaryHeardAgoMs: 500 }, 1_200);
test('or when nothing has come for long enough', inMs, { receivedStandingMs: 200 }, 800);
test('what is due already wants no look', inMs, {}, undefined);
test('nor does a receiver that is stopped', inMs, { server: stopped, primaryHeardAgoMs: 500 }, undefined);
test('nor a primary that is silent for good', inMs, { primaryHeardAgoMs: 6_000, receivedStandingMs: 0 }, undefined);
