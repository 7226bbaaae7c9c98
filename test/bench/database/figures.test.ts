/**
 * Goal: the figures say no more than was measured. Method: runs of one fault, with one that went wrong.
 */

import test from 'ava';
import { databaseBench, databaseLines, floorOf, isReached, type Judged } from './figures.ts';
import type { RunRecord } from './records.ts';

const FROZEN: Judged = { name: 'frozen', moves: 'the primary', target: { medianMs: 4_500, p95Ms: 6_000 } };
const MOVED: Judged = { name: 'leader-moved', moves: 'nothing', target: { medianMs: 0, p95Ms: 0 } };

const run = (difference: Partial<RunRecord>): RunRecord => ({
  fault: 'frozen',
  at: '2026-11-21T10:00:00.000Z',
  load: 2,
  silenceMs: 4_000,
  healthyMs: 60,
  ackedLost: 0,
  dualWritableMs: 0,
  moved: [],
  steps: [],
  ...difference,
});

test('runs are summed up; losses add, the worst time of two writers counts', (t) => {
  const runs = [
    run({ silenceMs: 3_000 }),
    run({ silenceMs: 5_000, ackedLost: 2, dualWritableMs: 100 }),
    run({ silenceMs: 4_000, ackedLost: 1, dualWritableMs: 40 }),
  ];
  const row = {
    fault: 'frozen',
    runs: 3,
    outageMs: { min: 3_000, median: 4_000, p95: 4_900, max: 5_000 },
    ackedLost: 3,
    dualWritableMs: 100,
  };
  t.deepEqual(databaseBench([FROZEN, MOVED], runs), { version: 1, rows: [row] });
});

test('one outage that did not end leaves no figure, and says so', (t) => {
  const runs = [run({}), run({ silenceMs: null, ackedLost: null })];
  const [row] = databaseBench([FROZEN], runs).rows;
  t.like(row, { outageMs: null, ackedLost: null });
  t.regex(databaseLines([FROZEN], runs)[2] ?? '', /did not end \| 4\.5 \/ 6 \| not reached \| unknown/);
});

const healthy = (silenceMs: number, healthyMs = 60) => run({ fault: 'leader-moved', silenceMs, healthyMs });

test('where nothing may move, what a healthy write takes is no outage', (t) => {
  const outage = (runs: readonly RunRecord[]) => databaseBench([MOVED], runs).rows[0]?.outageMs;
  t.like(outage([healthy(60), healthy(40)]), { median: 0, max: 0 });
  t.like(outage([healthy(61), healthy(40)]), { max: 61 });
});

test('where the primary moves, every silence counts', (t) => {
  t.like(databaseBench([FROZEN], [run({ silenceMs: 50 })]).rows[0], {
    outageMs: { min: 50, median: 50, p95: 50, max: 50 },
  });
});

test('a machine that is too busy is no excuse', (t) => {
  t.is(floorOf([healthy(900, 800)]), 250);
});

const judged = test.macro({
  exec: (t, difference: Partial<RunRecord>, expected: boolean) => {
    const [row] = databaseBench([FROZEN], [run(difference)]).rows;
    t.is(row !== undefined && isReached(FROZEN, row), expected);
  },
  title: (name) => name ?? '',
});

test('in time is reached', judged, {}, true);
test('late is not', judged, { silenceMs: 4_600 }, false);
test('a loss is not', judged, { ackedLost: 1 }, false);
test('a second writer is not', judged, { dualWritableMs: 1 }, false);
test('what could not be audited is not', judged, { ackedLost: null }, false);
