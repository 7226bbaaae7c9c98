/** regentctl identity: what it asks first, what it orders, and how it follows. */
import test from 'ava';
import type { IdentityOrder } from '../../src/core/identity-order.ts';
import { refusedOrderRecord } from '../../src/store/database-records.ts';
import { encodeDesired } from '../../src/store/desired-spec.ts';
import { identityOrderRecord } from '../../src/store/identity-records.ts';
import * as keys from '../../src/store/keys.ts';
import { desiredRecord, holdRecord } from '../../src/store/schema.ts';
import { type Cloud, healthyCloud, putDesired } from './a-cloud.ts';

const ORDER = keys.identityOrderKey('identity');
const REFUSED = keys.identityRefusedOrderKey('identity');

function southsCloud(): Cloud {
  const cloud = healthyCloud();
  cloud.environment = { USER: 'ann' };
  for (const node of ['south-1', 'south-2']) cloud.observe(node, 'keystone-local', 'ok');
  const spec = encodeDesired({
    kind: 'database',
    name: 'keystone',
    primary: 'north-3',
    region: 'north',
    term: 4n,
    lossyTerm: 0n,
    isBehind: false,
    backend: 'database',
    ready: ['south-2'],
  });
  const value = desiredRecord.encode({ epoch: 8n, policyRevision: 1n, spec });
  cloud.put(cloud.regional, keys.desiredKey('database', 'keystone'), value);
  return cloud;
}

const homeWorks = (cloud: Cloud) => {
  for (const node of ['south-1', 'south-2', 'south-3']) cloud.observe(node, 'identity-home', 'ok', { home: 'north' });
};

function orderIn(cloud: Cloud): IdentityOrder | undefined {
  const entry = cloud.regional.state.get(ORDER);
  return entry === undefined ? undefined : identityOrderRecord.decode(ORDER, entry.value);
}

/** As the region's leader does it, as soon as an order stands. */
function obeying(cloud: Cloud, act: (order: IdentityOrder) => void): void {
  cloud.onOut = () => {
    const order = orderIn(cloud);
    if (order === undefined) return;
    cloud.delete(cloud.regional, ORDER);
    act(order);
  };
}

test('an order to isolate is given, followed, and its end is told', async (t) => {
  const cloud = southsCloud();
  let given: IdentityOrder | undefined;
  obeying(cloud, (order) => {
    given = order;
    putDesired(cloud, { state: 'isolated', isOrdered: true });
  });
  const { code, out, err } = await cloud.run('identity', 'isolate', 'south');
  t.is(code, 0, err);
  t.like(given, { kind: 'isolate', by: 'ann@south-1' });
  t.regex(out, /south is isolated; Keystone on south-1, south-2, READ-ONLY/);
});

test('what the leader refuses is refused here', async (t) => {
  const cloud = southsCloud();
  obeying(cloud, ({ id }) =>
    cloud.put(
      cloud.regional,
      REFUSED,
      refusedOrderRecord.encode({ id, code: 'NoHealthyTarget', detail: 'none works' }),
    ),
  );
  const { code, err } = await cloud.run('identity', 'isolate', 'south');
  t.is(code, 3);
  t.regex(err, /refused: NoHealthyTarget: none works/);
});

test('an order that nobody obeys stands, and the command says so', async (t) => {
  const cloud = southsCloud();
  const { code, err } = await cloud.run('identity', 'isolate', 'south', '--timeout', '2');
  t.is(code, 6);
  t.regex(err, /the order stands/);
  t.like(orderIn(cloud), { kind: 'isolate' });
  const second = await cloud.run('identity', 'isolate', 'south');
  t.is(second.code, 3);
  t.regex(second.err, /another order about identity stands/);
});

test('a dry run orders nothing and says where the region would go', async (t) => {
  const cloud = southsCloud();
  const { code, out } = await cloud.run('identity', 'isolate', 'south', '--dry-run');
  t.is(code, 0);
  t.regex(out, /south would go from north-1, north-2 to south-1, south-2 \(backend keystone\)/);
  t.is(orderIn(cloud), undefined);
  const json = JSON.parse((await cloud.run('--json', 'identity', 'isolate', 'south', '--dry-run')).out);
  t.deepEqual(json, {
    route: 'identity',
    region: 'south',
    order: 'isolate',
    from: ['north-1', 'north-2'],
    to: ['south-1', 'south-2'],
    refusal: null,
  });
});

test('what the leader would refuse is refused before an order is given', async (t) => {
  const cloud = southsCloud();
  const home = await cloud.run('identity', 'return', 'south');
  t.is(home.code, 3);
  t.regex(home.err, /PreconditionUnmet: south uses the Keystones of north already/);
  putDesired(cloud, { state: 'isolated', isOrdered: true });
  const away = await cloud.run('identity', 'return', 'south', '--dry-run');
  t.is(away.code, 3);
  t.regex(away.out, /NoHealthyTarget: no majority of the observers gets tokens from north now/);
  homeWorks(cloud);
  t.is((await cloud.run('identity', 'return', 'south', '--dry-run')).code, 0);
  const expiresAtMs = cloud.time.wallMs() + 60_000;
  const hold = { scope: 'identity/identity', owner: 'bob', reason: 'a look', expiresAtMs };
  cloud.put(cloud.regional, keys.holdKey('identity/identity'), holdRecord.encode(hold));
  t.regex((await cloud.run('identity', 'return', 'south')).err, /OnHold: held by bob: a look/);
  t.is(orderIn(cloud), undefined);
});

test('another region, another route and a wrong time are refused with the remedy', async (t) => {
  const cloud = southsCloud();
  const north = await cloud.run('identity', 'isolate', 'north');
  t.is(north.code, 2);
  t.regex(north.err, /run it on a node of north/);
  t.regex((await cloud.run('identity', 'isolate', 'south', '--route', 'x')).err, /there is no route x; .*: identity/);
  t.regex((await cloud.run('identity', 'isolate', 'south', '--timeout', '0')).err, /--timeout 0: write whole seconds/);
});

test('status says that a region is away by order, and how it returns', async (t) => {
  const cloud = southsCloud();
  putDesired(cloud, { state: 'isolated', isOrdered: true });
  const { out } = await cloud.run('status');
  t.regex(out, /isolated by order/);
  t.regex(out, /it returns by order: regentctl identity return south/);
});
