/** What an operator is told before the last word: who would be promoted, what may be lost, and what stands against it. */
import test from 'ava';
import { standingRefusal } from '../../../src/core/database/standing-refusal.ts';
import type { BallotAnswer } from '../../../src/core/database/state.ts';
import { aBallot, anAcker, aPolicy, inBallot, records } from './a-database.ts';

type Answers = Readonly<Record<string, Partial<BallotAnswer> | null>>;

const { policy } = aPolicy();
const ballot = aBallot('poll', { absentForMs: 3_000 });
const told = (answers: Answers, to: string | null = null) =>
  standingRefusal(policy, inBallot('poll'), ballot, records('poll', answers), to);

test('with the proven acker there nothing is lost', (t) => {
  t.like(told({}), { candidate: 'north-2', lossMs: 0 });
});

test('without it, the loss is what the best answer proves', (t) => {
  const found = told({ 'north-2': null, 'south-1': { writeProbeAgeMs: 9_000 } });
  t.like(found, { candidate: 'north-3', lossMs: 1_010 });
  t.true(found.reasons.includes('AckersMissing: no answer of north-2, which may have acknowledged commits'));
  t.true(found.reasons.includes('north-2 cannot be promoted: NoAnswer'));
});

test('an unknown loss is said as such', (t) => {
  const blind = { writeProbeAgeMs: null, arrivalLagMs: null };
  t.is(told({ 'north-2': null, 'north-3': blind, 'south-1': blind }).lossMs, null);
});

test('an acker that was restarted is no proof', (t) => {
  const state = inBallot('poll', {}, { ackers: [anAcker('north-2', { invocation: 'north-2#0' })] });
  const found = standingRefusal(policy, state, ballot, records('poll'), null);
  t.is(found.lossMs, 1_010);
});

test('the named member is the candidate, and one that cannot be is none', (t) => {
  t.is(told({}, 'north-3').candidate, 'north-3');
  t.is(told({ 'north-3': { ok: false, excluded: 'SqlError' } }, 'north-3').candidate, null);
});

test('manual promotion and a hold-down are told', (t) => {
  const manual = aPolicy({ betweenRegions: { promote: 'manual', holdDownMs: 9, maxLossMs: 1 } }).policy;
  const { reasons } = standingRefusal(manual, inBallot('poll'), ballot, records('poll'), 'south-1');
  t.true(reasons.includes('ManualPromotion: betweenRegions.promote is manual'));
  t.true(reasons.includes('HoldDown: betweenRegions.holdDown is 9 ms'));
});
