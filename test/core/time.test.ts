import test from 'ava';
import { earliest, elapsedMs, instant, isPast, later, wallTime } from '../../src/core/time.ts';

test('an instant is past from itself on', (t) => {
  const deadline = later(instant(1_000), 500);
  t.false(isPast(deadline, instant(1_499)));
  t.true(isPast(deadline, instant(1_500)));
});

test('elapsed time is negative if the end comes first', (t) => {
  t.is(elapsedMs(instant(5), instant(2)), -3);
});

test('the earliest of some instants is found', (t) => {
  t.is(earliest(instant(3), instant(1), instant(2)), instant(1));
});

test('a time that is not finite is refused', (t) => {
  t.throws(() => instant(Number.NaN), { instanceOf: RangeError });
  t.throws(() => later(instant(1), Number.POSITIVE_INFINITY), { instanceOf: RangeError });
  t.throws(() => wallTime(Number.NaN), { instanceOf: RangeError });
});
