/**
 * The checkers find what they are for: every planted bug is found, by the checker of its invariant, within the seeds
 * that the real code passes.
 */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { hunt, MUTANTS } from './mutants.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SEEDS = 1_000;

for (const mutant of MUTANTS) {
  test.serial(`found (${mutant.found}): ${mutant.bug}`, async (t) => {
    const result = await hunt(mutant, ROOT, SEEDS);
    t.not(result, undefined);
    t.log(`seed ${result?.seed}`);
  });
}
