/** Who must promise, until when a promise counts, when it is refused, and who is bound by one. */
import test from 'ava';
import { decideMember } from '../../../src/core/database/member.ts';
import type { MemberAction, MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import {
  boundForMs,
  electableAfter,
  electableNow,
  isBeyondElectable,
  mayJoin,
  mustPromise,
  type PromiseRequest,
  type PromiseView,
  promiseDeadline,
  promisedUntil,
  promiseRefusal,
} from '../../../src/core/database/promise.ts';
import { type Instant, instant } from '../../../src/core/time.ts';
import {
  aBallot,
  aKey,
  aLook,
  aMember,
  anAgent,
  anAnswer,
  aPolicy,
  aReceipt,
  aRecord,
  aState,
  inBallot,
  NODES,
} from './a-database.ts';

const at = (deadlines: Readonly<Record<string, number>>) =>
  new Map<string, Instant>(Object.entries(deadlines).map(([node, ms]) => [node, instant(ms)]));

test('everybody of every list that may stand in the store must promise', (t) => {
  t.deepEqual(mustPromise([['a', 'b']]), ['a', 'b']);
  t.deepEqual(
    mustPromise([
      ['a', 'b'],
      ['b', 'c'],
    ]),
    ['a', 'b', 'c'],
  );
  t.deepEqual(mustPromise([['a'], []]), [], 'a ballot may choose from all');
  t.deepEqual(mustPromise([]), []);
});

test('a promise counts from its sending, with the margin taken off', (t) => {
  t.is(promiseDeadline(instant(10_000), 3_000, 600), instant(12_400));
});

test('promises last until the first of them runs out', (t) => {
  t.is(promisedUntil(['a', 'b'], at({ a: 500, b: 300, c: 100 })), instant(300));
});
test('one promise that is missing ends the right', (t) => {
  t.is(promisedUntil(['a', 'b'], at({ a: 500 })), undefined);
});
test('nobody to promise is no right', (t) => {
  t.is(promisedUntil([], at({ a: 500 })), undefined);
});

test('a member is bound by the longest of its promises, and for a TTL after its start', (t) => {
  const bound = (startedAt: number, promised: readonly number[], now: number) =>
    boundForMs({ startedAt: instant(startedAt), promisedUntil: promised.map(instant) }, 3_000, instant(now));
  t.is(bound(0, [9_000, 10_000], 8_000), 2_000);
  t.is(bound(0, [], 8_000), 0);
  t.is(bound(0, [7_000], 8_000), 0);
  t.is(bound(7_000, [], 8_000), 2_000);
  t.is(bound(7_000, [9_000], 8_000), 2_000);
});

const joins = test.macro({
  exec: (t, ownPromiseForMs: number, receipt: boolean, expected: boolean) => {
    t.is(mayJoin({ ownPromiseForMs }, aBallot('freeze', { receipt: receipt ? aReceipt() : null })), expected);
  },
  title: (name) => `a member ${name}`,
});
test('that promised nothing joins', joins, 0, false, true);
test('that is bound does not join', joins, 1, false, false);
test('that is bound joins on a receipt', joins, 1, true, true);

const request: PromiseRequest = { database: 'keystone', primary: 'north-1', forMs: 3_000, asker: 'p', sequence: 1 };
const view: PromiseView = { node: 'north-2', ttlMs: 3_000, state: aState(), isServerClosed: true };
const answers = test.macro({
  exec: (
    t,
    difference: Partial<PromiseView>,
    expected: ReturnType<typeof promiseRefusal>,
    asked: Partial<PromiseRequest> = {},
  ) => {
    t.is(promiseRefusal({ ...view, ...difference }, { ...request, ...asked }), expected);
  },
  title: (name) => `a promise is ${name}`,
});
test('given to the primary', answers, {}, undefined);
test('given in a poll: the primary may take its key back', answers, { state: inBallot('poll') }, undefined);
test('given after a ballot that was vetoed', answers, { state: aState({ term: 9n }) }, undefined);
for (const step of ['freeze', 'drain'] as const) {
  test(`refused in step ${step}`, answers, { state: inBallot(step) }, 'BallotJoined');
}
test('refused to a former primary', answers, { state: inBallot('prove', {}, { primary: 'south-1' }) }, 'NotThePrimary');
test('refused by the primary itself', answers, { node: 'north-1' }, 'NotThePrimary');
test('refused without a state', answers, { state: undefined }, 'Unknown');
test('refused for longer than the ttl', answers, {}, 'TooLong', { forMs: 3_001 });
test('refused by a member whose server is open', answers, { isServerClosed: false }, 'ServerOpen');

test('electable is who may be promoted, is up and is not quarantined', (t) => {
  t.deepEqual(electableNow(anAgent()), ['north-2', 'north-3', 'south-1']);
  const members = NODES.map((node) => aRecord(node, { serverUp: node !== 'north-2', quarantined: node === 'south-1' }));
  t.deepEqual(electableNow(anAgent({ members })), ['north-3']);
  t.deepEqual(electableNow(anAgent({ members: [] })), []);
  const policy = aPolicy({
    members: NODES.map((node) => aMember(node, node === 'north-3' ? { promote: 'never' } : {})),
  });
  t.deepEqual(electableNow(anAgent({ policy })), ['north-2', 'south-1']);
});

test('the holder writes electable when it differs, and only then', (t) => {
  const state = aState({ electable: ['north-2'] });
  const { action } = decideMember(anAgent({ state }));
  t.deepEqual(action, { kind: 'write-state', state: aState() });
  t.is(decideMember(anAgent()).action.kind, 'none');
});
test('without the key nobody writes electable', (t) => {
  const state = aState({ electable: ['north-2'] });
  const promised = anAgent({ state, holdsRights: false, primary: aKey({ node: 'south-1' }), promisedForMs: 500 });
  t.is(decideMember(promised).action.kind, 'none');
});

test('the taker of a key leaves nobody out but itself', (t) => {
  t.deepEqual(electableAfter(inBallot('drain'), 'north-2'), ['north-3', 'south-1', 'north-1']);
  t.deepEqual(electableAfter(inBallot('drain', {}, { electable: [] }), 'north-2'), []);
});

test('a ballot chooses from electable and the former primary; from all on a receipt, or if nobody was named', (t) => {
  const state = inBallot('freeze', {}, { electable: ['north-2'] });
  const ballot = aBallot('freeze');
  t.false(isBeyondElectable(state, ballot, 'north-2'));
  t.false(isBeyondElectable(state, ballot, 'north-1'));
  t.true(isBeyondElectable(state, ballot, 'south-1'));
  t.false(isBeyondElectable(state, aBallot('freeze', { receipt: aReceipt() }), 'south-1'));
  t.false(isBeyondElectable({ ...state, electable: [] }, ballot, 'south-1'));
});

const primary = test.macro({
  exec: (t, difference: Partial<MemberSnapshot>, expected: MemberAction['kind']) => {
    t.is(decideMember(anAgent({ holdsRights: false, ...difference })).action.kind, expected);
  },
  title: (name) => `a primary without its lease ${name}`,
});
const away = { storeAwayForMs: 60_000, stateStandingMs: 60_000 };
test('stays open by promises while the store is away', primary, { ...away, promisedForMs: 1 }, 'none');
test('closes when a promise has run out', primary, { ...away, promisedForMs: 0 }, 'demote');
test('takes its key again while promises stand', primary, { primary: undefined, promisedForMs: 900 }, 'take-key');
test(
  'stays open by promises during a poll',
  primary,
  { primary: undefined, promisedForMs: 900, state: inBallot('poll') },
  'take-key',
);
test(
  'closes in spite of promises when another one was promoted',
  primary,
  { promisedForMs: 900, state: aState({ primary: 'south-1' }) },
  'demote',
);
test(
  'closes in spite of promises when its server is another one',
  primary,
  { ...away, promisedForMs: 900, server: { invocation: 'north-1#2', look: aLook() } },
  'demote',
);

const waits = test.macro({
  exec: (t, step: 'freeze' | 'drain', difference: Partial<MemberSnapshot>, expected: MemberAction['kind']) => {
    const state = inBallot(step, { receipt: difference.ownPromiseForMs === 2 ? aReceipt() : null });
    const answered = step === 'drain' ? anAnswer('north-2', 'drain') : undefined;
    const agent = anAgent({ node: 'north-2', primary: undefined, state, answered, ...difference });
    t.is(decideMember(agent).action.kind, expected);
  },
  title: (name) => `a member ${name}`,
});
test('does not freeze while it is bound', waits, 'freeze', { ownPromiseForMs: 1 }, 'none');
test('freezes when it is free', waits, 'freeze', { ownPromiseForMs: 0 }, 'freeze');
test('freezes on a receipt, bound or not', waits, 'freeze', { ownPromiseForMs: 2 }, 'freeze');
test('does not take the key while it is bound', waits, 'drain', { ownPromiseForMs: 1 }, 'none');
test('takes the key when it is free', waits, 'drain', { ownPromiseForMs: 0 }, 'take-key');
