/**
 * Goal: a false-positive run makes every kind of blip, each shorter than the lease forgives, and the same ones again from the
 * same seed. Method: some hundred blips of one seed.
 */

import test from 'ava';
import { BLIP_KINDS, type Blip, blipLimitMs, blips } from './blips.ts';

const DEFAULTS = { ttlMs: 3_000, marginMs: 600 };

function drawn(seed: number, count: number): readonly Blip[] {
  const endless = blips(seed, DEFAULTS, 'north-3');
  return Array.from({ length: count }, () => endless.next().value);
}

test('every kind comes, half of what can be aimed at the primary', (t) => {
  const made = drawn(1, 400);
  for (const kind of BLIP_KINDS) t.true(made.filter((each) => each.kind === kind).length > 20, kind);
  const frozen = made.filter((each) => each.kind === 'freeze');
  const onPrimary = frozen.filter((each) => each.host === 'north-3').length / frozen.length;
  t.true(onPrimary > 0.4 && onPrimary < 0.75);
});

test('no blip is longer than the lease forgives', (t) => {
  const timed = drawn(2, 400).filter(({ kind }) => ['pause', 'freeze', 'deaf', 'mute'].includes(kind));
  t.true(timed.every(({ durationMs }) => durationMs < blipLimitMs(DEFAULTS)));
});

test('the same seed gives the same blips', (t) => {
  t.deepEqual(drawn(3, 50), drawn(3, 50));
  t.notDeepEqual(drawn(3, 50), drawn(4, 50));
});
