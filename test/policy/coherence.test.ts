/** Rules across fields, names and policies. Each row is a policy that fits its world, but for one difference. */
import test from 'ava';
import type { DatabaseFailover, DatabaseMember, IdentityRoute, Policy, VirtualAddress } from '../../src/core/policy.ts';
import { coherenceProblems } from '../../src/policy/coherence.ts';
import type { PolicyWorld } from '../../src/policy/world.ts';
import { DATABASE, globalWorld, IDENTITY, northNodes, policyOf, southernWorld, southNodes, VIP } from './a-world.ts';

const vip = policyOf<VirtualAddress>(VIP);
const database = policyOf<DatabaseFailover>(DATABASE);
const identity = policyOf<IdentityRoute>(IDENTITY);

const promotable = (may: (member: DatabaseMember) => boolean): readonly DatabaseMember[] =>
  database.members.map((each) => ({ ...each, promote: may(each) ? 'allowed' : 'never' }));

interface Row {
  readonly policy: Policy;
  readonly world?: Partial<PolicyWorld>;
  readonly others?: readonly Policy[];
  readonly previous?: Policy;
  /** Field, and a pattern of the remedy, of each problem; none means that the policy is coherent. */
  readonly wrong?: readonly (readonly [string, RegExp])[];
}

const judged = test.macro((t, { policy, world = {}, others = [], previous, wrong = [] }: Row) => {
  const base = policy.kind === 'DatabaseFailover' ? globalWorld(world) : southernWorld(world);
  const found = coherenceProblems(policy, { world: base, others, previous });
  t.deepEqual(
    found.map((each) => each.field),
    wrong.map(([field]) => field),
    JSON.stringify(found),
  );
  for (const [index, [, remedy]] of wrong.entries()) t.regex(found[index]?.remedy ?? '', remedy);
});

test('a virtual address that fits is coherent', judged, { policy: vip });
test('a database failover that fits is coherent', judged, { policy: database });
test('an identity route that fits is coherent', judged, { policy: identity });

// Which store.
test('a database failover does not belong into a region', (t) => {
  const found = coherenceProblems(database, { world: southernWorld(), others: [], previous: undefined });
  t.deepEqual(
    found.map(({ field, remedy }) => [field, remedy]),
    [['kind', 'put it into the global store']],
  );
});
test('an address does not belong into the global store', judged, {
  policy: vip,
  world: { store: 'global', region: undefined },
  wrong: [['kind', /store of region south/]],
});
test('an identity route does not belong into the global store', judged, {
  policy: identity,
  world: { store: 'global', region: undefined },
  wrong: [['kind', /store of region south/]],
});
test('with one store for all, each kind belongs into it', judged, {
  policy: database,
  world: { store: 'only', region: 'south' },
});
test('a policy of another region is refused with the store that it belongs into', judged, {
  policy: { ...vip, region: 'north' },
  wrong: [['region', /store of region north, or set region to south/]],
});

// Times of an address.
test('an advertisement interval between two steps is refused with the nearest', judged, {
  policy: { ...vip, advertIntervalMs: 105 },
  wrong: [['advertInterval', /^write 110ms$/]],
});
test('an advertisement interval that VRRP cannot carry is refused', judged, {
  policy: { ...vip, advertIntervalMs: 20_000 },
  wrong: [['advertInterval', /from 10ms to 10s/]],
});
test('a node is not fit again sooner than it became unfit', judged, {
  policy: { ...vip, fitAgainAfterMs: 1999 },
  wrong: [['fitAgainAfter', /^write 2s or more/]],
});
test('as soon as it became unfit is soon enough', judged, { policy: { ...vip, fitAgainAfterMs: 2000 } });
test('one failed look makes no node unfit', judged, {
  policy: { ...vip, unfitWhen: { ...vip.unfitWhen, failedForMs: 0 } },
  wrong: [['unfitWhen.failedFor', /from 500ms/]],
});

