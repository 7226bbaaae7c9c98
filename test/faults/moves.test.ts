/**
 * Goal: what must not move is seen when it moves, by the servers and by regent's own word. Method: hand-made changes.
 */

import test from 'ava';
import type { ReadEvent } from '../../src/audit/event-json.ts';
import type { OpennessChange } from '../demo/database-observer.ts';
import type { Moves } from './row.ts';
import { movesSeen } from './scenario-of.ts';

const change = (host: string, to: OpennessChange['to']): OpennessChange => ({ atMs: 1, host, to });

const event = (name: string): ReadEvent => ({
  id: '1-north-3-1',
  atMs: 1,
  node: 'north-3',
  region: 'north',
  severity: 'info',
  name,
  subject: 'keystone',
  message: 'it happened',
  cause: 'a test',
});

const testMoves = test.macro({
  exec(t, moves: Moves, changes: readonly OpennessChange[], events: readonly string[], count: number) {
    t.is(movesSeen(moves, 'north-3', { changes, events: events.map(event) }).length, count);
  },
  title: (name) => name ?? '',
});

const opened = [change('north-2', 'open')];
const closed = [change('north-3', 'read-only')];

test('a primary that may move may be opened elsewhere', testMoves, 'the primary', opened, [], 0);
test('another server that opens is seen', testMoves, 'not the primary', opened, [], 1);
test('a primary that closes for a while may do so where only it may open', testMoves, 'not the primary', closed, [], 0);
test('a primary that closes is seen where nothing may move', testMoves, 'nothing', closed, [], 1);
test(
  'a primary that does not answer for a moment has not moved',
  testMoves,
  'nothing',
  [change('north-3', 'unknown')],
  [],
  0,
);
test('a route that was applied has moved', testMoves, 'nothing', [], ['route:backend:applied'], 1);
test('an address that changed its owner has moved', testMoves, 'nothing', [], ['vip:owner:changed'], 1);
test('a replica that follows again has not', testMoves, 'nothing', [], ['database:member:followed'], 0);
test('a demotion that no look caught is told by its event', testMoves, 'nothing', [], ['database:primary:demoted'], 1);
