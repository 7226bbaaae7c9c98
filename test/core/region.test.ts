/** The whole decision of a tick: modes, holds, what is written, what is told, and when to decide again. */
import test from 'ava';
import fc from 'fast-check';
import type { DesiredVip } from '../../src/core/desired.ts';
import type { Health } from '../../src/core/observation.ts';
import { decideRegion } from '../../src/core/region.ts';
import { newlyRefused, type RegionDecision } from '../../src/core/region-snapshot.ts';
import {
  after,
  aSnapshot,
  atHome,
  database,
  identity,
  inForce,
  northIsPrimary,
  saw,
  southIsPrimary,
  standing,
  vip,
} from './a-region.ts';

const vipSeen: DesiredVip = {
  kind: 'vip',
  name: 'south',
  unfit: [],
  wanted: {
    address: vip.address,
    interface: vip.interface,
    virtualRouterId: vip.virtualRouterId,
    advertIntervalMs: vip.advertIntervalMs,
    nodes: vip.nodes,
    peers: { 'south-1': '198.51.100.11', 'south-2': '198.51.100.12' },
  },
};
const brokenProxy = [saw('south-1', 'haproxy', 'failed'), saw('south-2', 'haproxy', 'ok')];
const values = (decision: RegionDecision) => decision.desired.map((each) => `${each.value.kind}/${each.value.name}`);
const refusals = (decision: RegionDecision) => decision.refusals.map((each) => each.event.refusal);

test('every policy gets a value at first, with the revision of its policy', (t) => {
  const decision = decideRegion(
    aSnapshot({ policies: [inForce(vip, 3n), inForce(database, 9n), inForce(identity, 4n)] }),
  );
  t.deepEqual(values(decision), ['vip/south', 'database/keystone', 'identity/south']);
  t.deepEqual(
    decision.desired.map((each) => each.policyRevision),
    [3n, 9n, 4n],
  );
});

test('a value that is already there is not written again', (t) => {
  const decision = decideRegion(aSnapshot({ policies: [inForce(vip)], desired: [standing(vipSeen)] }));
  t.deepEqual(decision.desired, []);
  t.deepEqual(decision.events, []);
});

test('a new revision of a policy that wants the same writes nothing', (t) => {
  const decision = decideRegion(aSnapshot({ policies: [inForce(vip, 99n)], desired: [standing(vipSeen)] }));
  t.deepEqual(decision.desired, []);
});

test('policies of other regions are not for this leader', (t) => {
  const decision = decideRegion(aSnapshot({ region: 'north', policies: [inForce(vip), inForce(identity)] }));
  t.deepEqual(decision.desired, []);
});

test('every event and refusal carries the epoch of its leader', (t) => {
  const observations = [...brokenProxy, saw('south-1', 'identity-home', 'failed')];
  const decision = decideRegion(aSnapshot({ policies: [inForce(vip), inForce(identity)], observations }));
  const told = [...decision.events, ...decision.refusals.map((each) => each.event)];
  t.is(decision.events.length, 2);
  t.is(decision.refusals.length, 1);
  t.true(told.every((event) => event.epoch === 100n && event.policyRevision === 5n));
});

test('a fresh leader counts what stands from its own election', (t) => {
  const policies = [inForce(vip)];
  const fresh = aSnapshot({ policies, desired: [standing(vipSeen)], observations: brokenProxy, leadingForMs: 1500 });
  const decision = decideRegion(fresh);
  t.deepEqual(decision.desired, []);
  t.is(decision.nextTickInMs, 500);
});

test('observing decides, explains and changes nothing', (t) => {
  const policy = { ...vip, mode: 'observe' } as const;
  const decision = decideRegion(
    aSnapshot({ policies: [inForce(policy)], desired: [standing(vipSeen)], observations: brokenProxy }),
  );
  t.deepEqual(decision.desired, []);
  t.deepEqual(decision.events, []);
  t.deepEqual(
    decision.refusals.map((each) => [each.event.name, each.event.refusal]),
    [['vip:node:unfit', 'ObserveMode']],
  );
});

test('observing explains a whole walk although its first step is not taken', (t) => {
  const policy = { ...identity, mode: 'observe' } as const;
  const observations = ['south-1', 'south-2'].flatMap((node) => [
    saw(node, 'identity-home', 'failed'),
    saw(node, 'keystone-local', 'ok'),
  ]);
  const decision = decideRegion(aSnapshot({ policies: [inForce(policy)], desired: [standing(atHome)], observations }));
  t.deepEqual(decision.desired, []);
  t.deepEqual(
    decision.refusals.map((each) => each.event.name),
    ['identity:region:suspect', 'identity:region:isolated'],
  );
});

test('a change without an event of its own is explained too when it is observed only', (t) => {
  const policy = { ...database, mode: 'observe' } as const;
  const decision = decideRegion(aSnapshot({ policies: [inForce(policy)] }));
  t.deepEqual(decision.desired, []);
  t.deepEqual(refusals(decision), ['ObserveMode']);
});