// Times of a database.
test('a margin below the inequality is refused with the number that keeps it', judged, {
  policy: { ...database, marginMs: 400 },
  wrong: [['margin', /set margin to 503ms or more/]],
});
test('a margin that keeps the inequality exactly is enough', judged, { policy: { ...database, marginMs: 503 } });
test('a longer round trip needs a larger margin', judged, {
  policy: database,
  world: { timing: { rttMs: 200, driftPpm: 1000, stepDownMs: 400, callTimeoutMs: 500 } },
  wrong: [['margin', /803ms/]],
});
test('a margin that leaves nothing of the lease is refused', judged, {
  policy: { ...database, marginMs: 3000 },
  wrong: [
    ['margin', /less than 3s/],
    ['writeProbe.vetoWithin', /lengthen ttl/],
  ],
});
test('a lease below the floor of the store is refused, naming the option of etcd', judged, {
  policy: database,
  world: { timing: { rttMs: 50, driftPpm: 1000, stepDownMs: 400, callTimeoutMs: 800, storeFloorMs: 4500 } },
  wrong: [['ttl', /--election-timeout/]],
});
test('a lease in fractions of a second is refused', judged, {
  policy: { ...database, ttlMs: 3500 },
  wrong: [['ttl', /set ttl to 4s/]],
});
test('a lease that one lost renewal would cost is refused', judged, {
  policy: { ...database, marginMs: 900, writeProbe: { everyMs: 1000, vetoWithinMs: 1000 } },
  wrong: [['ttl', /lengthen ttl/]],
});
test('a veto within less than a write probe could never be given', judged, {
  policy: { ...database, writeProbe: { everyMs: 1000, vetoWithinMs: 999 } },
  wrong: [['writeProbe.vetoWithin', /^write 1s or more/]],
});
test('a veto by the last row of a dead primary is refused', judged, {
  policy: { ...database, writeProbe: { everyMs: 1000, vetoWithinMs: 2400 } },
  wrong: [['writeProbe.vetoWithin', /less than 2400ms/]],
});
test('a veto just inside the lease is right', judged, {
  policy: { ...database, writeProbe: { everyMs: 1000, vetoWithinMs: 2399 } },
});
test('another region is not promoted before the own one', judged, {
  policy: {
    ...database,
    withinRegion: { ...database.withinRegion, holdDownMs: 61_000 },
  },
  wrong: [['betweenRegions.holdDown', /^write 61s or more/]],
});
test('another region is not promoted by itself within one lease', judged, {
  policy: { ...database, betweenRegions: { promote: 'automatic', holdDownMs: 2999, maxLossMs: 15_000 } },
  wrong: [['betweenRegions.holdDown', /^write 3s or more/]],
});
test('a cooldown that ends before its ballot is refused', judged, {
  policy: { ...database, cooldownMs: 19_999 },
  wrong: [['cooldown', /^write 20s or more/]],
});
test('a cooldown as long as a ballot is right', judged, { policy: { ...database, cooldownMs: 20_000 } });
test('a step that a frozen primary would always outlast is refused', judged, {
  policy: { ...database, stepTimeoutMs: 2000 },
  wrong: [['stepTimeout', /from 3s/]],
});

// Between regions, and durability.
const automatic = {
  ...database,
  betweenRegions: { promote: 'automatic', holdDownMs: 60_000, maxLossMs: 15_000 },
} as const;
test('automatic promotion between regions with three store sites is coherent', judged, { policy: automatic });
test('automatic promotion between regions with two store sites is refused', judged, {
  policy: automatic,
  world: { globalStoreSites: 2 },
  wrong: [['betweenRegions.promote', /third site/]],
});
test('manual promotion between regions needs no third site', judged, {
  policy: database,
  world: { globalStoreSites: 1 },
});
test('with all members in one region two store sites are enough', judged, {
  policy: { ...automatic, members: automatic.members.filter((member) => member.region === 'north') },
  world: { globalStoreSites: 1 },
});
test('a loss budget that no promotion could keep is refused', judged, {
  policy: { ...automatic, betweenRegions: { ...automatic.betweenRegions, maxLossMs: 999 } },
  wrong: [['betweenRegions.maxLoss', /^write 1s or more/]],
});
test('lossless with a loss budget is refused', judged, {
  policy: { ...database, durability: 'lossless', withinRegion: { ...database.withinRegion, maxLossMs: 1 } },
  wrong: [['withinRegion.maxLoss', /write 0s/]],
});
test('lossless with manual promotion between regions is coherent', judged, {
  policy: { ...database, durability: 'lossless' },
});

