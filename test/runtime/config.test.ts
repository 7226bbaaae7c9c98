import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { stringify } from 'yaml';
import {
  configProblemText,
  globalStoreAccess,
  loadConfig,
  parseConfig,
  secretProblems,
} from '../../src/runtime/config.ts';

const PKI = {
  ca: '/etc/regent/pki/ca.pem',
  certificate: '/etc/regent/pki/node.pem',
  key: '/etc/regent/pki/node-key.pem',
};
const REGIONAL = { endpoints: ['https://192.0.2.11:2379'], ...PKI };
const GLOBAL = { endpoints: ['https://192.0.2.11:22379'], ...PKI };
const API = {
  keystone: 'http://192.0.2.12:5000/v3',
  memcached: ['192.0.2.12:11211'],
  credentials: { username: 'regent', passwordFile: '/etc/regent/secrets/keystone', project: 'service' },
};
const PROXY = {
  haproxySocket: '/run/haproxy/admin.sock',
  keepalivedDirectory: '/etc/keepalived/conf.d',
  trackDirectory: '/run/regent/track',
  notifyFifo: '/run/keepalived/regent.fifo',
};
const DB = {
  socket: '/run/mysqld/mysqld.sock',
  user: 'regent',
  passwordFile: '/etc/regent/secrets/mariadb',
  unit: 'mariadb.service',
  roleFile: '/etc/mysql/mariadb.conf.d/zz-regent-role.cnf',
  replicationUser: 'repl',
  replicationPasswordFile: '/etc/regent/secrets/replication',
};
const VALID = {
  apiVersion: 'regent/v1',
  node: 'north-2',
  region: 'north',
  roles: ['api', 'proxy', 'db'],
  interface: 'host0',
  addresses: ['192.0.2.12'],
  stores: { regional: REGIONAL, global: GLOBAL },
  api: API,
  proxy: PROXY,
  db: DB,
};
const WITNESS = {
  apiVersion: 'regent/v1',
  node: 'witness-1',
  region: 'witness',
  roles: [],
  addresses: ['203.0.113.11'],
  stores: { global: GLOBAL },
};

const parsed = (value: object) => parseConfig(stringify(value));

test('a complete configuration is taken, with its defaults', (t) => {
  const result = parsed(VALID);
  t.true(result.ok, JSON.stringify(result));
  if (!result.ok) return;
  t.like(result.config, {
    node: 'north-2',
    http: { address: '127.0.0.1', port: 9464 },
    stateDirectory: '/var/lib/regent',
    logLevel: 'info',
  });
  t.deepEqual(globalStoreAccess(result.config), GLOBAL);
});

test('with one region the regional store is the global one', (t) => {
  const result = parsed({ ...VALID, stores: { regional: REGIONAL } });
  t.deepEqual(result.ok && globalStoreAccess(result.config), REGIONAL);
});

test('a witness has no roles and no regional store', (t) => {
  t.true(parsed(WITNESS).ok);
});

const refused = test.macro({
  exec(t, value: object, field: string, message: RegExp) {
    const result = parsed(value);
    if (result.ok) return t.fail('the configuration was taken');
    t.deepEqual(
      result.problems.map((problem) => problem.field),
      [field],
    );
    t.regex(result.problems[0]?.message ?? '', message);
    t.true((result.problems[0]?.remedy ?? '').length > 3);
  },
  title: (given = '') => `refused: ${given}`,
});

const { db: _db, ...WITHOUT_DB } = VALID;
const { interface: _interface, ...WITHOUT_INTERFACE } = VALID;
const { node: _node, ...WITHOUT_NODE } = VALID;

test('an unknown key', refused, { ...VALID, rolls: [] }, 'rolls', /not known/);
test('an unknown key inside a section', refused, { ...VALID, db: { ...DB, sokket: 1 } }, 'db.sokket', /not known/);
test('a missing field', refused, WITHOUT_NODE, 'node', /missing/);
test('another version', refused, { ...VALID, apiVersion: 'regent/v2' }, 'apiVersion', /regent\/v1/);
test('a node name that fits into no key', refused, { ...VALID, node: 'a/b' }, 'node', /letters/);
test('an address that is none', refused, { ...VALID, addresses: ['192.0.2.300'] }, 'addresses[0]', /IP address/);
test(
  'a store without TLS',
  refused,
  { ...VALID, stores: { regional: { ...REGIONAL, endpoints: ['http://x:2379'] } } },
  'stores.regional.endpoints[0]',
  /https/,
);
test(
  'a relative path',
  refused,
  { ...VALID, proxy: { ...PROXY, notifyFifo: 'regent.fifo' } },
  'proxy.notifyFifo',
  /absolute/,
);
test('a unit without its suffix', refused, { ...VALID, db: { ...DB, unit: 'mariadb' } }, 'db.unit', /suffix/);
test('a port out of range', refused, { ...VALID, http: { address: '127.0.0.1', port: 70_000 } }, 'http.port', /65535/);
test('a role without its section', refused, WITHOUT_DB, 'db', /missing/);
test('a section without its role', refused, { ...VALID, roles: ['api', 'proxy'] }, 'db', /roles does not have db/);
test('a role named twice', refused, { ...VALID, roles: ['api', 'api', 'proxy', 'db'] }, 'roles', /twice/);
test('a proxy without an interface', refused, WITHOUT_INTERFACE, 'interface', /missing/);
test('roles without a regional store', refused, { ...VALID, stores: { global: GLOBAL } }, 'stores.regional', /missing/);
test(
  'a witness without the global store',
  refused,
  { ...WITNESS, stores: { regional: REGIONAL } },
  'stores.global',
  /missing/,
);

