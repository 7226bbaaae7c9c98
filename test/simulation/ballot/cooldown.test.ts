/** A fault that ends every new primary cannot chase the database around; the rule that stops it is missed if it is taken away. */
import { join } from 'node:path';
import test from 'ava';
import { simulateLosses } from './cooldown-world.ts';
import { type BallotMutant, huntBallots, LOSSES } from './mutants.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCHEDULES = 40;
const SEEDS_MAX = 100;

const ALWAYS_REPLACED: BallotMutant = {
  bug: 'each primary that did not prove itself is replaced at once, and the next one, and the next',
  file: 'src/core/database/cooldown.ts',
  find: '  return last.atMs !== null && before.atMs !== null && last.atMs - before.atMs >= policy.cooldownMs;\n',
  replace: '  return true;\n',
  found: 'I7',
};

test('of primaries that are lost one after the other, the first is replaced without a pause, and no other', async (t) => {
  t.timeout(120_000);
  let replaced = 0;
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const { violations, counts } = await simulateLosses(seed);
    t.deepEqual(violations, [], `seed ${seed}`);
    replaced += counts.get('a primary that had not proved itself was replaced within the cooldown') ?? 0;
  }
  t.true(replaced > SCHEDULES / 2, `${replaced} in ${SCHEDULES}`);
});

test(`it is noticed when ${ALWAYS_REPLACED.bug}`, async (t) => {
  t.timeout(120_000);
  const run = await huntBallots(ALWAYS_REPLACED, ROOT, SEEDS_MAX, LOSSES);
  t.not(run, undefined);
  t.log(`seed ${run?.seed}: ${run?.violations[0]}`);
});
