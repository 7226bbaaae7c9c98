/** How many members may be asked to acknowledge: no more than can be in their place. */
import test from 'ava';
import type { DatabaseFailover } from '../../src/core/policy.ts';
import { databaseTimingProblems } from '../../src/policy/database-timing-rules.ts';
import { DATABASE, globalWorld, policyOf } from './a-world.ts';

const database = policyOf<DatabaseFailover>(DATABASE);

const judged = test.macro((t, difference: Partial<DatabaseFailover>, remedies: readonly string[]) => {
  const found = databaseTimingProblems({ ...database, ...difference }, globalWorld());
  t.deepEqual(
    found.map(({ field, remedy }) => `${field}: ${remedy}`),
    remedies,
  );
});

test('one is always in order', judged, { ackers: 1 }, []);
test('a second one has no place in a region of two', judged, { ackers: 2 }, [
  'ackers: write 1 or less, or add members there',
]);
test('another region has two places', judged, { ackers: 2, survives: 'region' }, []);
