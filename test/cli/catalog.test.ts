/** regentctl catalog: the difference row by row, who keeps the catalogue, and what status and check say about it. */
import test from 'ava';
import type { DesiredCatalog, DesiredDatabase } from '../../src/core/desired.ts';
import { encodeDesired } from '../../src/store/desired-spec.ts';
import * as keys from '../../src/store/keys.ts';
import { desiredRecord } from '../../src/store/schema.ts';
import { CATALOG } from '../policy/a-world.ts';
import { type Cloud, healthyCloud } from './a-cloud.ts';

const row = (id: string, serviceId: string, of: string, region: string, url: string) => ({
  id,
  serviceId,
  interface: of,
  region,
  url,
  isEnabled: true,
});

const AS_DECLARED = {
  services: [
    { id: 'i', type: 'identity', name: 'keystone' },
    { id: 'c', type: 'compute', name: 'nova' },
  ],
  endpoints: [
    row('1', 'i', 'public', 'north', 'http://192.0.2.10:5000/v3'),
    row('2', 'i', 'internal', 'north', 'http://192.0.2.10:5000/v3'),
    row('3', 'i', 'public', 'south', 'http://198.51.100.10:5000/v3'),
    row('4', 'c', 'public', 'south', 'http://198.51.100.10:8774/v2.1/%(project_id)s'),
  ],
  regions: ['north', 'south'],
};

function aCloud(): Cloud {
  const cloud = healthyCloud();
  cloud.accept(cloud.global, 'catalog', CATALOG);
  cloud.catalog = { ok: true, catalog: AS_DECLARED };
  return cloud;
}

const wanted: DesiredCatalog = {
  kind: 'catalog',
  name: 'catalog',
  keeper: 'south-1',
  withheld: null,
  everyMs: 60_000,
  prune: false,
  rows: [],
};
const route: DesiredDatabase = {
  kind: 'database',
  name: 'keystone',
  primary: 'south-2',
  region: 'south',
  term: 5n,
  backend: 'database',
  ready: ['south-2'],
  lossyTerm: 0n,
  isBehind: false,
};
const want = (cloud: Cloud, value: DesiredCatalog | DesiredDatabase) =>
  cloud.put(
    cloud.regional,
    keys.desiredKey(value.kind, value.name),
    desiredRecord.encode({ epoch: 8n, policyRevision: 1n, spec: encodeDesired(value) }),
  );

test('diff says that there is nothing to do', async (t) => {
  const { code, out } = await aCloud().run('catalog', 'diff');
  t.is(code, 0);
  t.is(out, 'catalog: the catalogue is as declared\n');
});

test('diff shows each row that differs, and what only an operator can decide', async (t) => {
  const cloud = aCloud();
  const [, ...rest] = AS_DECLARED.endpoints;
  const endpoints = [...rest.slice(0, 2), { ...row('4', 'c', 'public', 'south', 'http://theirs') }];
  const services = AS_DECLARED.services;
  cloud.catalog = { ok: true, catalog: { ...AS_DECLARED, services: services.slice(1), endpoints } };
  const { code, out } = await cloud.run('catalog', 'diff');
  t.is(code, 5);
  t.regex(out, /update: compute public of south is http:\/\/theirs, declared/);
  t.regex(out, /EndpointServiceMissing: Keystone has no service keystone of type identity: create it/);
  const json = JSON.parse((await cloud.run('catalog', 'diff', '--json')).out);
  t.like(json, [
    { policy: 'catalog', differences: [{ change: 'update' }], obstacles: [{ code: 'EndpointServiceMissing' }] },
  ] as never);
});

test('diff compares with a file before it is put', async (t) => {
  const cloud = healthyCloud();
  cloud.catalog = {
    ok: true,
    catalog: { ...AS_DECLARED, regions: ['north'], endpoints: AS_DECLARED.endpoints.slice(0, 2) },
  };
  cloud.files.set('c.yaml', CATALOG);
  const { code, out } = await cloud.run('catalog', 'diff', 'c.yaml');
  t.is(code, 5);
  t.regex(out, /create-region: Keystone has no region south/);
  t.regex(out, /create: identity public of south is missing/);
  cloud.files.set('c.yaml', 'kind: Nonsense');
  t.is((await cloud.run('catalog', 'diff', 'c.yaml')).code, 3);
});

test('without a policy or a way to Keystone it says what is missing', async (t) => {
  const bare = await healthyCloud().run('catalog', 'diff');
  t.is(bare.code, 2);
  t.regex(bare.err, /no EndpointCatalog is in force/);
  const cloud = aCloud();
  cloud.catalog = { ok: false, detail: 'the user x may not list' };
  const { code, err } = await cloud.run('catalog', 'diff');
  t.is(code, 3);
  t.regex(err, /the user x may not list/);
});

test('status says who keeps it and what it saw, or where it is kept', async (t) => {
  const cloud = aCloud();
  t.regex((await cloud.run('catalog', 'status')).out, /catalog +enforce +kept by nobody here, the primary is in north/);
  want(cloud, wanted);
  cloud.observe('south-1', 'catalog-catalog', 'ok');
  const { code, out } = await cloud.run('catalog', 'status');
  t.is(code, 0);
  t.regex(out, /kept by south-1 +ok +catalog-catalog looked/);
  cloud.observe('south-1', 'catalog-catalog', 'failed');
  t.is((await cloud.run('catalog', 'status')).code, 5);
});

test('regentctl status complains about drift, and about a catalogue that nobody keeps', async (t) => {
  const cloud = aCloud();
  t.is((await cloud.run('status')).code, 0);
  want(cloud, route);
  t.regex((await cloud.run('status')).out, /nobody keeps the endpoint catalogue catalog: .*catalog: true/);
  want(cloud, wanted);
  t.notRegex((await cloud.run('status')).out, /nobody keeps/);
  cloud.observe('south-1', 'catalog-catalog', 'failed');
  t.regex((await cloud.run('status')).out, /south-1: catalog-catalog failed/);
});

test('a catalogue is checked and applied in the global store, and what is unwise is said', async (t) => {
  const cloud = healthyCloud();
  const shared = CATALOG.replaceAll('198.51.100.10:5000', '192.0.2.10:5000');
  cloud.files.set('c.yaml', shared);
  const checked = await cloud.run('policy', 'check', 'c.yaml');
  t.is(checked.code, 0, checked.out);
  t.regex(checked.err, /IdentityRowRemote: the identity rows of north and south/);
  const applied = await cloud.run('policy', 'apply', 'c.yaml', '--wait', '0');
  t.is(applied.code, 0, applied.err);
  t.not(cloud.global.state.get(keys.policyKey('catalog')), undefined);
});
