/**
 * Who is unfit to own a virtual IP. Each row starts from a region in which both nodes are well and differs by what the
 * row says.
 */
import test from 'ava';
import fc from 'fast-check';
import type { DesiredVip } from '../../src/core/desired.ts';
import type { Health, SeenObservation } from '../../src/core/observation.ts';
import { decideAddress } from '../../src/core/virtual-address.ts';
import { aSnapshot, inForce, saw, vip } from './a-region.ts';

const seen = (unfit: readonly string[]): DesiredVip => ({
  kind: 'vip',
  name: 'south',
  unfit,
  wanted: {
    address: vip.address,
    interface: vip.interface,
    virtualRouterId: vip.virtualRouterId,
    advertIntervalMs: vip.advertIntervalMs,
    nodes: vip.nodes,
    peers: { 'south-1': '198.51.100.11', 'south-2': '198.51.100.12' },
  },
});

interface Row {
  readonly was?: readonly string[];
  readonly says: readonly SeenObservation[];
  readonly present?: readonly string[];
  readonly unfit: readonly string[];
  readonly events?: readonly string[];
  readonly refusals?: readonly string[];
  readonly changesInMs?: number;
}

const decides = test.macro((t, row: Row) => {
  const present = row.present ?? ['south-1', 'south-2'];
  const nodes = aSnapshot().nodes.filter((each) => present.includes(each.node));
  const verdict = decideAddress(inForce(vip), seen(row.was ?? []), { nodes, observations: row.says });
  t.deepEqual(verdict.desired, seen(row.unfit));
  t.deepEqual(
    verdict.events.map((each) => `${each.name} ${String(each.facts?.node)}`),
    row.events ?? [],
  );
  t.deepEqual(
    verdict.refusals.map((each) => each.key),
    row.refusals ?? [],
  );
  t.is(verdict.changesInMs, row.changesInMs);
});

const ok = (node: string, forMs?: number) => saw(node, 'haproxy', 'ok', forMs);
const failed = (node: string, forMs?: number) => saw(node, 'haproxy', 'failed', forMs);

test('a node whose probe has failed for the time of the policy is unfit', decides, {
  says: [failed('south-1', 2000), ok('south-2')],
  unfit: ['south-1'],
  events: ['vip:node:unfit south-1'],
});
test('a node whose probe failed a moment ago is still fit', decides, {
  says: [failed('south-1', 1500), ok('south-2')],
  unfit: [],
  changesInMs: 500,
});
test('unknown never makes a node unfit', decides, {
  says: [saw('south-1', 'haproxy', 'unknown'), ok('south-2')],
  unfit: [],
});
test('degraded never makes a node unfit', decides, {
  says: [saw('south-1', 'haproxy', 'degraded'), ok('south-2')],
  unfit: [],
});
test('a node that has vanished is left to VRRP', decides, { says: [ok('south-2')], present: ['south-2'], unfit: [] });
test('a probe that the policy does not name does not count', decides, {
  says: [saw('south-1', 'memcached', 'failed'), ok('south-1'), ok('south-2')],
  unfit: [],
});
test('a node that was unfit stays so until it was ok for the time of the policy', decides, {
  was: ['south-1'],
  says: [ok('south-1', 9000), ok('south-2')],
  unfit: ['south-1'],
  changesInMs: 1000,
});
test('a node that was ok for the time of the policy is fit again', decides, {
  was: ['south-1'],
  says: [ok('south-1', 10_000), ok('south-2')],
  unfit: [],
  events: ['vip:node:fit south-1'],
});
test('not reporting does not make an unfit node fit', decides, {
  was: ['south-1'],
  says: [ok('south-2')],
  unfit: ['south-1'],
});
test('degraded does not make an unfit node fit', decides, {
  was: ['south-1'],
  says: [saw('south-1', 'haproxy', 'degraded'), ok('south-2')],
  unfit: ['south-1'],
});
test('when all would be unfit the most preferred is spared', decides, {
  says: [failed('south-1'), failed('south-2')],
  unfit: ['south-2'],
  events: ['vip:node:unfit south-2'],
  refusals: ['vip/south/NoFitTarget/south-1'],
});
test('the node that is fit so far is spared before a more preferred one', decides, {
  was: ['south-1'],
  says: [failed('south-1'), failed('south-2')],
  unfit: ['south-1'],
  refusals: ['vip/south/NoFitTarget/south-2'],
});
test('a node that is there is spared before one that has vanished', decides, {
  was: ['south-1'],
  says: [failed('south-2')],
  present: ['south-2'],
  unfit: ['south-1'],
  refusals: ['vip/south/NoFitTarget/south-2'],
});
test('a vanished node is not the one to be spared while another is there', decides, {
  was: ['south-2'],
  says: [failed('south-1'), failed('south-2')],
  present: ['south-2'],
  unfit: ['south-1'],
  events: ['vip:node:unfit south-1'],
  refusals: ['vip/south/NoFitTarget/south-2'],
});
test('when the only fit node fails, one that works again takes its place without waiting', decides, {
  was: ['south-1'],
  says: [ok('south-1', 1), failed('south-2')],
  unfit: ['south-2'],
  events: ['vip:node:unfit south-2', 'vip:node:fit south-1'],
  changesInMs: 9999,
});
test('a node that works again is fit at once while the only fit one has vanished', decides, {
  was: ['south-1'],
  says: [ok('south-1', 1)],
  present: ['south-1'],
  unfit: [],
  events: ['vip:node:fit south-1'],
  changesInMs: 9999,
});
test('a broken node stays unfit while the only fit one has vanished: its host may well be alive', decides, {
  was: ['south-1'],
  says: [failed('south-1')],
  present: ['south-1'],
  unfit: ['south-1'],
});

