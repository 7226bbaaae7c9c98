/** The keys of Keystone under faults: what must hold does, and every planted bug is found by the checker that should. */
import { join } from 'node:path';
import test from 'ava';
import { type BallotMutant, huntBallots } from '../ballot/mutants.ts';
import { KINDS } from './faults.ts';
import { KEYS, KEYS_MUTANTS } from './mutants.ts';
import { simulateKeys } from './world.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCHEDULES = 100;
const SEEDS_MAX = 1_500;

test.serial(
  `no rule is broken in ${SCHEDULES} schedules, which hold every kind of fault and enough rotations`,
  async (t) => {
    t.timeout(300_000);
    const kinds = new Set<string>();
    let generations = 0;
    let tokens = 0;
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const run = await simulateKeys(seed);
      if (run.violations.length > 0) t.fail(`seed ${seed}\n${run.log.join('\n')}`);
      for (const kind of run.faults.keys()) kinds.add(kind);
      generations += run.generations;
      tokens += run.tokens;
    }
    t.deepEqual([...kinds].sort(), [...KINDS].sort());
    t.true(generations > 15 * SCHEDULES, `${generations} generations`);
    t.true(tokens > 200 * SCHEDULES, `${tokens} tokens`);
  },
);

test.serial('a seed replays its run exactly', async (t) => {
  t.deepEqual(await simulateKeys(11), await simulateKeys(11));
});

const found = test.macro({
  exec: async (t, mutant: BallotMutant) => {
    t.timeout(300_000);
    const run = await huntBallots(mutant, ROOT, SEEDS_MAX, KEYS);
    t.not(run, undefined);
    t.log(`seed ${run?.seed}: ${run?.violations.find((sentence) => sentence.startsWith(`${mutant.found}:`))}`);
  },
  title: (_, mutant: BallotMutant) => `${mutant.found} finds it when ${mutant.bug}`,
});

for (const mutant of KEYS_MUTANTS) test.serial(found, mutant);
