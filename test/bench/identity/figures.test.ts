/** Figures of planned switches: spreads, sums, and what counts as reached. */
import test from 'ava';
import { identityBench, identityLines, isReached } from './figures.ts';
import type { SwitchRun } from './switch-run.ts';

const run = (kind: SwitchRun['kind'], tookMs: number, failed = 0): SwitchRun => ({
  kind,
  tookMs,
  requests: 40,
  failed,
  load: 2,
});

test('one row per kind, with the spread and the sums', (t) => {
  const { rows } = identityBench([run('isolate', 100.4), run('isolate', 300), run('return', 200)]);
  t.like(rows, [
    { fault: 'isolate', runs: 2, outageMs: { min: 100, max: 300 }, requests: 80, failedRequests: 0, ackedLost: null },
    { fault: 'return', runs: 1, outageMs: { median: 200 } },
  ]);
  t.deepEqual(identityBench([]), { version: 1, rows: [] });
});

test('a slow switch does not reach its target, and neither does one that fails a request', (t) => {
  const reached = (...runs: readonly SwitchRun[]) => identityBench(runs).rows.map(isReached);
  t.deepEqual(reached(run('isolate', 500)), [true]);
  t.deepEqual(reached(run('isolate', 501)), [false]);
  t.deepEqual(reached(run('isolate', 100, 1)), [false]);
  t.regex(identityLines([run('return', 250)]).join('\n'), /\| return \| 1 \| 0\.25 .* reached \| 40 \| 0 \|/);
});
