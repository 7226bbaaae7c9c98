/** For how long something has been seen the way it is. */
import test from 'ava';
import { instant } from '../../../src/core/time.ts';
import { Standing } from '../../../src/runtime/duty/standing.ts';

test('time is counted from the first look on, and from a change anew', (t) => {
  const standing = new Standing();
  t.is(standing.see('a', 'x', instant(100)), 0);
  t.is(standing.see('a', 'x', instant(130)), 30);
  t.is(standing.see('a', 'x', instant(150)), 50);
  t.is(standing.see('a', 'y', instant(160)), 0);
  t.is(standing.see('a', 'x', instant(170)), 0);
});

test('each thing has its own time', (t) => {
  const standing = new Standing();
  standing.see('a', 'x', instant(100));
  t.is(standing.see('b', 'x', instant(130)), 0);
  t.is(standing.see('a', 'x', instant(140)), 40);
});

test('what is not kept starts anew, what is kept goes on', (t) => {
  const standing = new Standing();
  standing.see('a', 'x', instant(100));
  standing.see('b', 'x', instant(100));
  standing.keepOnly(new Set(['b']));
  t.is(standing.see('a', 'x', instant(130)), 0);
  t.is(standing.see('b', 'x', instant(130)), 30);
});
