/** What an acknowledged write outlives, and what may be promised because of it. The times are in coherence.test.ts. */
import test from 'ava';
import type { DatabaseFailover } from '../../src/core/policy.ts';
import { databaseTimingProblems } from '../../src/policy/database-timing-rules.ts';
import { DATABASE, globalWorld, policyOf } from './a-world.ts';

const database = policyOf<DatabaseFailover>(DATABASE);
const automatic: DatabaseFailover = {
  ...database,
  durability: 'lossless',
  betweenRegions: { promote: 'automatic', holdDownMs: 60_000, maxLossMs: 0 },
};

const judged = test.macro((t, policy: DatabaseFailover, wrong: readonly string[], remedy: RegExp) => {
  const found = databaseTimingProblems(policy, globalWorld({}));
  t.deepEqual(
    found.map(({ field }) => field),
    wrong,
  );
  for (const each of found) t.regex(each.remedy, remedy);
});

test(
  'what outlives a node only is not lossless between regions',
  judged,
  automatic,
  ['betweenRegions.promote'],
  /survives: region/,
);
test('what outlives a region is', judged, { ...automatic, survives: 'region' }, [], /./);
test(
  'nothing outlives the only region',
  judged,
  { ...database, survives: 'region', members: database.members.filter(({ region }) => region === 'north') },
  ['survives'],
  /add a member in another region/,
);