test('every probe of the policy must be ok before a node is fit again', (t) => {
  const policy = { ...vip, unfitWhen: { probes: ['haproxy', 'keystone-local'], failedForMs: 2000 } };
  const says = [ok('south-1'), saw('south-1', 'keystone-local', 'failed', 0), ok('south-2')];
  const verdict = decideAddress(inForce(policy), seen(['south-1']), { nodes: aSnapshot().nodes, observations: says });
  t.deepEqual(verdict.desired, seen(['south-1']));
});

const twoProbes = { ...vip, unfitWhen: { probes: ['haproxy', 'keystone-local'], failedForMs: 2000 } };
const local = (node: string, health: Health, forMs?: number) => saw(node, 'keystone-local', health, forMs);

const judgesTwoProbes = test.macro(
  (t, was: readonly string[], says: readonly SeenObservation[], unfit: readonly string[], changesInMs?: number) => {
    const verdict = decideAddress(inForce(twoProbes), seen(was), { nodes: aSnapshot().nodes, observations: says });
    t.deepEqual(verdict.desired, seen(unfit));
    t.is(verdict.changesInMs, changesInMs);
  },
);

test(
  'the node with fewer broken probes is spared before a more preferred one',
  judgesTwoProbes,
  [],
  [failed('south-1'), local('south-1', 'failed'), failed('south-2'), local('south-2', 'ok')],
  ['south-1'],
);
test(
  'of two failed probes the older one counts',
  judgesTwoProbes,
  [],
  [failed('south-1', 2000), local('south-1', 'failed', 10), ok('south-2')],
  ['south-1'],
);
test(
  'of two probes that are ok the younger one counts',
  judgesTwoProbes,
  ['south-1'],
  [ok('south-1', 10_000), local('south-1', 'ok', 4000), ok('south-2')],
  ['south-1'],
  6000,
);
test('a node that has vanished is not fit at once by what was seen of it last', decides, {
  was: ['south-1'],
  says: [ok('south-1', 1)],
  present: [],
  unfit: ['south-1'],
  changesInMs: 9999,
});

test('a node that the policy no longer names is not kept as unfit', (t) => {
  const policy = { ...vip, nodes: ['south-2', 'south-3'] };
  const { desired } = decideAddress(inForce(policy), seen(['south-1']), { nodes: [], observations: [] });
  t.deepEqual(desired?.kind === 'vip' ? desired.unfit : undefined, []);
});

const nodeNames = ['a', 'b', 'c', 'd'];
const world = fc.record({
  count: fc.integer({ min: 1, max: 4 }),
  was: fc.subarray(nodeNames),
  present: fc.subarray(nodeNames),
  says: fc.array(
    fc.tuple(
      fc.constantFrom(...nodeNames),
      fc.constantFrom('haproxy', 'keystone-local'),
      fc.constantFrom<Health>('ok', 'degraded', 'failed', 'unknown'),
      fc.nat(20_000),
    ),
    { maxLength: 12 },
  ),
});

test('whatever is seen, at least one node keeps its chance (I4), and the verdict stands when it is asked again', (t) => {
  fc.assert(
    fc.property(world, ({ count, was, present, says }) => {
      const nodes = nodeNames.slice(0, count);
      const policy = { ...vip, nodes, unfitWhen: { probes: ['haproxy', 'keystone-local'], failedForMs: 2000 } };
      const snapshot = {
        nodes: present.map((node) => ({ node, roles: [], addresses: [] })),
        observations: says.map((each) => saw(...each)),
      };
      const first = decideAddress(inForce(policy), { ...seen(was) }, snapshot);
      if (first.desired?.kind !== 'vip' || first.desired.unfit.length >= count) return false;
      const second = decideAddress(inForce(policy), first.desired, snapshot);
      return (
        second.events.length === 0 &&
        second.desired?.kind === 'vip' &&
        `${second.desired.unfit}` === `${first.desired.unfit}`
      );
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('a node is only ever declared unfit because a probe of its own has failed', (t) => {
  fc.assert(
    fc.property(world, ({ count, present, says }) => {
      const policy = { ...vip, nodes: nodeNames.slice(0, count) };
      const observations = says.map((each) => saw(...each));
      const nodes = present.map((node) => ({ node, roles: [], addresses: [] }));
      const { desired } = decideAddress(inForce(policy), seen([]), { nodes, observations });
      const blamed = (node: string) => observations.some((each) => each.node === node && each.health === 'failed');
      return desired?.kind === 'vip' && desired.unfit.every(blamed);
    }),
  );
  t.pass();
});

test('the address of a node that is away is remembered, so that its peers do not drop it', (t) => {
  const { desired } = decideAddress(inForce(vip), seen([]), { nodes: [], observations: [] });
  t.deepEqual(desired?.kind === 'vip' && desired.wanted.peers, seen([]).wanted.peers);
});

test('a node that has never registered has no address, and nobody invents one', (t) => {
  const nodes = aSnapshot().nodes.filter((each) => each.node !== 'south-2');
  const { desired } = decideAddress(inForce(vip), undefined, { nodes, observations: [] });
  t.deepEqual(desired?.kind === 'vip' && desired.wanted.peers, { 'south-1': '198.51.100.11' });
});
