/**
 * Goal: the table says what it promises before it is run, and its bounds follow the policy. Method: every row once, and two
 * policies that differ in one time.
 */

import test from 'ava';
import { bedPolicy } from './bed-policy.ts';
import { faultRows, rowsByName } from './rows/all.ts';
import { after, bounds, type Timing } from './timing.ts';

const timing: Timing = {
  ttlMs: 5_000,
  marginMs: 600,
  hungAfterMs: 10_000,
  stepTimeoutMs: 5_000,
  cooldownMs: 20_000,
  withinRegion: { promote: 'automatic', holdDownMs: 0, maxLossMs: 0 },
  betweenRegions: { promote: 'automatic', holdDownMs: 5_000, maxLossMs: 15_000 },
};

test('names are unique and can be typed', (t) => {
  const names = faultRows.map((each) => each.name);
  t.is(new Set(names).size, names.length);
  t.deepEqual(
    names.filter((name) => !/^[a-z]+(-[a-z]+)*$/.test(name)),
    [],
  );
});

test('every row shows an invariant and has a bound with its formula', (t) => {
  for (const row of faultRows) {
    t.true(row.shows.length > 0, row.name);
    t.true(row.outage.ms(timing) > 0, row.name);
    t.true(row.outage.formula !== '', row.name);
  }
});

test('an unknown row is refused with the names that there are', (t) => {
  t.deepEqual(
    rowsByName(['host-frozen']).map((each) => each.name),
    ['host-frozen'],
  );
  t.throws(() => rowsByName(['host-frozn']), { instanceOf: RangeError, message: /host-frozn.*host-frozen/ });
});

const testBound = test.macro({
  exec(t, name: keyof typeof bounds, difference: Partial<Timing>, expectedMs: number) {
    t.is(bounds[name].ms({ ...timing, ...difference }), expectedMs);
  },
  title: (name) => name ?? '',
});

test('a crash waits for no lease', testBound, 'crash', {}, 6_000);
test('a crash under a longer lease takes as long', testBound, 'crash', { ttlMs: 10_000 }, 6_000);
test('a server that hangs is given its time first', testBound, 'hung', {}, 19_000);
test('a lost host waits for its lease', testBound, 'lease', {}, 10_500);
test('a lost host under a longer lease takes longer by the difference', testBound, 'lease', { ttlMs: 10_000 }, 15_500);
test('a lost leader of the store starts the leases again', testBound, 'leaseAfterElection', {}, 12_500);
test('what must not be felt does not depend on the policy', testBound, 'untouched', { ttlMs: 60_000 }, 1_500);

test('a hold-down within the region is part of every failover', (t) => {
  const held: Timing = { ...timing, withinRegion: { ...timing.withinRegion, holdDownMs: 2_000 } };
  for (const name of ['crash', 'lease', 'restart', 'memberLost', 'arbiterLost'] as const) {
    t.is(bounds[name].ms(held) - bounds[name].ms(timing), 2_000, name);
  }
});

test('a fault that lasts is added to the bound, in the formula as well', (t) => {
  const longer = after(8_000, 'held', bounds.untouched);
  t.is(longer.ms(timing), 9_500);
  t.is(longer.formula, 'held + client');
});

test('the policy of the bed can be read', async (t) => {
  t.is((await bedPolicy()).name, 'keystone');
});
