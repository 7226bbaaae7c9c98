/** What `npm run simulate` does with its runs: the document, the trace of what was violated, and how to replay it. */
import test from 'ava';
import { Tally } from './ballot/tally.ts';
import { runSimulation } from './command.ts';
import { Results, reportText } from './report.ts';

const quiet = { line: () => {}, progress: () => {} };

test('the document counts what happened', async (t) => {
  const options = { subject: 'ballots', seed: 3, schedules: 4, trace: false, mutations: false } as const;
  const report = await runSimulation(options, '', quiet);
  t.deepEqual(
    { ...report, faultsInjected: {}, ballots: 0, promotions: 0, refusals: 0 },
    {
      version: 1,
      schedules: 4,
      violations: [],
      faultsInjected: {},
      ballots: 0,
      promotions: 0,
      refusals: 0,
      mutationsKilled: 0,
      mutations: 0,
    },
  );
  t.true(report.ballots > 0 && report.promotions > 0 && report.refusals > 0);
  t.true(Object.values(report.faultsInjected).every((count) => count > 0));
  t.deepEqual(await runSimulation(options, '', quiet), report, 'the same seeds give the same document');
});

test('with a trace, every schedule is told', async (t) => {
  const lines: string[] = [];
  const options = { subject: 'elections', seed: 7, schedules: 2, trace: true, mutations: false } as const;
  await runSimulation(options, '', { ...quiet, line: (text) => lines.push(text) });
  t.deepEqual(
    lines.map((line) => line.split('\n')[0]),
    ['seed 7', 'seed 8'],
  );
});

test('a violation is in the document with its seed, its invariant and its time', (t) => {
  const results = new Results();
  results.add(1, { found: [], tally: new Tally() });
  results.add(2, { found: [{ invariant: 'I1', at: 4_711 }], tally: new Tally() });
  t.deepEqual(results.report.violations, [{ seed: 2, invariant: 'I1', at: 4_711 }]);
  t.is(reportText(results.report).at(-1), '1 with a violation');
});
