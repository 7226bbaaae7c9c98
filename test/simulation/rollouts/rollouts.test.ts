/** Roll-outs by files under faults: what must hold does, and every planted bug is found by the checker that should. */
import { join } from 'node:path';
import test from 'ava';
import { type BallotMutant, huntBallots } from '../ballot/mutants.ts';
import { ROLLOUT_MUTANTS, ROLLOUTS } from './mutants.ts';
import { simulateRollouts } from './world.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCHEDULES = 300;
const SEEDS_MAX = 2_000;

test.serial(
  `no rule is broken in ${SCHEDULES} schedules, which hold every kind of fault and every outcome`,
  async (t) => {
    t.timeout(300_000);
    const kinds = new Set<string>();
    const seen = { turns: 0, turnedBack: 0, wentOn: 0 };
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const run = await simulateRollouts(seed);
      if (run.violations.length > 0) t.fail(`seed ${seed}\n${run.log.join('\n')}`);
      for (const kind of run.faults.keys()) kinds.add(kind);
      for (const what of ['turns', 'turnedBack', 'wentOn'] as const) seen[what] += run[what];
    }
    t.is(kinds.size, 17, [...kinds].join(' '));
    t.true(seen.turns > 6 * SCHEDULES, `${seen.turns} turns`);
    t.true(seen.turnedBack > 0 && seen.wentOn > 0, JSON.stringify(seen));
  },
);

test.serial('a seed replays its run exactly', async (t) => {
  t.deepEqual(await simulateRollouts(11), await simulateRollouts(11));
});

const found = test.macro({
  exec: async (t, mutant: BallotMutant) => {
    t.timeout(300_000);
    const run = await huntBallots(mutant, ROOT, SEEDS_MAX, ROLLOUTS);
    t.not(run, undefined);
    t.log(`seed ${run?.seed}: ${run?.violations.find((sentence) => sentence.startsWith(`${mutant.found}:`))}`);
  },
  title: (_, mutant: BallotMutant) => `${mutant.found} finds it when ${mutant.bug}`,
});

for (const mutant of ROLLOUT_MUTANTS) test.serial(found, mutant);
