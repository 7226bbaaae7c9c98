/**
 * Goal: the report is complete and has the promised form. Method: one row of each kind, as text.
 */

import test from 'ava';
import { type FaultReport, type RowReport, reportJson, reportMarkdown, tableLines } from './report.ts';

const good: RowReport = {
  name: 'host-frozen',
  what: 'the host freezes',
  shows: ['I1', 'I2'],
  verdict: 'held',
  why: '',
  outageMs: 7_412,
  boundMs: 10_500,
  boundFormula: 'ttl + more',
  acked: 812,
  ackedLost: 0,
  dualWritableMs: 0,
  load: 1.25,
  checks: [{ name: 'one database is open', ok: true, detail: 'north-2' }],
  events: ['12:00 opened'],
};

const open: RowReport = { ...good, name: 'write-hung', verdict: 'BROKEN', outageMs: null, ackedLost: null };
const skipped: RowReport = { ...good, name: 'clock', verdict: 'skipped', why: 'no clock', outageMs: null, checks: [] };

const report: FaultReport = {
  version: 1,
  startedAt: '2026-11-21T14:00:00.000Z',
  versions: { etcd: '3.4.23', regent: 'abc' },
  policy: { ttlMs: 5_000 },
  rows: [good, open, skipped],
};

test('the table has one line per row; an outage that did not end is no number', (t) => {
  t.deepEqual(tableLines([good, open, skipped]), [
    'fault        result   outage       bound   lost  two writers  shows',
    'host-frozen  held     7.4 s        10.5 s  0     0 ms         I1 I2',
    'write-hung   BROKEN   did not end  10.5 s  -     0 ms         I1 I2',
    'clock        skipped  -            10.5 s  0     0 ms         I1 I2',
  ]);
});

test('JSON comes back as it was', (t) => {
  t.deepEqual(JSON.parse(reportJson(report)), report);
});

const testRefused = test.macro({
  exec(t, difference: object) {
    t.throws(() => reportJson({ ...report, rows: [{ ...good, ...difference }] }), { name: 'ZodError' });
  },
  title: (name) => `a row with ${name} is not written`,
});

test('a verdict of its own', testRefused, { verdict: 'fine' });
test('another key', testRefused, { note: '' });
test('a negative outage', testRefused, { outageMs: -1 });

test('Markdown says with what it was measured, the table, and for each row its checks and events', (t) => {
  const text = reportMarkdown(report);
  for (const part of [
    'etcd 3.4.23, regent abc',
    'ttlMs 5000',
    '| host-frozen | held | 7.4 s | 10.5 s | 0 | 0 ms | I1 I2 |',
    '## write-hung: BROKEN',
    'Bound: ttl + more = 10.5 s. Load: 1.3.',
    'no clock',
    '- ok: one database is open (north-2)',
    '- event: 12:00 opened',
  ]) {
    t.true(text.includes(part), part);
  }
});
