/**
 * A thousand schedules of the lease and election layer, the same ones each time: a failure names a seed, and
 * `npm run simulate -- --seed N` replays it.
 */
import test from 'ava';
import { simulate } from './world.ts';

const SCHEDULES = 1_000;
const PER_TEST = 100;

for (let first = 1; first <= SCHEDULES; first += PER_TEST) {
  test.serial(`no invariant is violated in schedules ${first} to ${first + PER_TEST - 1}`, async (t) => {
    for (let seed = first; seed < first + PER_TEST; seed++) {
      const { violations, log } = await simulate(seed);
      if (violations.length > 0) t.fail(`seed ${seed}\n${log.join('\n')}`);
    }
    t.pass();
  });
}

test.serial('guarded writes hold even if the store takes leases away too early', async (t) => {
  for (let seed = 1; seed <= PER_TEST; seed++) {
    const { violations, log } = await simulate(seed, { earlyRevocation: true });
    if (violations.length > 0) t.fail(`seed ${seed}\n${log.join('\n')}`);
  }
  t.pass();
});

test.serial('a seed replays its run exactly, and another seed is another run', async (t) => {
  const [once, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
  t.deepEqual(once, again);
  t.notDeepEqual(once.log, other.log);
});

test.serial('the schedules contain every kind of fault, and leadership does change', async (t) => {
  const lines: string[] = [];
  for (let seed = 1; seed <= PER_TEST; seed++) lines.push(...(await simulate(seed)).log);
  const kinds = new Set(lines.flatMap((line) => /^ *[\d.]+ (\S+) of .* begins$/.exec(line)?.[1] ?? []));
  t.is(kinds.size, 14, [...kinds].join(' '));
  t.true(lines.filter((line) => line.includes('leads with epoch')).length > 2 * PER_TEST);
});
