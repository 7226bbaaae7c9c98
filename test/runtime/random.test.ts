import test from 'ava';
import { jittered, seededRandom } from '../../src/runtime/random.ts';
import { fixedRandom } from './fake-time.ts';

const draws = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

test('the same seed gives the same draws, another seed gives others', (t) => {
  t.deepEqual(draws(1, 20), draws(1, 20));
  t.notDeepEqual(draws(1, 20), draws(2, 20));
});

test('draws lie in [0, 1) and are spread evenly', (t) => {
  const all = draws(3, 10_000);
  t.true(all.every((value) => value >= 0 && value < 1));
  const tenths = Array.from({ length: 10 }, (_, index) => all.filter((v) => Math.floor(v * 10) === index).length);
  t.true(
    tenths.every((count) => count > 850 && count < 1150),
    tenths.join(' '),
  );
});

test('jitter shortens by at most its fraction and never lengthens', (t) => {
  t.is(jittered(1000, 0.2, fixedRandom(0)), 1000);
  t.is(jittered(1000, 0.2, fixedRandom(0.5)), 900);
  t.true(jittered(1000, 0.2, fixedRandom(0.999_999)) > 800);
});
