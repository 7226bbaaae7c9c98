/**
 * Faults aimed at the promises between the agents: a lost store alone closes nothing, with one member more lost nobody is
 * open twice; and every rule that is taken away is missed. The margin hides a promise that is counted from its answer,
 * which the asker's own tests find.
 */
import { join } from 'node:path';
import test from 'ava';
import type { Mutant } from '../mutants.ts';
import { huntBallots, PROMISES } from './mutants.ts';
import { PROMISE_MUTANTS } from './promise-mutants.ts';
import { simulatePromises } from './promise-world.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCHEDULES = 80;
/** The latest is found by seed 29; room for schedules that change. */
const SEEDS_MAX = 150;

test('schedules of faults break no promise', async (t) => {
  t.timeout(120_000);
  const failed: string[] = [];
  let byPromises = 0;
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const { violations, counts } = await simulatePromises(seed);
    byPromises += counts.get('a primary was open by promises alone') ?? 0;
    if (violations.length > 0) failed.push(`seed ${seed}: ${violations.join('; ')}`);
  }
  t.deepEqual(failed, []);
  t.true(byPromises > SCHEDULES / 4, 'schedules without promises would prove nothing');
});

const found = test.macro({
  exec: async (t, mutant: Mutant) => {
    t.timeout(120_000);
    const run = await huntBallots(mutant, ROOT, SEEDS_MAX, PROMISES);
    t.not(run, undefined);
    t.log(`seed ${run?.seed}: ${run?.violations[0]}`);
  },
  title: (_, mutant: Mutant) => `it is noticed when ${mutant.bug}`,
});

for (const mutant of PROMISE_MUTANTS) test.serial(found, mutant);
