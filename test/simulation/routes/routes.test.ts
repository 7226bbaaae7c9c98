/** The identity route under faults: what must hold does, and every planted bug is found by the checker that should. */
import { join } from 'node:path';
import test from 'ava';
import { type BallotMutant, huntBallots } from '../ballot/mutants.ts';
import { ROUTE_MUTANTS, ROUTES } from './mutants.ts';
import { simulateRoutes } from './world.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCHEDULES = 500;
const SEEDS_MAX = 2_000;

test.serial(
  `no rule is broken in ${SCHEDULES} schedules, which hold every kind of fault and enough switches`,
  async (t) => {
    t.timeout(300_000);
    const kinds = new Set<string>();
    let switches = 0;
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const run = await simulateRoutes(seed);
      if (run.violations.length > 0) t.fail(`seed ${seed}\n${run.log.join('\n')}`);
      for (const kind of run.faults.keys()) kinds.add(kind);
      switches += run.switches;
    }
    t.is(kinds.size, 17, [...kinds].join(' '));
    t.true(switches > SCHEDULES / 2, `${switches} switches`);
  },
);

test.serial('a seed replays its run exactly', async (t) => {
  t.deepEqual(await simulateRoutes(11), await simulateRoutes(11));
});

const found = test.macro({
  exec: async (t, mutant: BallotMutant) => {
    t.timeout(300_000);
    const run = await huntBallots(mutant, ROOT, SEEDS_MAX, ROUTES);
    t.not(run, undefined);
    t.log(`seed ${run?.seed}: ${run?.violations.find((sentence) => sentence.startsWith(`${mutant.found}:`))}`);
  },
  title: (_, mutant: BallotMutant) => `${mutant.found} finds it when ${mutant.bug}`,
});

for (const mutant of ROUTE_MUTANTS) test.serial(found, mutant);
