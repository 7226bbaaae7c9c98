/**
 * Goal: the figures say no more than was measured. Method: runs of one fault, with one that went wrong.
 */

import test from 'ava';
import { databaseLines, databaseRow } from './database-report.ts';

const run = (outageMs: number | null, ackedLost: number | null = 0, dualWritableMs: number | null = 0) => ({
  outageMs,
  ackedLost,
  dualWritableMs,
});

test('runs are summed up; losses add, the worst time of two open counts', (t) => {
  t.deepEqual(databaseRow('frozen', [run(7_000), run(9_000, 2, 100), run(8_000, 1, 40)]), {
    fault: 'frozen',
    runs: 3,
    outageMs: { min: 7_000, median: 8_000, p95: 8_900, max: 9_000 },
    ackedLost: 3,
    dualWritableMs: 100,
  });
});

test('one outage that did not end leaves no figure, and says so', (t) => {
  const row = databaseRow('hung', [run(7_000), run(null, null, null)]);
  t.is(row.outageMs, null);
  t.is(row.ackedLost, null);
  t.is(row.dualWritableMs, null);
  t.is(databaseLines({ version: 1, rows: [row] }).at(-1), '| hung | 2 | - | - | - | did not end | unknown | unknown |');
});

test('no run is no figure', (t) => {
  t.throws(() => databaseRow('frozen', []), { instanceOf: RangeError });
});

test('the table is Markdown with figures to the right', (t) => {
  t.deepEqual(databaseLines({ version: 1, rows: [databaseRow('killed', [run(1_234)])] }), [
    '| fault | runs | min s | median s | p95 s | max s | acknowledged lost | two open ms (worst) |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    '| killed | 1 | 1.23 | 1.23 | 1.23 | 1.23 | 0 | 0 |',
  ]);
});
