/** Every planted bug is found by a checker, or the checkers prove nothing. */
import { join } from 'node:path';
import test from 'ava';
import { BALLOT_MUTANTS, type BallotMutant, huntBallots } from './mutants.ts';
import { POLICY_MUTANTS } from './policy-mutants.ts';
import { RETURN_MUTANTS } from './return-mutants.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** The latest is found by seed 1157; room for schedules that change. */
const SEEDS_MAX = 2_000;

const found = test.macro({
  exec: async (t, mutant: BallotMutant) => {
    t.timeout(300_000);
    const run = await huntBallots(mutant, ROOT, SEEDS_MAX);
    t.not(run, undefined);
    t.log(`seed ${run?.seed}: ${run?.violations[0]}`);
  },
  title: (_, mutant: BallotMutant) => `it is noticed when ${mutant.bug}`,
});

for (const mutant of [...BALLOT_MUTANTS, ...POLICY_MUTANTS, ...RETURN_MUTANTS]) test.serial(found, mutant);
