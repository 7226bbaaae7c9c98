/**
 * Faults aimed at the set of acknowledging members: what a client was told is there, whoever of them is lost or comes back,
 * and every rule that is taken away is missed.
 */
import { join } from 'node:path';
import test from 'ava';
import type { Mutant } from '../mutants.ts';
import { ACKER_MUTANTS } from './acker-mutants.ts';
import { simulateAckers } from './acker-world.ts';
import { ACKERS, huntBallots } from './mutants.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCHEDULES = 60;
/** Room for schedules that change. */
const SEEDS_MAX = 150;

test('schedules of faults lose nothing that was acknowledged', async (t) => {
  t.timeout(240_000);
  const failed: string[] = [];
  let shutOuts = 0;
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const { violations, counts } = await simulateAckers(seed);
    shutOuts += counts.get('an acker was shut out') ?? 0;
    if (violations.length > 0) failed.push(`seed ${seed}: ${violations.join('; ')}`);
  }
  t.deepEqual(failed, []);
  t.true(shutOuts > SCHEDULES / 4, 'schedules in which nobody is shut out would prove nothing');
});

const found = test.macro({
  exec: async (t, mutant: Mutant) => {
    t.timeout(240_000);
    const run = await huntBallots(mutant, ROOT, SEEDS_MAX, ACKERS);
    t.not(run, undefined);
    t.log(`seed ${run?.seed}: ${run?.violations[0]}`);
  },
  title: (_, mutant: Mutant) => `it is noticed when ${mutant.bug}`,
});

for (const mutant of ACKER_MUTANTS) test.serial(found, mutant);
