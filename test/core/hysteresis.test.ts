import test from 'ava';
import { type Move, nextPosition, type Position, type Standing, soonestMs } from '../../src/core/hysteresis.ts';

const limits = { downAfterMs: 2000, upAfterMs: 10_000 };
const nothing: Standing = { downForMs: undefined, upForMs: undefined };

const moves = test.macro((t, now: Position, standing: Partial<Standing>, expected: Move) => {
  t.deepEqual(nextPosition(now, { ...nothing, ...standing }, limits), expected);
});

test(
  'what is up stays up until it was down long enough',
  moves,
  'up',
  { downForMs: 1999 },
  { position: 'up', changesInMs: 1 },
);
test(
  'at exactly the limit it goes down',
  moves,
  'up',
  { downForMs: 2000 },
  { position: 'down', changesInMs: undefined },
);
test(
  'what is down stays down until it was up long enough',
  moves,
  'down',
  { upForMs: 9999 },
  { position: 'down', changesInMs: 1 },
);
test(
  'at exactly the limit it comes up',
  moves,
  'down',
  { upForMs: 10_000 },
  { position: 'up', changesInMs: undefined },
);
test('what is neither moves nothing that is up', moves, 'up', {}, { position: 'up', changesInMs: undefined });
test('what is neither moves nothing that is down', moves, 'down', {}, { position: 'down', changesInMs: undefined });
test('being up does not move what is up', moves, 'up', { upForMs: 99_999 }, { position: 'up', changesInMs: undefined });
test(
  'being down does not move what is down',
  moves,
  'down',
  { downForMs: 99_999 },
  { position: 'down', changesInMs: undefined },
);

test('the soonest of several waits is taken, and waits that never come do not count', (t) => {
  t.is(soonestMs(undefined, 30, 20), 20);
  t.is(soonestMs(undefined, undefined), undefined);
});
