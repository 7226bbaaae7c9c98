/**
 * Ballots under faults, on model servers with the real duties: no second writer, nothing lost that was promised, nothing
 * opened without the store's majority, and rest in the end. A seed that fails is replayed by
 * `npm run simulate -- ballots --seed N`.
 */
import test from 'ava';
import { simulateBallots } from './world.ts';

const SCHEDULES = 300;

test('schedules of faults break no promise of the database', async (t) => {
  t.timeout(300_000);
  const counts = new Map<string, number>();
  const failed: string[] = [];
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const result = await simulateBallots(seed);
    for (const [what, count] of result.counts) counts.set(what, (counts.get(what) ?? 0) + count);
    if (result.violations.length > 0) failed.push(`seed ${seed}: ${result.violations.join('; ')}`);
  }
  t.deepEqual(failed, []);
  t.true((counts.get('promotions') ?? 0) > SCHEDULES / 2, 'schedules without promotions would prove nothing');
  t.true((counts.get('a primary that had not proved itself was replaced within the cooldown') ?? 0) > 0);
  t.true((counts.get('a promotion lost writes within the budget') ?? 0) > 0, 'losses must happen to be counted');
});

test('a seed gives the same run again', async (t) => {
  const [first, second] = [await simulateBallots(17), await simulateBallots(17)];
  t.deepEqual(first.log, second.log);
  t.not((await simulateBallots(18)).log.join(), first.log.join());
});
