import test, { type ExecutionContext } from 'ava';
import type { StatusView } from '../../src/cli/status-view.ts';
import * as keys from '../../src/store/keys.ts';
import * as records from '../../src/store/schema.ts';
import { holdRecord, rejectedRecord } from '../../src/store/schema.ts';
import { VIP } from '../policy/a-world.ts';
import { type Cloud, healthyCloud, putDesired, putMember } from './a-cloud.ts';

async function view(cloud: Cloud): Promise<{ readonly code: number; readonly view: StatusView }> {
  const { code, out } = await cloud.run('status', '--json');
  return { code, view: JSON.parse(out) };
}

test('a healthy cloud has no complaints, and the exit code is 0', async (t) => {
  const { code, view: seen } = await view(healthyCloud());
  t.deepEqual(seen.complaints, []);
  t.is(code, 0);
  t.like(seen, { region: 'south', leader: 'south-2', arbiter: 'witness-1' });
  t.deepEqual(seen.regions, [
    { region: 'north', leader: 'north-1' },
    { region: 'south', leader: 'south-2' },
  ]);
  t.like(seen.addresses[0], { name: 'vip', address: '198.51.100.10/24', owners: ['south-1'], unfit: [] });
  t.like(seen.databases[0], { name: 'keystone', primary: 'north-3', term: '4', isOpen: true });
  t.like(seen.identities[0], { name: 'identity', state: 'home', home: 'north', ready: ['north-1', 'north-2'] });
});

test('the lag of each replica comes from its agent, in any region, and is unknown where the agent does not answer', async (t) => {
  const cloud = healthyCloud();
  const lines = async () =>
    (await view(cloud)).view.databases[0]?.members.map((each) => [
      each.node,
      each.standing,
      each.lagSeconds,
      each.isAcker,
    ]);
  t.deepEqual(await lines(), [
    ['north-3', 'primary', null, false],
    ['north-2', 'following', 5, true],
    ['south-2', 'following', 3, false],
  ]);
  cloud.agents.clear();
  t.deepEqual(
    (await lines())?.map((each) => each[2]),
    [null, null, null],
  );
});

test('for people it fits on one screen and names every part', async (t) => {
  const { out, code } = await healthyCloud().run('status');
  t.is(code, 0);
  t.true(out.split('\n').length <= 40);
  for (const part of [
    'leader    ',
    'witness-1',
    'owned by south-1',
    'primary north-3',
    'follows north-3',
    'lag 3 s',
    'lag 5 s',
    'acknowledges',
    'Keystone on north-1, north-2',
    'DatabaseFailover',
    'All is as it should be.',
  ]) {
    t.true(out.includes(part), part);
  }
});

const complains = test.macro({
  async exec(t: ExecutionContext, breakIt: (cloud: Cloud) => void, ...expected: readonly RegExp[]) {
    const cloud = healthyCloud();
    breakIt(cloud);
    const { code, view: seen } = await view(cloud);
    t.is(seen.complaints.length, expected.length, seen.complaints.join('\n'));
    for (const each of expected)
      t.true(
        seen.complaints.some((complaint) => each.test(complaint)),
        `${each}`,
      );
    t.is(code, 5);
  },
  title: (given = '') => `complains about ${given}`,
});

const { deleteKey, putRefusal, putHold } = {
  deleteKey: (cloud: Cloud, store: 'regional' | 'global', key: string) => cloud.delete(cloud[store], key),
  putRefusal: (cloud: Cloud) => {
    const revision = cloud.put(cloud.regional, keys.policyKey('vip'), `${VIP}unknown: 1\n`);
    const problems = [{ field: 'unknown', value: '1', message: 'is not known', remedy: 'remove it' }];
    cloud.put(cloud.regional, keys.rejectedKey('vip'), rejectedRecord.encode({ revision, problems }));
  },
  putHold: (cloud: Cloud, expiresInMs: number) => {
    const expiresAtMs = cloud.time.wallMs() + expiresInMs;
    const hold = { scope: 'vip/vip', owner: 'ada', reason: 'maintenance', expiresAtMs };
    cloud.put(cloud.regional, keys.holdKey('vip/vip'), holdRecord.encode(hold));
  },
};

