/** Every planted bug is found by a checker, or the checkers prove nothing. */
import { join } from 'node:path';
import test from 'ava';
import { INVARIANT_MUTANTS } from './invariant-mutants.ts';
import { BALLOT_MUTANTS, type BallotMutant, huntBallots } from './mutants.ts';
import { POLICY_MUTANTS } from './policy-mutants.ts';
import { RETURN_MUTANTS } from './return-mutants.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Most are found within a hundred; room for the rare ones and for schedules that change. */
const SEEDS_MAX = 3_000;

const found = test.macro({
  exec: async (t, mutant: BallotMutant) => {
    t.timeout(300_000);
    const run = await huntBallots(mutant, ROOT, SEEDS_MAX);
    t.not(run, undefined);
    t.log(`seed ${run?.seed}: ${run?.violations.find((sentence) => sentence.startsWith(`${mutant.found}:`))}`);
  },
  title: (_, mutant: BallotMutant) => `${mutant.found} finds it when ${mutant.bug}`,
});

const MUTANTS = [...BALLOT_MUTANTS, ...INVARIANT_MUTANTS, ...POLICY_MUTANTS, ...RETURN_MUTANTS];
for (const mutant of MUTANTS) test.serial(found, mutant);
