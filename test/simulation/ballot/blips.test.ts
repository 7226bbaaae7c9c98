/**
 * A lease this short is only safe because nothing shorter costs it: hours of pauses, cuts, elections and stuttering below the
 * bound, without a promotion and without a demotion. Method: seeded schedules of blips, a checker of its own, and a schedule with
 * blips that are too long, which the checker must notice.
 */
import test from 'ava';
import { blipMaxMs, blipPauseMinMs } from './blip-bound.ts';
import { simulateBlips } from './blips.ts';

const SCHEDULES = 12;
const MINUTES = 10;

test('two simulated hours of blips move nothing', async (t) => {
  t.timeout(300_000);
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const { violations } = await simulateBlips(seed, { minutes: MINUTES });
    t.deepEqual(violations, [], `seed ${seed}`);
  }
});

test('what is longer than the lease forgives is noticed', async (t) => {
  t.timeout(120_000);
  const { violations } = await simulateBlips(1, { minutes: 2, stretch: 5 });
  t.true(violations.some((each) => each.startsWith('demotion:')));
  t.true(violations.some((each) => each.startsWith('promotion:')));
});

test('the bound follows the timing', (t) => {
  const defaults = { ttlMs: 3_000, marginMs: 600, rttMs: 50 };
  t.is(blipMaxMs(defaults), 1_100);
  t.is(blipMaxMs({ ...defaults, ttlMs: 10_000 }), 5_300);
  t.is(blipPauseMinMs(defaults), 650);
});