// Times of an identity route.
test('a try that lasts longer than the time between two is refused', judged, {
  policy: { ...identity, probe: { everyMs: 2000, timeoutMs: 2001 } },
  wrong: [['probe.timeout', /^write 2s or less/]],
});
test('one look does not isolate a region', judged, {
  policy: { ...identity, isolateAfterMs: 3999 },
  wrong: [['isolateAfter', /^write 4s or more/]],
});
test('two looks isolate a region', judged, { policy: { ...identity, isolateAfterMs: 4000 } });
test('one look does not bring a region home', judged, {
  policy: { ...identity, returnAfterMs: 3999 },
  wrong: [['returnAfter', /^write 4s or more/]],
});

// Names.
test('an unknown node is refused with the one that was meant', judged, {
  policy: { ...vip, nodes: ['south-1', 'suoth-2'] },
  wrong: [['nodes[1]', /^write south-2,/]],
});
test('a node that the version in force names already is not questioned, so that it may be down', judged, {
  policy: { ...vip, fitAgainAfterMs: 20_000, nodes: ['south-1', 'south-9'] },
  previous: { ...vip, nodes: ['south-1', 'south-9'] },
});
test('a node without the role is refused', judged, {
  policy: { ...vip, nodes: ['south-1', 'south-3'] },
  wrong: [['nodes[1]', /agent\.yaml/]],
});
test('a node of another region is refused', judged, {
  policy: { ...vip, nodes: ['south-1', 'north-1'] },
  world: { nodes: globalWorld().nodes },
  wrong: [
    ['nodes[1]', /region/],
    ['address', /prefix length/],
  ],
});
test('before any agent has registered no node is known', judged, {
  policy: vip,
  world: { nodes: [] },
  wrong: [
    ['nodes[0]', /start its agent/],
    ['nodes[1]', /start its agent/],
  ],
});
test('a node that is named twice is refused', judged, {
  policy: { ...vip, nodes: ['south-1', 'south-2', 'south-1'] },
  wrong: [['nodes[2]', /remove/]],
});
test('a probe that does not run there is refused', judged, {
  policy: { ...vip, unfitWhen: { probes: ['haproksy'], failedForMs: 2000 } },
  wrong: [['unfitWhen.probes[0]', /^write haproxy$/]],
});
test('an address outside the network of its nodes is refused', judged, {
  policy: { ...vip, address: '203.0.113.10/24' },
  wrong: [
    ['address', /prefix length/],
    ['address', /prefix length/],
  ],
});
test('a prefix that does not reach the nodes is refused', judged, {
  policy: { ...vip, nodes: ['south-1'], address: '198.51.100.10/32' },
  wrong: [['address', /prefix length/]],
});
test("an address that is another node's own is refused", judged, {
  policy: { ...vip, address: '198.51.100.13/24' },
  wrong: [['address', /add south-3 to nodes/]],
});
test('an address that a node of the policy serves already is adopted', judged, {
  policy: vip,
  world: {
    nodes: southNodes.map((each) => ({ ...each, addresses: [...each.addresses, '198.51.100.10'] })).slice(0, 2),
  },
});
test('the broadcast address of the network is refused', judged, {
  policy: { ...vip, address: '198.51.100.255/24' },
  wrong: [['address', /between/]],
});
test('the address of the network itself is refused', judged, {
  policy: { ...vip, address: '198.51.100.0/24' },
  wrong: [['address', /between/]],
});
const member = { region: 'north', port: 3306, promote: 'allowed' } as const;
test('a database member without the role is refused', judged, {
  policy: { ...database, members: [...database.members, { ...member, node: 'north-1', address: '192.0.2.11' }] },
  wrong: [['members[3].node', /agent\.yaml/]],
});
test('a database member in the wrong region is refused', judged, {
  policy: { ...database, members: database.members.map((each) => ({ ...each, region: 'north' })) },
  wrong: [['members[2].node', /region/]],
});
test('an unknown region is refused with the one that was meant', judged, {
  policy: {
    ...database,
    members: [...database.members, { ...member, region: 'nort', node: 'nort-1', address: '192.0.2.14' }],
  },
  wrong: [['members[3].region', /^write north$/]],
});
test('a region that the version in force names is not questioned, so that it may be away', judged, {
  policy: database,
  previous: database,
  world: { regions: ['north'], nodes: northNodes },
});
test('a node of a region that cannot be seen from here is not questioned', judged, {
  policy: database,
  world: { nodes: southNodes, regions: undefined },
});
test('two members on one server are refused', judged, {
  policy: {
    ...database,
    members: [...database.members, { ...member, node: 'south-3', region: 'south', address: '192.0.2.12' }],
  },
  wrong: [['members[3].address', /remove/]],
});
test('a database of which only one member may be promoted is refused', judged, {
  policy: {
    ...database,
    members: promotable((each) => each.node === 'north-3'),
  },
  wrong: [['members', /at least 2/]],
});
test('an identity route whose database has no policy is refused', judged, {
  policy: identity,
  world: { databases: [] },
  wrong: [['database', /global store first/]],
});
test('an identity route is refused with the database that was meant', judged, {
  policy: { ...identity, database: 'keyston' },
  wrong: [['database', /^write keystone$/]],
});
test('an identity route is not judged without the global store', judged, {
  policy: identity,
  world: { databases: undefined },
  wrong: [['database', /judged again/]],
});
test('with one store the database is found beside the identity route', judged, {
  policy: identity,
  world: { store: 'only', databases: [] },
  others: [database],
});
test('an identity route that leaves out a region of the database is refused', judged, {
  policy: { ...identity, keystones: { south: { url: '', nodes: ['south-1'] } } },
  wrong: [['keystones', /^add north$/]],
});
test('a region whose members are never promoted may be left out', judged, {
  policy: { ...identity, keystones: { south: { url: '', nodes: ['south-1'] } } },
  world: {
    databases: [
      {
        ...database,
        members: promotable((each) => each.region !== 'north'),
      },
    ],
  },
});
test('an identity route without its own region is refused', judged, {
  policy: { ...identity, keystones: { north: { url: '', nodes: ['north-1'] } } },
  wrong: [
    ['keystones', /^add south$/],
    ['keystones', /own Keystone/],
  ],
});
test('a region that nobody knows is refused with the one that was meant', judged, {
  policy: { ...identity, keystones: { ...identity.keystones, nroth: { url: '', nodes: ['a'] } } },
  wrong: [['keystones.nroth', /^write north$/]],
});
test('one observer alone does not cut a region off', judged, {
  policy: { ...identity, observers: ['south-1'] },
  wrong: [['observers', /at least two/]],
});
test('an observer that is counted twice is refused', judged, {
  policy: { ...identity, observers: ['south-1', 'south-1'] },
  wrong: [['observers[1]', /remove/]],
});
test('an observer without Keystone or proxy is refused', judged, {
  policy: { ...identity, observers: ['south-1', 'south-3'] },
  wrong: [['observers[1]', /agent\.yaml/]],
});
test('a Keystone on a node without the role is refused', judged, {
  policy: { ...identity, keystones: { ...identity.keystones, south: { url: '', nodes: ['south-3'] } } },
  wrong: [['keystones.south.nodes[0]', /agent\.yaml/]],
});

