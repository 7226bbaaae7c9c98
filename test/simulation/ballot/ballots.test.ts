/**
 * Ballots under faults, on model servers with the real duties: no second writer, nothing lost that was promised, nothing
 * opened without the store's majority, and rest in the end. A seed that fails is replayed by
 * `npm run simulate -- --seed N`.
 */
import test from 'ava';
import { Tally } from './tally.ts';
import { simulateBallots } from './world.ts';

const SCHEDULES = 1_000;
/** Those of the catalogue, and what operators and the blows in ballots add. */
const FAULT_KINDS_MIN = 25;

test('schedules of faults break no promise of the database', async (t) => {
  t.timeout(300_000);
  const tally = new Tally();
  const counts = new Map<string, number>();
  const failed: string[] = [];
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const result = await simulateBallots(seed);
    tally.add(result.tally);
    for (const [what, count] of result.counts) counts.set(what, (counts.get(what) ?? 0) + count);
    if (result.violations.length > 0) failed.push(`seed ${seed}: ${result.violations.join('; ')}`);
  }
  t.deepEqual(failed, []);
  t.true(tally.promotions > SCHEDULES / 2, 'schedules without promotions would prove nothing');
  t.true(tally.faults.size >= FAULT_KINDS_MIN, [...tally.faults.keys()].join(' '));
  t.true((counts.get('a primary that had not proved itself was replaced within the cooldown') ?? 0) > 0);
  t.true((counts.get('a promotion lost writes within the budget') ?? 0) > 0, 'losses must happen to be counted');
  const untold = counts.get('an act whose answer was lost was not told') ?? 0;
  t.true(untold < tally.ballots / 20, `${untold} acts were told by nobody, of ${tally.ballots} ballots`);
});

test('a seed replays its run exactly, and another seed is another run', async (t) => {
  const [first, second] = [await simulateBallots(17), await simulateBallots(17)];
  t.deepEqual(first, second);
  t.not((await simulateBallots(18)).log.join(), first.log.join());
});
