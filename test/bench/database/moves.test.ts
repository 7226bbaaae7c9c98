/**
 * Goal: no move is overlooked, and none is excused that a blip within the limit caused. Method: what regent told and what
 * servers answered, beside two blips of which one was stretched.
 */

import test from 'ava';
import { type MadeBlip, movesOf, type Seen } from './moves.ts';

const made = (beganAtMs: number, tookMs: number | null): MadeBlip => ({
  kind: 'freeze',
  host: 'north-3',
  unit: '',
  durationMs: 900,
  pauseMs: 1_000,
  beganAtMs,
  tookMs,
  silenceMs: 900,
  droppedPackets: 0,
  load: 1,
});

const QUIET: Seen = {
  primary: 'north-3',
  events: [],
  changes: [],
  blips: [made(10_000, 900), made(20_000, 1_500)],
  limitMs: 1_100,
  clockMs: { wallMs: 9_000, ms: 500 },
};

const testMoves = test.macro({
  exec: (t, difference: Partial<Seen>, expected: readonly string[]) => {
    const moves = movesOf({ ...QUIET, ...difference });
    t.deepEqual(
      moves.map(({ kind, what, blip, isExcused }) => `${kind}: ${what} ${blip?.beganAtMs} ${isExcused}`),
      expected,
    );
  },
  title: (name) => name ?? '',
});

const told = (
  name: 'database:primary:opened' | 'database:primary:fenced' | 'database:ballot:vetoed',
  atMs: number,
) => ({
  events: [{ name, node: 'north-2', atMs }],
});

test('a quiet run has no moves', testMoves, {}, []);
test('a server that regent opens is a promotion', testMoves, told('database:primary:opened', 11_000), [
  'promotion: north-2 database:primary:opened 10000 false',
]);
test('a server that is fenced is a demotion', testMoves, told('database:primary:fenced', 11_000), [
  'demotion: north-2 database:primary:fenced 10000 false',
]);
test('what a stretched blip moved is excused', testMoves, told('database:primary:opened', 21_000), [
  'promotion: north-2 database:primary:opened 20000 true',
]);
test('a ballot that was vetoed has moved nothing', testMoves, told('database:ballot:vetoed', 11_000), []);
test(
  'what servers answer counts without any word of regent',
  testMoves,
  {
    changes: [
      { host: 'north-3', to: 'read-only', atMs: 2_000 },
      { host: 'north-2', to: 'open', atMs: 2_100 },
    ],
  },
  ['demotion: north-3 was closed 10000 false', 'promotion: north-2 was open 10000 false'],
);
test(
  'a server that does not answer while it is stopped is not closed',
  testMoves,
  {
    changes: [
      { host: 'north-3', to: 'unknown', atMs: 2_000 },
      { host: 'north-3', to: 'open', atMs: 2_900 },
    ],
  },
  [],
);
