/** regentctl keys: what it shows, what it asks first, what it orders, and how it follows. */
import test from 'ava';
import type { KeyState, KeysOrder, NodeKeys } from '../../src/core/keys/key-state.ts';
import { refusedOrderRecord } from '../../src/store/database-records.ts';
import { keyStateRecord, keysOrderRecord, regionKeysRecord } from '../../src/store/key-records.ts';
import * as keys from '../../src/store/keys.ts';
import { REST, reportOf, setOf, stateOf } from '../core/keys/some-keys.ts';
import { KEYS } from '../policy/a-world.ts';
import { type Cloud, healthyCloud } from './a-cloud.ts';

const NAME = 'fernet-keys';
const ORDER = keys.keysOrderKey(NAME);

function put(cloud: Cloud, state: KeyState): void {
  cloud.put(cloud.global, keys.keysStateKey(NAME), keyStateRecord.encode(state));
}

function report(cloud: Cloud, region: string, nodes: Readonly<Record<string, NodeKeys>>): void {
  cloud.put(cloud.global, keys.keysRegionKey(NAME, region), regionKeysRecord.encode({ generation: 5, nodes }));
}

/** @param text - of the policy */
function keysCloud(text = KEYS): Cloud {
  const cloud = healthyCloud();
  cloud.environment = { USER: 'ann' };
  cloud.accept(cloud.global, NAME, text);
  put(cloud, stateOf(REST));
  const each = reportOf(setOf(REST));
  for (const region of ['north', 'south']) report(cloud, region, { [`${region}-1`]: each, [`${region}-2`]: each });
  return cloud;
}

function orderIn(cloud: Cloud): KeysOrder | undefined {
  const entry = cloud.global.state.get(ORDER);
  return entry === undefined ? undefined : keysOrderRecord.decode(ORDER, entry.value);
}

/** As the arbiter does it, as soon as an order stands. */
function obeying(cloud: Cloud, act: (order: KeysOrder) => void): void {
  cloud.onOut = () => {
    const order = orderIn(cloud);
    if (order === undefined) return;
    cloud.delete(cloud.global, ORDER);
    act(order);
  };
}

test('the status names every node, its keys and the next rotation', async (t) => {
  const cloud = keysCloud(`${KEYS}rotateEvery: 72h\n`);
  const { code, out } = await cloud.run('keys', 'status');
  t.is(code, 0, out);
  for (const told of [
    'generation 5: 0:s 1:a 2:b',
    'at rest',
    'next rotation 1970-01-04T00:00:00.000Z',
    'south-2',
    'confirmed',
  ])
    t.true(out.includes(told), `${told}: ${out}`);
});

test('who is missing or has other keys is named with a remedy, here and in regentctl status', async (t) => {
  const cloud = keysCloud();
  const other = reportOf(setOf({ 0: 'x', 1: 'a' }), { problem: 'OtherKeys', detail: 'it has the keys 0:x 1:a' });
  report(cloud, 'south', { 'south-1': other });
  const { code, out } = await cloud.run('keys', 'status');
  t.is(code, 5);
  t.regex(out, /south-1: it has the keys 0:x 1:a; .*moved away/);
  t.regex(out, /south-2 is not heard of/);
  const { out: status } = await cloud.run('status');
  t.regex(status, /keys fernet-keys: south-2 is not heard of/);
});

test('as JSON it is the same, and holds nothing that is sealed', async (t) => {
  const { out } = await keysCloud().run('--json', 'keys', 'status');
  t.like(JSON.parse(out)[0], { name: NAME, generation: 5, nodes: { length: 4 }, complaints: [] });
  t.false(out.includes('sealed'));
});

test('keys that are not under management say why', async (t) => {
  const cloud = keysCloud();
  cloud.delete(cloud.global, keys.keysStateKey(NAME));
  cloud.delete(cloud.global, keys.keysRegionKey(NAME, 'south'));
  const { code, out } = await cloud.run('keys', 'status');
  t.is(code, 5);
  t.regex(out, /not under management: south-1 is not heard of: nobody leads south/);
});