test(
  'a region without a leader',
  complains,
  (cloud) => deleteKey(cloud, 'regional', keys.leaderKey()),
  /south has no leader/,
);
test(
  'what an operator should change at a proxy',
  complains,
  (cloud) => {
    const detail = { notice: 'south-1 cannot stand by: add "backup"' };
    const record = records.appliedRecord.encode({ epoch: 8n, ok: true, detail });
    cloud.put(cloud.regional, keys.appliedKey('south-2', 'identity', 'identity'), record);
  },
  /south-2: south-1 cannot stand by/,
);
test('no arbiter', complains, (cloud) => deleteKey(cloud, 'global', keys.arbiterKey()), /no arbiter/);
test(
  'a region that is not heard of',
  complains,
  (cloud) => deleteKey(cloud, 'global', keys.regionKey('north')),
  /region north is not heard of/,
);
test(
  'a node that a policy needs and that is gone',
  complains,
  (cloud) => deleteKey(cloud, 'regional', keys.nodeKey('south-2')),
  /south-2: its agent is not registered/,
);
test(
  'a probe that failed',
  complains,
  (cloud) => cloud.observe('south-2', 'mariadb', 'failed'),
  /south-2: mariadb failed: mariadb looked/,
);
test(
  'an address that nobody owns',
  complains,
  (cloud) => cloud.observe('south-1', 'vip-vip', 'ok', { owner: false }),
  /nobody owns vip/,
);
test(
  'an address with two owners',
  complains,
  (cloud) => cloud.observe('south-2', 'vip-vip', 'ok', { owner: true }),
  /south-1 and south-2 both own vip/,
);
test('an unfit node', complains, (cloud) => putDesired(cloud, { unfit: ['south-2'] }), /south-2 is unfit/);
test(
  'an isolated region',
  complains,
  (cloud) => putDesired(cloud, { state: 'isolated' }),
  /south uses its own Keystone: identity is read-only/,
);
test(
  'a primary without its right',
  complains,
  (cloud) => deleteKey(cloud, 'global', keys.databasePrimaryKey('keystone')),
  /north-3 does not hold its right/,
);
test(
  'a replica whose server is down',
  complains,
  (cloud) => putMember(cloud, 'south-2', 'south', { serverUp: false }),
  /south-2 its server is down/,
);
test(
  'a quarantined server',
  complains,
  (cloud) => putMember(cloud, 'south-2', 'south', { quarantined: true }),
  /south-2 is quarantined/,
);
test(
  'a store that went back',
  complains,
  (cloud) => putMember(cloud, 'south-2', 'south', { seenTerm: 99n }),
  /the store says term \d+, members have seen term 99: .*regentctl database adopt-store/,
);
test(
  'a member whose agent is gone',
  complains,
  (cloud) => deleteKey(cloud, 'global', keys.databaseMemberKey('keystone', 'north-2')),
  /north-2 its agent is not registered/,
);
test('a refused text, with the reason', complains, putRefusal, /policy vip was refused: unknown: is not known/);
test(
  'a text that nobody judged',
  complains,
  (cloud) => cloud.put(cloud.regional, keys.policyKey('vip'), VIP),
  /policy vip has not been judged/,
);
test(
  'a value that cannot be read',
  complains,
  (cloud) => cloud.put(cloud.regional, keys.nodeKey('south-9'), '{'),
  /nodes\/south-9/,
);
test(
  'the regional store being away, and nothing guessed about what it would tell',
  complains,
  (cloud) => cloud.regional.loseLeader(),
  /the regional store does not answer/,
);
test(
  'the global store being away, and nothing guessed about what it would tell',
  complains,
  (cloud) => cloud.global.loseLeader(),
  /the global store does not answer/,
);

