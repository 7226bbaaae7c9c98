/** Drain and prove: a candidate that cannot or does not take its key is passed over, and one that held it is never forgotten. */
import test from 'ava';
import { decideArbiter } from '../../../src/core/database/arbiter.ts';
import type { Ballot, BallotAnswer, DatabaseState } from '../../../src/core/database/state.ts';
import { aKey, anAnswer, anArbiter, aPromotion, aRecord, inBallot } from './a-database.ts';

function drained(difference: Partial<BallotAnswer> | null, ballot: Partial<Ballot> = {}, standingMs = 100) {
  const answer = difference === null ? null : anAnswer('north-2', 'drain', difference);
  const members = [aRecord('north-2', { answer })];
  return decideArbiter(anArbiter({ state: inBallot('drain', ballot), members, stateStandingMs: standingMs }));
}

test('a candidate has a step to drain and to take its key', (t) => {
  for (const difference of [null, {}]) {
    t.deepEqual(drained(difference, {}, 4_999), { kind: 'wait', refusals: [] });
  }
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
test('that has drained and does not take its key in time', passedOver, {}, {}, 5_000);
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

const proving: DatabaseState = inBallot(
  'prove',
  {},
  { primary: 'north-2', ackers: [], promotions: [aPromotion('north-2', { term: 5n })] },
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
    ackers: [],
    unfinished: null,
  });
  t.is(decision.state.promotions.length, 1);
});