test('a rotation is ordered, followed step by step, and its end is told', async (t) => {
  const cloud = keysCloud();
  let given: KeysOrder | undefined;
  obeying(cloud, (order) => {
    given = order;
    const work = { kind: 'rotate', step: 'promote', by: order.by, id: order.id, beganAtMs: 0 } as const;
    put(cloud, stateOf(REST, { generation: 6, work }));
    cloud.time.after(500, () => put(cloud, stateOf(REST, { generation: 6 })));
  });
  const { code, out, err } = await cloud.run('keys', 'rotate');
  t.is(code, 0, err);
  t.like(given, { kind: 'rotate', by: 'ann@south-1', isMigrated: false });
  t.regex(out, /generation 6: the staged key becomes the primary/);
  t.regex(out, /every node has confirmed the keys: generation 6/);
});

test('what the arbiter refuses is refused here', async (t) => {
  const cloud = keysCloud();
  obeying(cloud, ({ id }) => {
    const value = refusedOrderRecord.encode({ id, code: 'PreconditionUnmet', detail: 'no sealing key' });
    cloud.put(cloud.global, keys.keysRefusedOrderKey(NAME), value);
  });
  const { code, err } = await cloud.run('keys', 'rotate', NAME);
  t.is(code, 3);
  t.regex(err, /refused: PreconditionUnmet: no sealing key/);
});

test('what cannot be done is refused before it is ordered', async (t) => {
  const cloud = keysCloud();
  cloud.delete(cloud.global, keys.keysRegionKey(NAME, 'north'));
  const { code, err } = await cloud.run('keys', 'rotate');
  t.is(code, 3);
  t.regex(err, /north-1 is not heard of/);
  t.is(orderIn(cloud), undefined);
});

test('with --dry-run nothing is ordered', async (t) => {
  const cloud = keysCloud();
  const { code, out } = await cloud.run('keys', 'rotate', '--dry-run');
  t.is(code, 0);
  t.regex(out, /through 4 nodes/);
  t.is(orderIn(cloud), undefined);
});

test('a revocation says what it does, and wants to hear that it is wanted', async (t) => {
  const cloud = keysCloud();
  const { code, out, err } = await cloud.run('keys', 'revoke-all');
  t.is(code, 2);
  t.regex(out, /every token .* becomes INVALID/);
  t.regex(err, /--invalidate-all-tokens/);
  t.is(orderIn(cloud), undefined);
  let given: KeysOrder | undefined;
  obeying(cloud, (order) => {
    given = order;
  });
  t.is((await cloud.run('keys', 'revoke-all', '--invalidate-all-tokens')).code, 0);
  t.like(given, { kind: 'revoke-all' });
});

test('credential keys are rotated when somebody says that credentials were encrypted anew', async (t) => {
  const cloud = keysCloud(`${KEYS}repository: credential\nmaxActive: 3\n`);
  const { code, err } = await cloud.run('keys', 'rotate');
  t.is(code, 3);
  t.regex(err, /credential_migrate/);
  t.is((await cloud.run('keys', 'rotate', '--migrated', '--dry-run')).code, 0);
  t.is((await cloud.run('keys', 'revoke-all', '--invalidate-all-tokens')).code, 3);
});

test('an order that nobody obeys stands, and the command says so', async (t) => {
  const cloud = keysCloud();
  const { code, err } = await cloud.run('keys', 'rotate', '--timeout', '2');
  t.is(code, 6);
  t.regex(err, /goes on without this command/);
  t.not(orderIn(cloud), undefined);
  const { code: again, err: why } = await cloud.run('keys', 'rotate');
  t.is(again, 3);
  t.regex(why, /another order/);
});

test('a policy that is not there is a wrong command', async (t) => {
  const { code, err } = await keysCloud().run('keys', 'rotate', 'others');
  t.is(code, 2);
  t.regex(err, /there are no keys others; policies in force: fernet-keys/);
});
