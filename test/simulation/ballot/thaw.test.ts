/** A replica that leaves a source which wakes for a moment takes nothing of it along; the rule for it is missed if it is taken away. */
import { join } from 'node:path';
import test from 'ava';
import { type BallotMutant, huntBallots, THAWS } from './mutants.ts';
import { simulateThaws } from './thaw-world.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCHEDULES = 60;
const SEEDS_MAX = 400;

const NOT_STANDING_STILL: BallotMutant = {
  bug: 'what came since a server was judged joins the line with it',
  file: 'src/runtime/duty/member-actions.ts',
  find: '    if (!(await this.#deps.server.standStill(seen, signal))) return false;\n',
  replace: '    void seen;\n    void signal;\n',
  found: 'I10',
};

test('hosts that wake together end with one primary, and nobody has what it has not', async (t) => {
  t.timeout(120_000);
  let promotions = 0;
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const { violations, tally } = await simulateThaws(seed);
    t.deepEqual(violations, [], `seed ${seed}`);
    promotions += tally.promotions;
  }
  t.true(promotions > SCHEDULES / 2, `${promotions} in ${SCHEDULES}`);
});

test(`it is noticed when ${NOT_STANDING_STILL.bug}`, async (t) => {
  t.timeout(300_000);
  const run = await huntBallots(NOT_STANDING_STILL, ROOT, SEEDS_MAX, THAWS);
  t.not(run, undefined);
  t.log(`seed ${run?.seed}: ${run?.violations[0]}`);
});
