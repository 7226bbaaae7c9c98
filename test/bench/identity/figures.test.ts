/** Figures of planned switches: spreads, sums, and what counts as reached. */
import test from 'ava';
import { identityBench, identityLines, isReached } from './figures.ts';
import type { FilesRun } from './files-run.ts';
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
  const reached = (...runs: readonly SwitchRun[]) => identityBench(runs).rows.map((row) => isReached(row, 2));
  t.deepEqual(reached(run('isolate', 500)), [true]);
  t.deepEqual(reached(run('isolate', 501)), [false]);
  t.deepEqual(reached(run('isolate', 100, 1)), [false]);
  t.regex(identityLines([run('return', 250)]).join('\n'), /\| return \| 1 \| 0\.25 .* reached \| 40 \| 0 \|/);
});

const byFiles = (tookMs: number, failed = 0): FilesRun => ({
  kind: 'isolate by files',
  tookMs,
  perNodeMs: [tookMs / 2, tookMs / 2],
  requests: 100,
  failed,
  load: 2,
});

test('a switch by files has ten seconds for each node, and loses what its restarts lose', (t) => {
  const reached = (...runs: readonly FilesRun[]) => identityBench(runs).rows.map((row) => isReached(row, 2));
  t.deepEqual(reached(byFiles(20_000, 3)), [true]);
  t.deepEqual(reached(byFiles(20_001)), [false]);
  const lines = identityLines([byFiles(16_000, 3), run('isolate', 100)]).join('\n');
  t.regex(lines, /\| isolate by files \| 1 \| 16\.00 .* 20 \| reached \| 100 \| 3 \|/);
  t.regex(lines, /\| isolate \| 1 \| 0\.10 .* 0\.5 \| reached/);
  t.regex(lines, /of 2 nodes: each 8\.0 s/);
});
