/** What a proxy's agent puts into effect, what it refuses (F4), and what it tells the store. */
import test from 'ava';
import type { Outcome, WantedAddress, WantedRoute } from '../../../src/actuator/actuator.ts';
import type { Desired, DesiredDatabase, DesiredIdentity, DesiredVip } from '../../../src/core/desired.ts';
import { ProxyDuty } from '../../../src/runtime/duty/proxy-duty.ts';
import { encodeDesired } from '../../../src/store/desired-spec.ts';
import { appliedKey, desiredKey } from '../../../src/store/keys.ts';
import { appliedRecord, desiredRecord } from '../../../src/store/schema.ts';
import { AStore, AView, never, Told } from './a-store.ts';

const NODE = 'south-1';

const route: DesiredDatabase = {
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
const identity: DesiredIdentity = {
  kind: 'identity',
  name: 'south',
  state: 'home',
  home: 'north',
  backend: 'keystone',
  rollout: null,
  ready: ['north-1'],
  readOnly: false,
  isOrdered: false,
  sessions: 'end',
};
const vip: DesiredVip = {
  kind: 'vip',
  name: 'south',
  unfit: [],
  wanted: {
    address: '198.51.100.10/24',
    interface: 'host0',
    virtualRouterId: 51,
    advertIntervalMs: 100,
    nodes: ['south-2', NODE, 'south-3'],
    peers: { 'south-1': '198.51.100.11', 'south-2': '198.51.100.12', 'south-3': '198.51.100.13' },
  },
};

const changed: Outcome = { ok: true, changed: true, detail: 'done' };
const asWanted: Outcome = { ok: true, changed: false, detail: 'as wanted' };

function aProxy(stored = new AStore()) {
  const view = new AView(stored);
  const told = new Told();
  const routes: WantedRoute[] = [];
  const addresses: WantedAddress[] = [];
  const answers = { next: asWanted };
  const duty = new ProxyDuty({
    node: NODE,
    store: stored.store,
    view,
    routes: {
      apply: async (wanted) => {
        routes.push(wanted);
        return answers.next;
      },
    },
    addresses: {
      apply: async (wanted) => {
        addresses.push(wanted);
        return answers.next;
      },
    },
    record: told.record,
  });
  return { stored, view, told, routes, addresses, answers, duty };
}

const want = (stored: AStore, value: Desired, epoch = 4n) =>
  stored.put(
    desiredKey(value.kind, value.name),
    desiredRecord.encode({ epoch, policyRevision: 9n, spec: encodeDesired(value) }),
  );

function appliedIn(stored: AStore, kind: string, name: string) {
  const key = appliedKey(NODE, kind, name);
  const entry = stored.entry(key);
  return entry === undefined ? undefined : appliedRecord.decode(key, entry.value);
}

test('routes of databases and of identity are applied to their backends', async (t) => {
  const { stored, duty, routes } = aProxy();
  want(stored, route);
  want(stored, identity);
  await duty.tick(never);
  t.deepEqual(routes, [
    { backend: 'database', ready: ['south-2'], sessions: 'end' },
    { backend: 'keystone', ready: ['north-1'], sessions: 'end' },
  ]);
});

test("what becomes of the sessions is the leader's to say", async (t) => {
  const { stored, duty, routes } = aProxy();
  for (const sessions of ['finish', 'end'] as const) {
    want(stored, { ...identity, sessions });
    await duty.tick(never);
    t.is(routes.at(-1)?.sessions, sessions);
  }
});

test('it is applied again and again, and told when it changed something', async (t) => {
  const { stored, duty, routes, answers, told } = aProxy();
  want(stored, route);
  answers.next = changed;
  await duty.tick(never);
  answers.next = asWanted;
  await duty.tick(never);
  await duty.tick(never);
  t.is(routes.length, 3);
  t.deepEqual(told.names, ['route:backend:applied']);
  t.like(told.events[0], { subject: 'keystone', epoch: 4n, policyRevision: 9n, message: 'done' });
});

test('the epoch that was applied is written once', async (t) => {
  const { stored, duty } = aProxy();
  want(stored, route);
  await duty.tick(never);
  t.deepEqual(appliedIn(stored, 'database', 'keystone'), { epoch: 4n, ok: true, detail: {} });
  const before = stored.revision;
  await duty.tick(never);
  await duty.tick(never);
  t.is(stored.revision, before);
  want(stored, route, 5n);
  await duty.tick(never);
  t.is(stored.revision, before + 2n);
  t.is(appliedIn(stored, 'database', 'keystone')?.epoch, 5n);
});

test('after a restart what stands applied is not written again', async (t) => {
  const { stored, duty } = aProxy();
  want(stored, route);
  await duty.tick(never);
  const before = stored.revision;
  await aProxy(stored).duty.tick(never);
  t.is(stored.revision, before);
});

const refuses = test.macro(async (t, first: [Desired, bigint], second: [Desired, bigint]) => {
  const { stored, duty, routes, told } = aProxy();
  want(stored, ...first);
  await duty.tick(never);
  const applied = appliedIn(stored, first[0].kind, first[0].name);
  want(stored, ...second);
  await duty.tick(never);
  await duty.tick(never);
  t.is(routes.length, 1, 'the older one is not applied');
  t.deepEqual(appliedIn(stored, first[0].kind, first[0].name), applied, 'nor said to be');
  t.deepEqual(
    told.events.map((event) => [event.name, event.refusal]),
    [['route:backend:refused', 'StaleEpoch']],
  );
});

test('a decision of an older epoch is refused (F4)', refuses, [route, 4n], [{ ...route, ready: ['south-3'] }, 3n]);
test('a decision of an older term is refused (F4)', refuses, [route, 4n], [{ ...route, term: 6n }, 5n]);
test('an older identity is refused', refuses, [identity, 4n], [{ ...identity, ready: ['south-1'] }, 3n]);

test('what was refused does not move the bar: the same epoch and term still count', async (t) => {
  const { stored, duty, routes } = aProxy();
  want(stored, route, 4n);
  await duty.tick(never);
  want(stored, { ...route, term: 6n }, 9n);
  await duty.tick(never);
  want(stored, { ...route, term: 8n }, 4n);
  await duty.tick(never);
  t.is(routes.length, 2);
});

test('a newer epoch with the same term, and a newer term, are applied', async (t) => {
  const { stored, duty, routes } = aProxy();
  want(stored, route, 4n);
  await duty.tick(never);
  want(stored, route, 5n);
  await duty.tick(never);
  want(stored, { ...route, term: 8n }, 5n);
  await duty.tick(never);
  t.is(routes.length, 3);
});

test('each route has its own epoch', async (t) => {
  const { stored, duty, routes } = aProxy();
  want(stored, route, 9n);
  want(stored, identity, 3n);
  await duty.tick(never);
  t.is(routes.length, 2);
});

test('a decision that is applied although it failed before keeps older ones out', async (t) => {
  const { stored, duty, routes, answers } = aProxy();
  answers.next = { ok: false, refusal: 'Failed', detail: 'no socket' };
  want(stored, { ...route, term: 8n }, 4n);
  await duty.tick(never);
  want(stored, { ...route, term: 7n }, 4n);
  await duty.tick(never);
  t.is(routes.length, 1);
});

const outcomes = test.macro(async (t, outcome: Outcome, expected: { name: string; refusal: string }) => {
  const { stored, duty, answers, told } = aProxy();
  answers.next = outcome;
  want(stored, route);
  await duty.tick(never);
  await duty.tick(never);
  t.deepEqual(
    told.events.map(({ name, refusal }) => ({ name, refusal })),
    [expected],
  );
  const refusal = outcome.ok ? '' : outcome.refusal;
  t.deepEqual(appliedIn(stored, 'database', 'keystone'), { epoch: 4n, ok: false, detail: { refusal } });
});

test(
  'a refusal of the grants is told once and said to the store',
  outcomes,
  { ok: false, refusal: 'NotGranted', detail: 'no grant' },
  { name: 'agent:grant:refused', refusal: 'NotGranted' },
);
test(
  'a failure is told once and said to the store',
  outcomes,
  { ok: false, refusal: 'Failed', detail: 'no socket' },
  { name: 'route:backend:refused', refusal: 'PreconditionUnmet' },
);

test('what failed is applied again, and said to be applied when it is', async (t) => {
  const { stored, duty, answers } = aProxy();
  answers.next = { ok: false, refusal: 'Failed', detail: 'no socket' };
  want(stored, route);
  await duty.tick(never);
  answers.next = changed;
  await duty.tick(never);
  t.deepEqual(appliedIn(stored, 'database', 'keystone'), { epoch: 4n, ok: true, detail: {} });
});

test('an address is configured with the place of this node among its peers', async (t) => {
  const { stored, duty, addresses, answers, told } = aProxy();
  answers.next = changed;
  want(stored, vip);
  await duty.tick(never);
  t.deepEqual(addresses, [
    {
      name: 'south',
      address: '198.51.100.10/24',
      interface: 'host0',
      virtualRouterId: 51,
      advertIntervalMs: 100,
      priority: 90,
      unicastSource: '198.51.100.11',
      unicastPeers: ['198.51.100.12', '198.51.100.13'],
      unfit: false,
    },
  ]);
  t.deepEqual(told.names, ['vip:configuration:applied']);
});

const priorities = test.macro(async (t, others: number, expected: number) => {
  const { stored, duty, addresses } = aProxy();
  const before = Array.from({ length: others }, (_, index) => `south-${index + 10}`);
  const nodes = [...before, NODE];
  const peers = Object.fromEntries(nodes.map((node, index) => [node, `198.51.100.${index + 100}`]));
  want(stored, { ...vip, wanted: { ...vip.wanted, nodes, peers } });
  await duty.tick(never);
  t.is(addresses[0]?.priority, expected);
});

test('the preferred node is above what keepalived has by default', priorities, 0, 200);
test('the second node is below it', priorities, 1, 90);
test('each further node is below the one before', priorities, 2, 80);
test('a late one is still within the range of VRRP', priorities, 30, 1);

test('an unfit node vetoes itself, and no other node does', async (t) => {
  const { stored, duty, addresses } = aProxy();
  want(stored, { ...vip, unfit: [NODE] });
  await duty.tick(never);
  want(stored, { ...vip, unfit: ['south-2'] });
  await duty.tick(never);
  t.deepEqual(
    addresses.map((each) => each.unfit),
    [true, false],
  );
});

for (const missing of ['south-2', NODE]) {
  test(`while the address of ${missing} is not known, VRRP is not configured, which is told (I4)`, async (t) => {
    const { stored, duty, addresses, told } = aProxy();
    const peers = Object.fromEntries(Object.entries(vip.wanted.peers).filter(([node]) => node !== missing));
    want(stored, { ...vip, wanted: { ...vip.wanted, peers } });
    await duty.tick(never);
    t.deepEqual(addresses, []);
    t.like(told.events[0], { refusal: 'PreconditionUnmet' });
    t.true(told.events[0]?.message.includes(missing));
    want(stored, vip);
    await duty.tick(never);
    t.is(addresses.length, 1);
  });
}

test('an address of other nodes is none of this one', async (t) => {
  const { stored, duty, addresses } = aProxy();
  want(stored, { ...vip, wanted: { ...vip.wanted, nodes: ['south-2', 'south-3'] } });
  const before = stored.revision;
  await duty.tick(never);
  t.deepEqual(addresses, []);
  t.is(stored.revision, before);
});

test('a decision that cannot be read changes nothing; the others are applied', async (t) => {
  const { stored, duty, routes } = aProxy();
  stored.put(desiredKey('database', 'keystone'), '{"format":99}');
  want(stored, identity);
  await duty.tick(never);
  t.deepEqual(
    routes.map((each) => each.backend),
    ['keystone'],
  );
});

test('a decision that is gone changes nothing on the node', async (t) => {
  const { stored, duty, routes } = aProxy();
  want(stored, route);
  await duty.tick(never);
  stored.delete(desiredKey('database', 'keystone'));
  await duty.tick(never);
  t.is(routes.length, 1);
});

test('while the store does not answer, everything is applied all the same', async (t) => {
  const { stored, duty, routes } = aProxy();
  want(stored, route);
  want(stored, identity);
  stored.loses = 'requests';
  const failed = t.throwsAsync(duty.tick(never));
  await stored.time.advance(500);
  await failed;
  t.is(routes.length, 2);
  stored.loses = undefined;
  await duty.tick(never);
  t.is(appliedIn(stored, 'identity', 'south')?.epoch, 4n);
});
