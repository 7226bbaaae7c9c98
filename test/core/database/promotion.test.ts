/** Drain, open and prove: only a candidate that has everything is opened, and one that held its key is never forgotten. */
import test from 'ava';
import { decideArbiter } from '../../../src/core/database/arbiter.ts';
import type { Ballot, BallotAnswer, DatabaseState } from '../../../src/core/database/state.ts';
import { aKey, anAnswer, anArbiter, aPromotion, aRecord, inBallot, records } from './a-database.ts';

function drained(difference: Partial<BallotAnswer> | null, ballot: Partial<Ballot> = {}, standingMs = 100) {
  const answer = difference === null ? null : anAnswer('north-2', 'drain', difference);
  const members = [aRecord('north-2', { answer })];
  return decideArbiter(anArbiter({ state: inBallot('drain', ballot), members, stateStandingMs: standingMs }));
}

test('a drained candidate is told to open, and its positions are recorded', (t) => {
  const decision = drained({ appliedPos: '0-101-52', binlogPos: '0-101-52', binlogState: '0-101-52' });
  if (decision.kind !== 'write') return void t.fail('nothing was written');
  t.is(decision.state.ballot?.step, 'open');
  t.is(decision.state.primary, 'north-1');
  t.deepEqual(decision.state.promotions, [
    aPromotion('north-2', {
      term: 5n,
      atMs: 1_000_000,
      slavePos: '0-101-52',
      binlogPos: '0-101-52',
      binlogState: '0-101-52',
    }),
  ]);
});

test('eight promotions are kept, the newest first', (t) => {
  const old = Array.from({ length: 8 }, (_, index) => aPromotion('north-1', { term: BigInt(index) }));
  const state = inBallot('drain', {}, { promotions: old });
  const members = [aRecord('north-2', { answer: anAnswer('north-2', 'drain') })];
  const decision = decideArbiter(anArbiter({ state, members }));
  if (decision.kind !== 'write') return void t.fail('nothing was written');
  t.is(decision.state.promotions.length, 8);
  t.is(decision.state.promotions[0]?.term, 5n);
});

const passedOver = test.macro({
  exec: (t, difference: Partial<BallotAnswer> | null, ballot: Partial<Ballot>, standingMs: number) => {
    const decision = drained(difference, ballot, standingMs);
    if (decision.kind !== 'write') return void t.fail('nothing was written');
    t.is(decision.state.term, 5n);
    t.like(decision.state.ballot, { step: 'freeze', candidate: null, catchUp: null, lossMs: null });
    t.deepEqual(decision.state.ballot?.excluded, ['north-2']);
    t.deepEqual(decision.state.promotions, []);
  },
  title: (name) => `a candidate is passed over ${name}`,
});
test('that cannot drain', passedOver, { ok: false, excluded: 'SqlError' }, {}, 100);
test('that does not answer in time', passedOver, null, {}, 5_000);
test(
  'that has not applied what another received',
  passedOver,
  {},
  { catchUp: { node: 'south-1', until: '0-101-51' } },
  100,
);
test(
  'that has lost what it had itself received at the freeze',
  passedOver,
  { appliedPos: '0-101-49', binlogPos: '0-101-49' },
  {},
  100,
);
test('whose ballot does not say what it must have', passedOver, {}, { catchUp: null }, 100);

test('a drain is waited for', (t) => {
  t.deepEqual(drained(null), { kind: 'wait', refusals: [] });
});
test("a former primary's own writes count as applied", (t) => {
  const decision = drained({ appliedPos: '0-103-20', binlogPos: '0-101-50' });
  t.is(decision.kind === 'write' ? decision.state.ballot?.step : undefined, 'open');
});

function opening(difference: { readonly primary?: string; readonly standingMs: number }) {
  return decideArbiter(
    anArbiter({
      state: inBallot(
        'open',
        {},
        { promotions: [aPromotion('north-2', { term: 5n }), aPromotion('north-1', { term: 3n })] },
      ),
      primary: difference.primary === undefined ? undefined : aKey({ node: difference.primary }),
      members: records('drain'),
      stateStandingMs: difference.standingMs,
      primaryAbsentForMs: 8_000,
    }),
  );
}
test('a candidate has a step to take its key', (t) => {
  t.deepEqual(opening({ standingMs: 4_999 }), { kind: 'wait', refusals: [] });
  t.deepEqual(opening({ primary: 'north-2', standingMs: 1_000_000 }), { kind: 'wait', refusals: [] });
});
test('a candidate that never took its key is passed over under a new term, and its promotion did not happen', (t) => {
  const decision = opening({ standingMs: 5_000 });
  if (decision.kind !== 'write') return void t.fail('nothing was written');
  t.is(decision.state.term, 6n);
  t.like(decision.state.ballot, { step: 'poll', candidate: null, catchUp: null, absentForMs: 8_000 });
  t.deepEqual(decision.state.ballot?.polled, []);
  t.deepEqual(decision.state.ballot?.excluded, ['north-2']);
  t.deepEqual(
    decision.state.promotions.map((each) => each.term),
    [3n],
  );
});

const proving: DatabaseState = inBallot(
  'prove',
  {},
  { primary: 'north-2', acker: null, ackerInvocation: null, promotions: [aPromotion('north-2', { term: 5n })] },
);
test('a candidate that proves itself is left alone while its key stands', (t) => {
  const decision = decideArbiter(
    anArbiter({ state: proving, primary: aKey({ node: 'north-2' }), stateStandingMs: 1_000_000 }),
  );
  t.deepEqual(decision, { kind: 'wait', refusals: [] });
});
test('a candidate that lost its key stays the recorded primary, so that the next ballot is about its writes', (t) => {
  const decision = decideArbiter(anArbiter({ state: proving, stateStandingMs: 0 }));
  if (decision.kind !== 'write') return void t.fail('nothing was written');
  t.like(decision.state, {
    phase: 'steady',
    ballot: null,
    primary: 'north-2',
    term: 5n,
    acker: null,
    unfinished: null,
  });
  t.is(decision.state.promotions.length, 1);
});
