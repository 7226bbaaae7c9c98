/**
 * Goal: the figures of a benchmark are what their names say, whatever the order and the number of runs.
 */

import test from 'ava';
import { summarize } from './statistics.ts';

const testSummary = test.macro({
  exec(t, values: readonly number[], expected: readonly number[]) {
    const { runs, min, p10, median, p90, max } = summarize(values);
    t.is(runs, values.length);
    t.deepEqual([min, p10, median, p90, max], expected);
  },
  title: (name) => `${name ?? ''} are summed up`,
});

test('runs in any order', testSummary, [5, 1, 3, 2, 4], [1, 1.4, 3, 4.6, 5]);
test('an even number of runs', testSummary, [10, 20], [10, 11, 15, 19, 20]);
test('numbers that sort differently as text', testSummary, [9, 100, 11], [9, 9.4, 11, 82.2, 100]);
test('runs with one that went wrong', testSummary, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 900], [1, 1, 1, 1, 900]);
test('single runs', testSummary, [7], [7, 7, 7, 7, 7]);

test('no runs, or a run without a result, are no figure', (t) => {
  t.throws(() => summarize([]), { instanceOf: RangeError });
  t.throws(() => summarize([1, Number.NaN]), { instanceOf: RangeError });
});

test('the measurements themselves are left in their order', (t) => {
  const values = [3, 1, 2];
  summarize(values);
  t.deepEqual(values, [3, 1, 2]);
});
