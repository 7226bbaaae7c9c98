/** What every agent does in its region's store. */
import anyTest, { type TestFn } from 'ava';
import type { Desired } from '../../../src/core/desired.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { RegionPart } from '../../../src/runtime/agent/region-part.ts';
import { encodeDesired } from '../../../src/store/desired-spec.ts';
import { acceptedKey, desiredKey, nodeKey, observationKey } from '../../../src/store/keys.ts';
import { acceptedRecord, desiredRecord, nodeRecord, observationRecord } from '../../../src/store/schema.ts';
import { VIP } from '../../policy/a-world.ts';
import { AnAgent, aLife, endLife, type Life } from './an-agent.ts';

const test = anyTest as TestFn<Life>;
test.beforeEach(async (t) => {
  t.context = await aLife();
});
test.afterEach.always((t) => endLife(t.context));

const NODE = nodeKey('south-1');
const HAPROXY = observationKey('south-1', 'haproxy');
const ok: Observation = { health: 'ok', detail: 'up', facts: { backends: 3 } };

async function joining(life: Life) {
  const host = new AnAgent(life);
  const part = RegionPart.join(host.agent, life.regional.store);
  await life.regional.time.advance(100);
  return { host, part };
}

test('an agent registers under a lease', async (t) => {
  const { regional } = t.context;
  await joining(t.context);
  t.not(regional.entry(NODE)?.leaseId, undefined);
  t.deepEqual(nodeRecord.decode(NODE, regional.entry(NODE)?.value ?? ''), {
    region: 'south',
    roles: ['proxy'],
    addresses: ['198.51.100.11'],
    version: '1',
    bootId: 'boot-1',
    http: null,
  });
});

test('an observation is written once, under the same lease, and again when it changes', async (t) => {
  const { regional } = t.context;
  const { part } = await joining(t.context);
  part.observe('haproxy', ok);
  await regional.time.advance(100);
  t.like(observationRecord.decode(HAPROXY, regional.entry(HAPROXY)?.value ?? ''), { ...ok });
  t.is(regional.entry(HAPROXY)?.leaseId, regional.entry(NODE)?.leaseId);
  const before = regional.revision;
  await regional.time.advance(30_000);
  t.is(regional.revision, before);
  part.observe('haproxy', { ...ok, health: 'failed' });
  await regional.time.advance(100);
  t.is(regional.revision, before + 1n);
});

test("what is nobody's word any more is taken back, and the registration stays", async (t) => {
  const { regional } = t.context;
  const { part } = await joining(t.context);
  part.observe('haproxy', ok);
  await regional.time.advance(100);
  part.forget('haproxy');
  await regional.time.advance(100);
  t.is(regional.entry(HAPROXY), undefined);
  t.not(regional.entry(NODE), undefined);
});

test('an agent knows for how long the others surely see it, and that nobody does when the store is away', async (t) => {
  const { regional } = t.context;
  const { part } = await joining(t.context);
  t.true(part.leaseRemainingMs > 4_000 && part.leaseRemainingMs < 9_000, `${part.leaseRemainingMs}`);
  regional.loses = 'requests';
  await regional.time.advance(9_000);
  t.is(part.leaseRemainingMs, 0);
});

test('a restart that sees the same writes nothing, and keeps since when it is so', async (t) => {
  const { regional } = t.context;
  const { host, part } = await joining(t.context);
  part.observe('haproxy', ok);
  await regional.time.advance(2_000);
  const stood = regional.entry(HAPROXY)?.value;
  await host.stop();
  const before = regional.revision;
  const next = await joining(t.context);
  await regional.time.advance(1_000);
  next.part.observe('haproxy', ok);
  await regional.time.advance(20_000);
  t.is(regional.revision, before);
  t.is(regional.entry(HAPROXY)?.value, stood);
});

test('decisions and policies in force are followed, and wake who asked for it', async (t) => {
  const { regional } = t.context;
  const { part } = await joining(t.context);
  let wakes = 0;
  part.onChange(() => {
    wakes += 1;
  });
  t.is(part.homeOf('keystone'), undefined);
  const route: Desired = {
    kind: 'database',
    name: 'keystone',
    primary: 'north-3',
    region: 'north',
    term: 7n,
    lossyTerm: 0n,
    isBehind: false,
    backend: 'database',
    ready: [],
  };
  regional.put(
    desiredKey('database', 'keystone'),
    desiredRecord.encode({ epoch: 1n, policyRevision: 1n, spec: encodeDesired(route) }),
  );
  regional.put(acceptedKey('vip'), acceptedRecord.encode({ text: VIP, revision: 1n, isRetired: false }));
  await regional.time.advance(10);
  t.is(part.homeOf('keystone'), 'north');
  t.is(part.homeOf('nova'), undefined);
  t.deepEqual(
    part.decisions().desired.map((each) => each.value),
    [route],
  );
  t.is(part.book.all().length, 1);
  t.true(wakes >= 2);
});

for (const [address, url] of [
  ['127.0.0.1', null],
  ['::1', null],
  ['198.51.100.11', 'http://198.51.100.11:9464'],
  ['2001:db8::1', 'http://[2001:db8::1]:9464'],
] as const) {
  test(`an agent that listens on ${address} is ${url === null ? 'reached by nobody' : `reached at ${url}`}`, async (t) => {
    const host = new AnAgent(t.context);
    host.parts.config.http.address = address;
    RegionPart.join(host.agent, t.context.regional.store);
    await t.context.regional.time.advance(100);
    t.is(nodeRecord.decode(NODE, t.context.regional.entry(NODE)?.value ?? '').http, url);
  });
}
