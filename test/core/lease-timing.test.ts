import test from 'ava';
import { type LeaseTiming, leaseTimingProblems, marginFor, type TimingProblem } from '../../src/core/lease-timing.ts';

const COHERENT: LeaseTiming = {
  ttlMs: 3_000,
  marginMs: 542,
  rttMs: 20,
  driftPpm: 500,
  stepDownMs: 500,
  callTimeoutMs: 800,
  storeFloorMs: 2_000,
};

test('the margin is two round trips, the drift over the TTL, and the step-down', (t) => {
  t.is(marginFor(COHERENT), 2 * 20 + 2 + 500);
  t.is(marginFor({ ttlMs: 10_000, rttMs: 0, driftPpm: 1, stepDownMs: 0 }), 1);
});

interface Row {
  readonly name: string;
  readonly change: Partial<LeaseTiming>;
  readonly fields: readonly TimingProblem['field'][];
}

const problems = test.macro({
  title: (_, row: Row) => row.name,
  exec: (t, row: Row) => {
    const found = leaseTimingProblems({ ...COHERENT, ...row.change });
    t.deepEqual(
      found.map((problem) => problem.field),
      row.fields,
    );
    for (const problem of found) t.true(problem.value !== '' && problem.message !== '' && problem.remedy !== '');
  },
});
test(problems, { name: 'a coherent timing has no problem', change: {}, fields: [] });
test(problems, { name: 'a margin one millisecond short is refused', change: { marginMs: 541 }, fields: ['margin'] });
test(problems, { name: 'a slower step-down needs a larger margin', change: { stepDownMs: 501 }, fields: ['margin'] });
test(problems, { name: 'a longer round trip needs a larger margin', change: { rttMs: 21 }, fields: ['margin'] });
test(problems, { name: 'a larger drift needs a larger margin', change: { driftPpm: 1_000 }, fields: ['margin'] });
test(problems, {
  name: 'two calls must fit between a renewal and the deadline',
  change: { callTimeoutMs: 929 },
  fields: ['callTimeout'],
});
test(problems, { name: 'two calls that just fit are accepted', change: { callTimeoutMs: 928 }, fields: [] });
test(problems, {
  name: 'a TTL below the floor of the store is refused',
  change: { storeFloorMs: 4_000 },
  fields: ['ttl'],
});
test(problems, { name: 'a TTL at the floor of the store is accepted', change: { storeFloorMs: 3_000 }, fields: [] });
test(problems, { name: 'a TTL in fractions of a second is refused', change: { ttlMs: 3_500 }, fields: ['ttl'] });
test(problems, { name: 'no TTL at all is refused', change: { ttlMs: 0 }, fields: ['ttl', 'ttl', 'callTimeout'] });
