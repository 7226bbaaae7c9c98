/** The loss account: what is proven, what is measured, and what is refused. */
import test from 'ava';
import { judgeLoss } from '../../../src/core/database/loss.ts';
import type { BallotAnswer } from '../../../src/core/database/state.ts';
import type { DatabaseFailover } from '../../../src/core/policy.ts';
import { aBallot, anAnswer, aPolicy } from './a-database.ts';

const missing = { missing: 'a test' };
const budget = { promote: 'automatic', holdDownMs: 0, maxLossMs: 5_000 } as const;
const measured = (writeProbeAgeMs: number | null, arrivalLagMs: number | null): BallotAnswer =>
  anAnswer('north-3', 'freeze', { writeProbeAgeMs, arrivalLagMs });

const loses = test.macro({
  exec: (t, answers: readonly BallotAnswer[], absentForMs: number, expected: number) => {
    const { policy } = aPolicy({ withinRegion: budget });
    t.deepEqual(judgeLoss(policy, aBallot('freeze', { absentForMs }), answers, true, missing), {
      allowed: true,
      lossMs: expected,
    });
  },
  title: (name) => `the loss is counted ${name}`,
});
test('from the last row that came', loses, [measured(3_000, 0)], 0, 3_000);
test('without the time in which nobody had the right to write', loses, [measured(3_000, 0)], 2_000, 1_000);
test('with the time that the row was on its way', loses, [measured(3_000, 500)], 2_000, 1_500);
test('with the way of a row that came after the key had gone', loses, [measured(1_000, 700)], 2_000, 700);
test(
  'by the best of the rows, which the candidate will have',
  loses,
  [measured(4_000, 0), measured(2_500, 100)],
  2_000,
  600,
);
test('passing over who never saw a row', loses, [measured(null, null), measured(2_500, 0)], 2_000, 500);
test('as one millisecond at least, because nothing is proven', loses, [measured(0, 0)], 2_000, 1);
test('upwards', loses, [measured(2_000.2, 0)], 2_000, 1);
test('up to the budget', loses, [measured(5_000, 0)], 0, 5_000);

const refuses = test.macro({
  exec: (
    t,
    difference: Partial<DatabaseFailover>,
    answers: readonly BallotAnswer[],
    isLocal: boolean,
    code: string,
  ) => {
    const verdict = judgeLoss(aPolicy(difference).policy, aBallot('freeze'), answers, isLocal, missing);
    t.is(verdict.allowed ? 'allowed' : verdict.refusal, code);
  },
  title: (name) => `a promotion is refused ${name}`,
});
test('beyond the budget', refuses, { withinRegion: budget }, [measured(5_001, 0)], true, 'LossBudget');
test(
  'beyond the budget between regions',
  refuses,
  { withinRegion: budget, betweenRegions: { ...budget, maxLossMs: 100 } },
  [measured(101, 0)],
  false,
  'LossBudget',
);
test('when nobody ever saw a row', refuses, { withinRegion: budget }, [measured(null, null)], true, 'LossUnknown');
test(
  'when nobody knows how late a row was',
  refuses,
  { withinRegion: budget },
  [measured(10, null)],
  true,
  'LossUnknown',
);
test('when nobody answered', refuses, { withinRegion: budget }, [], true, 'LossUnknown');
test(
  'without proof where nothing may be lost',
  refuses,
  { durability: 'lossless', withinRegion: budget },
  [measured(0, 0)],
  true,
  'AckersMissing',
);

test('a frozen acker proves that nothing is lost, whatever the rows say', (t) => {
  const { policy } = aPolicy({ durability: 'lossless' });
  t.deepEqual(judgeLoss(policy, aBallot('freeze'), [measured(null, null)], true, 'answered'), {
    allowed: true,
    lossMs: 0,
  });
});