test('with no store to ask the exit code is 4', async (t) => {
  const cloud = healthyCloud();
  cloud.regional.loseLeader();
  cloud.global.loseLeader();
  t.is((await cloud.run('status')).code, 4);
});

test('holds are shown while they stand, and are no complaint', async (t) => {
  const cloud = healthyCloud();
  putHold(cloud, 90_000);
  const { code, view: seen } = await view(cloud);
  t.is(code, 0);
  t.deepEqual(
    seen.holds.map(({ scope, owner }) => [scope, owner]),
    [['vip/vip', 'ada']],
  );
  await cloud.time.advance(90_000);
  t.deepEqual((await view(cloud)).view.holds, []);
});

test('--watch shows it again until it is interrupted', async (t) => {
  const cloud = healthyCloud();
  const { ran, ended } = cloud.begin('status', '--watch', '--json');
  await cloud.time.advance(4500);
  t.is(ran.out.trim().split('\n').length, 3);
  cloud.interrupt.abort();
  await ended;
  t.is(ran.code, 0);
  t.is(cloud.time.pending, 0);
});

test('a witness, which has the global store alone, sees that store', async (t) => {
  const cloud = healthyCloud();
  cloud.config = cloud.config
    .replace('roles: [proxy]', 'roles: []')
    .replace(/^ {2}regional:.*\n/m, '')
    .replace(/^proxy:.*\n/m, '');
  const { code, view: seen } = await view(cloud);
  t.is(code, 0, seen.complaints.join('\n'));
  t.deepEqual(
    seen.stores.map((store) => store.name),
    ['global'],
  );
});

test('a Keystone that reaches its database past the route is a complaint with a remedy', async (t) => {
  const cloud = healthyCloud();
  cloud.observe('south-1', 'keystone-database', 'ok', { host: 'db', port: 3306, addresses: '192.0.2.13' });
  const { complaints } = (await view(cloud)).view;
  t.is(complaints.length, 1);
  t.regex(complaints[0] ?? '', /^DatabaseRouteBypassed: south-1's .* server of north-3 itself; .*backend/);
});

const DB_SECTION =
  'db: { socket: /s, user: u, passwordFile: /p, unit: mariadb.service, roleFile: /r, replicationUser: r, replicationPasswordFile: /q }';

const promised = (isOpenByPromises: boolean) => {
  const keystone = { serverUp: true, readOnly: false, lagSeconds: null, promisedSeconds: 2.34, isOpenByPromises };
  return JSON.stringify({ node: 'north-3', version: '0.1.0', databases: { keystone } });
};

test('a primary that is open by promises is not said to have no right, and until when is told', async (t) => {
  const cloud = healthyCloud();
  cloud.delete(cloud.global, keys.databasePrimaryKey('keystone'));
  cloud.agents.set('http://192.0.2.13:9464/status', promised(true));
  const { code, view: seen } = await view(cloud);
  t.is(code, 5);
  t.is(seen.complaints.length, 1, seen.complaints.join());
  t.regex(seen.complaints[0] ?? '', /north-3 has lost its lease and is open by the promises .* for 2\.3 s more/);
  t.true(seen.databases[0]?.isOpen);
});

test('without any store the own agent still says that its server is open by promises', async (t) => {
  const cloud = healthyCloud();
  cloud.config = cloud.config
    .replace('node: south-1', 'node: north-3')
    .replace('roles: [proxy]', 'roles: [db]')
    .replace(/^proxy: .*$/m, DB_SECTION);
  cloud.agents.set('http://127.0.0.1:9464/status', promised(true));
  cloud.regional.loseLeader();
  cloud.global.loseLeader();
  const { code, view: seen } = await view(cloud);
  t.is(code, 4);
  t.true(
    seen.complaints.some((each) => /open by the promises/.test(each)),
    seen.complaints.join(),
  );
});
