/** A store that went back opens nothing until it is adopted, and what was acknowledged meanwhile is there afterwards. */
import test from 'ava';
import { simulateRestores } from './store-restore.ts';

const SCHEDULES = 20;

test('schedules with a store that goes back, and is adopted, break no promise', async (t) => {
  t.timeout(300_000);
  const counts = new Map<string, number>();
  const failed: string[] = [];
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const run = await simulateRestores(seed);
    for (const [what, count] of run.counts) counts.set(what, (counts.get(what) ?? 0) + count);
    if (run.violations.length > 0) failed.push(`seed ${seed}: ${run.violations.join('; ')}`);
  }
  t.deepEqual(failed, []);
  t.true(
    (counts.get('a ballot was adopted') ?? 0) > SCHEDULES / 4,
    'schedules without an adoption would prove nothing',
  );
});
