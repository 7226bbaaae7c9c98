/** Every planted bug is found by a checker, or the checkers prove nothing. */
import { join } from 'node:path';
import test from 'ava';
import { INVARIANT_MUTANTS } from './invariant-mutants.ts';
import { BALLOT_MUTANTS, type BallotMutant, huntBallots } from './mutants.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Most are found within a hundred; room for the rare ones and for schedules that change. */
const SEEDS_MAX = 6_000;

const found = test.macro({
  exec: async (t, mutant: BallotMutant) => {
    t.timeout(300_000);
    const run = await huntBallots(mutant, ROOT, SEEDS_MAX);
    t.not(run, undefined);
    t.log(`seed ${run?.seed}: ${run?.violations.find((sentence) => sentence.startsWith(`${mutant.found}:`))}`);
  },
  title: (_, mutant: BallotMutant) => `${mutant.found} finds it when ${mutant.bug}`,
});

for (const mutant of [...BALLOT_MUTANTS, ...INVARIANT_MUTANTS]) test.serial(found, mutant);