test('a hold withholds the change, names its owner, and is over by itself', (t) => {
  const holds = [{ scope: 'vip/south', owner: 'ann', reason: 'upgrade', expiresAtMs: 1_000_700 }];
  const snapshot = aSnapshot({
    policies: [inForce(vip)],
    desired: [standing(vipSeen)],
    observations: brokenProxy,
    holds,
  });
  const held = decideRegion(snapshot);
  t.deepEqual(held.desired, []);
  t.deepEqual(refusals(held), ['OnHold']);
  t.is(held.nextTickInMs, 700);
  t.deepEqual(values(decideRegion({ ...snapshot, wallMs: 1_000_700 })), ['vip/south']);
});

test('a hold over one policy leaves the others alone', (t) => {
  const holds = [{ scope: 'vip/south', owner: 'ann', reason: '', expiresAtMs: 2_000_000 }];
  const decision = decideRegion(aSnapshot({ policies: [inForce(vip), inForce(identity)], holds }));
  t.deepEqual(values(decision), ['identity/south']);
});

test('with nothing pending the next tick is half a minute away', (t) => {
  t.is(decideRegion(aSnapshot()).nextTickInMs, 30_000);
});

test('the value of a policy that is gone is released', (t) => {
  const decision = decideRegion(
    aSnapshot({ desired: [standing(vipSeen), standing(atHome)], policies: [inForce(identity)] }),
  );
  t.deepEqual(decision.released, [{ kind: 'vip', name: 'south' }]);
});

test('the value of a policy that this version cannot read stays', (t) => {
  t.deepEqual(decideRegion(aSnapshot({ desired: [standing(vipSeen)], unreadable: ['south'] })).released, []);
});

test('a database route is not released while the global store is out of reach', (t) => {
  const [route] = decideRegion(aSnapshot({ policies: [inForce(database)] })).desired;
  const desired = route === undefined ? [] : [standing(route.value)];
  t.is(desired.length, 1);
  t.deepEqual(decideRegion(aSnapshot({ desired, globalReachable: false })).released, []);
  t.deepEqual(decideRegion(aSnapshot({ desired })).released, [{ kind: 'database', name: 'keystone' }]);
});

test('a refusal is told when it begins, and again only if it ended in between', (t) => {
  const minority = aSnapshot({
    policies: [inForce(identity)],
    desired: [standing(atHome)],
    observations: [saw('south-1', 'identity-home', 'failed')],
  });
  const well = { ...minority, observations: [] };
  const first = newlyRefused(new Set(), decideRegion(minority).refusals);
  const second = newlyRefused(first.keys, decideRegion(minority).refusals);
  const third = newlyRefused(second.keys, decideRegion(well).refusals);
  const fourth = newlyRefused(third.keys, decideRegion(minority).refusals);
  t.deepEqual(
    [first, second, third, fourth].map((each) => each.events.length),
    [1, 0, 0, 1],
  );
});

const anObservation = fc.tuple(
  fc.constantFrom('south-1', 'south-2', 'south-3'),
  fc.constantFrom('haproxy', 'identity-home', 'keystone-local', 'mariadb'),
  fc.constantFrom<Health>('ok', 'degraded', 'failed', 'unknown'),
  fc.nat(120_000),
);
const aHistory = fc.array(
  fc.record({
    says: fc.uniqueArray(anObservation, { maxLength: 12, selector: ([node, probe]) => `${node}/${probe}` }),
    view: fc.constantFrom([], [northIsPrimary], [southIsPrimary]),
    present: fc.subarray(['south-1', 'south-2', 'south-3']),
  }),
  { minLength: 1, maxLength: 6 },
);

test('deciding on the result changes nothing and tells nothing, whatever came before', (t) => {
  fc.assert(
    fc.property(aHistory, (history) => {
      let snapshot = aSnapshot({ policies: [inForce(vip), inForce(database), inForce(identity)] });
      for (const { says, view, present } of history) {
        const nodes = present.map((node) => ({ node, roles: [], addresses: [] }));
        snapshot = { ...snapshot, nodes, databases: view, observations: says.map((each) => saw(...each)) };
        snapshot = after(snapshot, decideRegion(snapshot));
        const again = decideRegion(snapshot);
        if (again.desired.length + again.events.length + again.released.length > 0) return false;
      }
      return true;
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('no history leaves an address without a node, a route without a target, or a term that went back', (t) => {
  fc.assert(
    fc.property(aHistory, (history) => {
      let snapshot = aSnapshot({ policies: [inForce(vip), inForce(database), inForce(identity)] });
      let term = 0n;
      for (const { says, view } of history) {
        snapshot = { ...snapshot, databases: view, observations: says.map((each) => saw(...each)) };
        snapshot = after(snapshot, decideRegion(snapshot));
        for (const { value } of snapshot.desired) {
          if (value.kind === 'vip' && value.unfit.length >= value.wanted.nodes.length) return false;
          if (value.kind !== 'vip' && value.kind !== 'catalog' && value.ready.length === 0) return false;
          if (value.kind === 'database' && value.term < term) return false;
          if (value.kind === 'database') term = value.term;
        }
      }
      return true;
    }),
    { numRuns: 1000 },
  );
  t.pass();
});
