import test from 'ava';
import { type Hold, holdOver } from '../../src/core/holds.ts';

const hold = (scope: string, expiresAtMs: number): Hold => ({ scope, owner: 'ann', reason: 'upgrade', expiresAtMs });

const holds = test.macro((t, standing: readonly Hold[], scope: string, expected: Hold | undefined) => {
  t.deepEqual(holdOver(scope, standing, 1000), expected);
});

test('a hold stands over its own scope', holds, [hold('vip/south', 1001)], 'vip/south', hold('vip/south', 1001));
test('a hold does not stand over another scope', holds, [hold('vip/south', 1001)], 'vip/southern', undefined);
test(
  'a hold of a kind does not stand over another kind of the same name',
  holds,
  [hold('vip/a', 2000)],
  'identity/a',
  undefined,
);
test('a hold over everything stands over each scope', holds, [hold('*', 1001)], 'vip/south', hold('*', 1001));
test('a hold ends at its expiry, not after it', holds, [hold('*', 1000)], 'vip/south', undefined);
test(
  'of several holds the one that ends last is told',
  holds,
  [hold('*', 1001), hold('vip/a', 5000)],
  'vip/a',
  hold('vip/a', 5000),
);
