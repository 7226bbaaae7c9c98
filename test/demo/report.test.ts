/**
 * Goal: the report has exactly the promised form, and nothing that breaks it is written. Method: one good report, and one
 * difference a row.
 */

import test from 'ava';
import { provingNothing } from './demo.ts';
import { reportText, type ScenarioReport } from './report.ts';
import { scenarioNames } from './scenario.ts';
import { scenarios, systemScenarios } from './scenarios/all.ts';
import { tableRows } from './screen.ts';

const good: ScenarioReport = {
  name: 'database-crash',
  ok: true,
  outageMs: 2_500,
  boundMs: 8_000,
  ackedLost: 0,
  dualWritableMs: 0,
  checks: [{ name: 'writes again', ok: true, detail: '2.5 s' }],
};

test('the report is version 1 with a list of scenarios', (t) => {
  t.deepEqual(JSON.parse(reportText([good])), { version: 1, scenarios: [good] });
});

test('values that make no sense are null', (t) => {
  t.notThrows(() => reportText([{ ...good, outageMs: null, boundMs: null, ackedLost: null, dualWritableMs: null }]));
});

const testRefused = test.macro({
  exec(t, difference: object) {
    t.throws(() => reportText([{ ...good, ...difference }]), { name: 'ZodError' });
  },
  title: (name) => `a report with ${name} is not written`,
});

test('an unknown scenario', testRefused, { name: 'else' });
test('another key', testRefused, { note: '' });
test('a negative outage', testRefused, { outageMs: -1 });
test('no check', testRefused, { checks: [] });
test('a fraction of a millisecond', testRefused, { outageMs: 0.5 });

test('the scenarios are those that are promised, in their order', (t) => {
  t.deepEqual(
    systemScenarios.map((each) => each.name),
    [...scenarioNames],
  );
  t.deepEqual(
    systemScenarios.filter((each) => scenarios.includes(each)),
    [...scenarios],
  );
});

test('the crash, the cut and the loss of a region must fail without regent', (t) => {
  const held = new Map(scenarios.map((each) => [each.name as string, { ...good, name: each.name }]));
  t.deepEqual(provingNothing(scenarios, held), ['database-crash', 'region-cut', 'region-lost']);
  const broken = new Map([...held].map(([name, each]) => [name, { ...each, ok: false }]));
  t.deepEqual(provingNothing(scenarios, broken), []);
});

test('the table shows both columns when there was a control run', (t) => {
  const control = new Map([['database-crash', { ...good, ok: false, outageMs: null }]]);
  t.deepEqual(tableRows([good], control), [
    'scenario        result  outage  bound  lost  two writers  without regent',
    'database-crash  held    2.5 s   8.0 s  0     0 ms         does not end',
  ]);
  t.false(tableRows([good]).join('\n').includes('without'));
});
