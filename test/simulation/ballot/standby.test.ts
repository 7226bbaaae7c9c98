/** What is seen before an election counts after it, and what nobody saw is waited out; rules that are taken away are missed. */
import { join } from 'node:path';
import test from 'ava';
import type { Mutant } from '../mutants.ts';
import { huntBallots, UNWATCHED } from './mutants.ts';
import { TTL_MS } from './settings.ts';
import { STANDBY_MUTANTS } from './standby-mutants.ts';
import { simulateBothLost, simulateUnwatched } from './standby-world.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCHEDULES = 40;
const SEEDS_MAX = 100;
/** Both leases run out, the candidates spread their looks, and one is elected and looks again. */
const ELECTED_MS = 500;

/** In the others the successor's reading at its election fails, or a store that is slow lets the leases last longer. */
const MOST = 0.85;

test('an arbiter and a primary that are lost together cost one lease and an election', async (t) => {
  t.timeout(120_000);
  let prompt = 0;
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const { openedAfterMs, violations } = await simulateBothLost(seed);
    t.deepEqual(violations, [], `seed ${seed}`);
    if (openedAfterMs !== undefined && openedAfterMs < TTL_MS + ELECTED_MS) prompt += 1;
  }
  t.true(prompt >= MOST * SCHEDULES, `${prompt} of ${SCHEDULES}`);
});

test('a key that went while nobody reached the store is waited for', async (t) => {
  t.timeout(120_000);
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const { violations } = await simulateUnwatched(seed);
    t.deepEqual(violations, [], `seed ${seed}`);
  }
});

const found = test.macro({
  exec: async (t, mutant: Mutant) => {
    t.timeout(120_000);
    const run = await huntBallots(mutant, ROOT, SEEDS_MAX, UNWATCHED);
    t.not(run, undefined);
    t.log(`seed ${run?.seed}: ${run?.violations[0]}`);
  },
  title: (_, mutant: Mutant) => `it is noticed when ${mutant.bug}`,
});

for (const mutant of STANDBY_MUTANTS) test.serial(found, mutant);