test('all problems are told at once', (t) => {
  const result = parsed({ ...VALID, node: '', addresses: [], extra: 1 });
  t.is(result.ok ? 0 : result.problems.length, 3);
});

test('a secret in the place of its file is not repeated', (t) => {
  const result = parsed({ ...VALID, password: 'hunter2', db: { ...DB, passwordFile: 'hunter2' } });
  t.false(result.ok);
  t.false(JSON.stringify(result).includes('hunter2'));
});

test('text that is no YAML, or no mapping, is a problem and not an exception', (t) => {
  for (const text of ['', 'a: [', '- 1', 'a: 1\na: 2']) t.false(parseConfig(text).ok, text);
});

test('a file that is not there is a problem that names it', async (t) => {
  const result = await loadConfig('/nonexistent/agent.yaml');
  const [first] = result.ok ? [] : result.problems;
  t.true(first !== undefined && configProblemText(first).includes('/nonexistent/agent.yaml'));
});

test('a sealing key is 32 bytes in base64, and is not shown when it is not', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'regent-config-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const [key, sealingKeyFile] = [join(directory, 'key'), join(directory, 'sealing')];
  await writeFile(key, 'hunter2\n', { mode: 0o600 });
  await writeFile(sealingKeyFile, `${Buffer.alloc(32, 5).toString('base64')}\n`, { mode: 0o600 });
  const result = parsed({ ...WITNESS, stores: { global: { ...GLOBAL, key } }, keys: { sealingKeyFile } });
  if (!result.ok) return t.fail();
  t.deepEqual(await secretProblems(result.config), []);
  await writeFile(sealingKeyFile, 'hunter3\n');
  const [problem] = await secretProblems(result.config);
  t.like(problem, { field: 'keys.sealingKeyFile' });
  t.regex(problem?.remedy ?? '', /openssl rand -base64 32/);
  t.false(JSON.stringify(problem).includes('hunter3'));
});

test('secrets that others may read are refused, with the command that mends it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'regent-config-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const key = join(directory, 'key');
  await writeFile(key, 'hunter2\n', { mode: 0o600 });
  const result = parsed({ ...WITNESS, stores: { global: { ...GLOBAL, key } } });
  if (!result.ok) return t.fail();
  t.deepEqual(await secretProblems(result.config), []);
  await chmod(key, 0o640);
  const [problem] = await secretProblems(result.config);
  t.like(problem, { field: 'stores.global.key', remedy: `run: chmod 0600 ${key}` });
  t.false(JSON.stringify(problem).includes('hunter2'));
});

const withServices = (services: unknown) => ({ ...VALID, api: { ...API, services } });
test('where services listen is taken, and none says that nothing of one does', (t) => {
  const result = parsed(withServices({ glance: 'http://192.0.2.12:9292', ceilometer: 'none' }));
  t.deepEqual(result.ok && result.config.api?.services, { glance: 'http://192.0.2.12:9292', ceilometer: 'none' });
});
test('containers are run by docker unless podman is named', (t) => {
  const containersOf = (api: unknown) => {
    const result = parsed({ ...VALID, api });
    return result.ok && result.config.api?.containers;
  };
  t.is(containersOf(API), 'docker');
  t.is(containersOf({ ...API, containers: 'podman' }), 'podman');
});
test('another engine', refused, { ...VALID, api: { ...API, containers: 'lxc' } }, 'api.containers', /docker.*podman/);
test('a service at no URL', refused, withServices({ glance: '192.0.2.12:9292' }), 'api.services.glance', /URL.*none/);
test(
  'a service that nobody knows',
  refused,
  withServices({ glace: 'none' }),
  'api.services.glace',
  /regent knows; they are placement/,
);
