/**
 * Goal: what a fence does not do is seen: a late acknowledgement, a closing that came too late, a promotion that does not say
 * why it was safe. Method: hand-made sights of one failover, north-3 (server 13) to north-2 (server 12).
 */

import test from 'ava';
import type { ReadEvent } from '../../src/audit/event-json.ts';
import type { OpennessChange } from '../demo/database-observer.ts';
import type { Sample } from '../demo/sample.ts';
import { acknowledgedBesideMs, beforeItsClosing, openedElsewhereMs, type Seen, unexplained } from './seen.ts';

const FORMER = 13;

const row = (endMs: number, server: number, ok = true): Sample => ({
  kind: 'row',
  startMs: endMs - 1,
  endMs,
  ok,
  status: ok ? 200 : 0,
  id: `row-${endMs}`,
  detail: '',
  ...(ok ? { server } : {}),
});

const change = (atMs: number, host: string, to: OpennessChange['to']): OpennessChange => ({ atMs, host, to });

const event = (atMs: number, name: string, facts: ReadEvent['facts'] = {}): ReadEvent => ({
  id: `${atMs}-north-2-1`,
  atMs,
  node: 'north-2',
  region: 'north',
  severity: 'info',
  name,
  subject: 'keystone',
  message: 'it happened',
  cause: 'a test',
  facts,
});

const seen = (difference: Partial<Seen>): Seen => ({
  primary: 'north-3',
  faultMs: 0,
  byRoute: [],
  direct: [],
  changes: [],
  events: [],
  ...difference,
});

const testBeside = test.macro({
  exec(t, samples: readonly Sample[], openedMs: number | undefined, expectedMs: number) {
    t.is(acknowledgedBesideMs(samples, FORMER, openedMs), expectedMs);
  },
  title: (name) => `two writers: ${name}`,
});

test('the last late acknowledgement of the former primary', testBeside, [row(120, 13), row(150, 13)], 100, 50);
test('not what came before the other was open', testBeside, [row(90, 13)], 100, 0);
test('not what the new primary takes', testBeside, [row(150, 12)], 100, 0);
test('not what was not acknowledged', testBeside, [row(150, 13, false)], 100, 0);
test('nobody beside it, nothing to count', testBeside, [row(150, 13)], undefined, 0);

test('another server counts from when it is seen open, the former primary never', (t) => {
  const changes = [change(5, 'north-3', 'open'), change(10, 'north-3', 'read-only'), change(20, 'north-2', 'open')];
  t.is(openedElsewhereMs(seen({ changes })), 20);
  t.is(openedElsewhereMs(seen({ changes: changes.slice(0, 2) })), undefined);
});

const testClosing = test.macro({
  exec(t, changes: readonly OpennessChange[], events: readonly ReadEvent[], expected: readonly string[] | undefined) {
    t.deepEqual(beforeItsClosing(seen({ changes, events }), /frozen/), expected);
  },
  title: (name) => `before the closing: ${name}`,
});

const closed = [change(100, 'north-3', 'read-only')];

test(
  'a replica that froze too early',
  testClosing,
  closed,
  [event(99, 'database:member:frozen')],
  ['north-2 database:member:frozen'],
);
test('nothing, when it froze afterwards', testClosing, closed, [event(101, 'database:member:frozen')], []);
test('a server that was never closed is told apart', testClosing, [], [], undefined);

const testUnexplained = test.macro({
  exec(t, fences: readonly string[] | undefined, expected: number) {
    const promotion = event(1, 'database:ballot:closed', fences === undefined ? {} : { fences });
    t.is(unexplained([promotion], ['lease', 'ackers'])?.length, expected);
  },
  title: (name) => `a promotion ${name}`,
});

test('that names what it must is explained', testUnexplained, ['lease north-3', 'ackers north-2'], 0);
test('that leaves one out is not', testUnexplained, ['lease north-3'], 1);
test('that says nothing is not', testUnexplained, undefined, 1);

test('of a promotion any of its events may tell why: who would have written the other one may have been killed', (t) => {
  const chosen = event(1, 'database:ballot:chosen', { fences: ['lease north-3', 'ackers north-2'] });
  t.deepEqual(unexplained([chosen], ['lease', 'ackers']), []);
  t.deepEqual(unexplained([chosen, event(2, 'database:ballot:closed')], ['lease', 'ackers']), []);
});
test('without a promotion nothing was explained', (t) => {
  t.is(unexplained([event(1, 'database:ballot:opened')], []), undefined);
});
