/** A region's store as its leader and its nodes read it. */
import test from 'ava';
import type { Desired } from '../../../src/core/desired.ts';
import { readRegion } from '../../../src/runtime/duty/region-view.ts';
import { encodeDesired } from '../../../src/store/desired-spec.ts';
import { desiredKey, holdKey, leaderKey, nodeKey, observationKey } from '../../../src/store/keys.ts';
import { desiredRecord, holdRecord, leaderRecord, nodeRecord, observationRecord } from '../../../src/store/schema.ts';
import { AStore } from './a-store.ts';

const route: Desired = {
  kind: 'database',
  name: 'keystone',
  primary: 'north-3',
  region: 'north',
  term: 7n,
  lossyTerm: 0n,
  isBehind: false,
  backend: 'database',
  ready: ['south-2'],
};
const hold = { scope: 'vip/south', owner: 'ann', reason: 'a new switch', expiresAtMs: 5_000 };

function aRegion(): AStore {
  const stored = new AStore();
  stored.put(
    nodeKey('south-1'),
    nodeRecord.encode({
      region: 'south',
      roles: ['api', 'proxy'],
      addresses: ['198.51.100.11'],
      version: '1',
      bootId: 'b',
      http: null,
    }),
  );
  stored.put(
    observationKey('south-1', 'haproxy'),
    observationRecord.encode({ health: 'failed', detail: 'no answer', facts: { tries: 3 }, since: 'now' }),
  );
  stored.put(holdKey('vip/south'), holdRecord.encode(hold));
  stored.put(leaderKey(), leaderRecord.encode({ node: 'south-1', region: 'south', bootId: 'b' }));
  return stored;
}

const putRoute = (stored: AStore) =>
  stored.put(
    desiredKey('database', 'keystone'),
    desiredRecord.encode({ epoch: 4n, policyRevision: 9n, spec: encodeDesired(route) }),
  );
const read = (stored: AStore) => readRegion(stored.cluster.state.list('/'));

test('nodes, observations, decisions, holds and the leader are read', (t) => {
  const stored = aRegion();
  const modRevision = putRoute(stored);
  t.deepEqual(read(stored), {
    nodes: [{ node: 'south-1', roles: ['api', 'proxy'], addresses: ['198.51.100.11'] }],
    observations: [{ node: 'south-1', probe: 'haproxy', health: 'failed', detail: 'no answer', facts: { tries: 3 } }],
    desired: [{ value: route, epoch: 4n, policyRevision: 9n, modRevision }],
    holds: [hold],
    identityOrders: [],
    reports: [],
    notices: [],
    leader: 'south-1',
    problems: [],
  });
});

test('keys that are not of the region, or of nobody, are passed over', (t) => {
  const stored = new AStore();
  stored.put('/regent/v1/policies/vip', 'a text');
  stored.put('/regent/v1/nodes/a/b/c', 'nobody');
  stored.put('/other', 'nobody');
  const nothing = { nodes: [], observations: [], desired: [], holds: [], identityOrders: [], reports: [], notices: [] };
  t.deepEqual(read(stored), { ...nothing, leader: undefined, problems: [] });
});

const putsAside = test.macro((t, key: string, value: string) => {
  const stored = aRegion();
  putRoute(stored);
  const whole = read(stored);
  stored.put(key, value);
  const view = read(stored);
  t.deepEqual(
    view.problems.map((problem) => problem.key),
    [key],
  );
  const count = ({ nodes, observations, desired, holds, leader }: typeof view) =>
    nodes.length + observations.length + desired.length + holds.length + (leader === undefined ? 0 : 1);
  t.is(count(view), count(whole) - (key.includes('new') ? 0 : 1), 'the others count');
});

test('a node that cannot be read is put aside', putsAside, nodeKey('south-1'), '{}');
test('an observation that cannot be read is put aside', putsAside, observationKey('new', 'x'), 'broken');
test('a decision of another format is put aside', putsAside, desiredKey('database', 'keystone'), '{"format":2}');
test(
  'a decision with a spec that does not fit is put aside',
  putsAside,
  desiredKey('vip', 'new'),
  desiredRecord.encode({ epoch: 1n, policyRevision: 1n, spec: { kind: 'vip' } }),
);
test('a leader that cannot be read is put aside', putsAside, leaderKey(), 'broken');

test('a hold that cannot be read holds all the same, without an end, and is told', (t) => {
  const { holds, problems } = readRegion([
    {
      key: holdKey('database/keystone'),
      value: '{"format":9}',
      createRevision: 1n,
      modRevision: 1n,
      leaseId: undefined,
    },
  ]);
  t.like(holds[0], { scope: 'database/keystone', expiresAtMs: Number.MAX_SAFE_INTEGER });
  t.is(problems.length, 1);
});