// Other policies.
test('two policies for one address are refused', judged, {
  policy: vip,
  others: [{ ...vip, name: 'old', virtualRouterId: 9 }],
  wrong: [['address', /delete old/]],
});
test('one router id twice on the same nodes is refused', judged, {
  policy: vip,
  others: [{ ...vip, name: 'old', address: '203.0.113.9/24' }],
  wrong: [['virtualRouterId', /1 to 255/]],
});
test('one router id twice on the same network is refused', judged, {
  policy: vip,
  others: [{ ...vip, name: 'old', address: '198.51.100.9/24', nodes: ['south-8'] }],
  wrong: [['virtualRouterId', /1 to 255/]],
});
test('one router id on two networks is right', judged, {
  policy: vip,
  others: [{ ...vip, name: 'old', address: '203.0.113.9/24', interface: 'eth1' }],
});
test('two database failovers for one backend are refused', judged, {
  policy: database,
  others: [{ ...database, name: 'old', members: database.members.map((each) => ({ ...each, port: 3307 })) }],
  wrong: [['route.backend', /delete old/]],
});
test('a server in two database failovers is refused', judged, {
  policy: { ...database, route: { backend: 'other' } },
  others: [{ ...database, name: 'old', members: database.members.slice(0, 1) }],
  wrong: [['members[0].address', /remove it from one/]],
});
test('two identity routes for one backend are refused', judged, {
  policy: identity,
  others: [{ ...identity, name: 'old' }],
  wrong: [['backend', /delete old/]],
});
