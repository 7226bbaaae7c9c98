/** The policy of a database as one node goes by it: through an edit of the lease's times, and through its deletion. */
import test from 'ava';
import type { Accepted, DatabaseFailover } from '../../../src/core/policy.ts';
import { PolicySight } from '../../../src/runtime/duty/policy-sight.ts';
import { database, inForce } from '../../core/a-region.ts';
import { DATABASE, putState, steady } from './a-database.ts';
import { AStore, AView } from './a-store.ts';

function seeing() {
  const stored = new AStore();
  const world: { accepted: Accepted<DatabaseFailover> | undefined; isDeleted: boolean } = {
    accepted: inForce(database, 5n),
    isDeleted: false,
  };
  const view = new AView(stored);
  const sight = new PolicySight({
    database: DATABASE,
    accepted: () => world.accepted,
    isDeleted: () => world.isDeleted,
    view,
  });
  return { stored, world, sight };
}

test('the times of the lease are those of the adoption, whatever the policy says since', (t) => {
  const { stored, world, sight } = seeing();
  t.is(sight.now()?.policy.ttlMs, database.ttlMs);
  putState(stored, { ...steady, timing: { ttlMs: 4_000, marginMs: 700 } });
  t.is(sight.now()?.policy.ttlMs, 4_000);
  world.accepted = inForce({ ...database, ttlMs: 9_000, cooldownMs: 1 }, 6n);
  t.like(sight.now()?.policy, { ttlMs: 4_000, marginMs: 700, cooldownMs: 1 });
  putState(stored, { ...steady, phase: 'unmanaged', timing: { ttlMs: 4_000, marginMs: 700 } });
  t.is(sight.now()?.policy.ttlMs, 9_000);
});

test('one that was deleted only observes; one that cannot be read is nothing to go by', (t) => {
  const { world, sight } = seeing();
  world.accepted = undefined;
  world.isDeleted = true;
  t.is(sight.now(), undefined, 'before any was seen');
  world.accepted = inForce(database, 5n);
  t.is(sight.now()?.policy.mode, 'enforce');
  world.accepted = undefined;
  t.like(sight.now(), { revision: 5n, policy: { name: DATABASE, mode: 'observe' } });
  world.isDeleted = false;
  t.is(sight.now(), undefined);
});
