/** What the keeper of the catalogue writes, when it stops, and what it tells. */
import test from 'ava';
import type { Catalog } from '../../../src/core/catalog/rows.ts';
import { declaredRows } from '../../../src/core/catalog/rows.ts';
import type { DesiredCatalog } from '../../../src/core/desired.ts';
import { grantsOf, noGrants } from '../../../src/core/grants.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { CatalogDuty } from '../../../src/runtime/duty/catalog-duty.ts';
import { encodeDesired } from '../../../src/store/desired-spec.ts';
import { desiredKey } from '../../../src/store/keys.ts';
import { desiredRecord } from '../../../src/store/schema.ts';
import { catalog, catalogPolicy, endpoint, urlOf } from '../../core/catalog/a-catalog.ts';
import { CatalogRows, MemoryCatalog } from '../../fakes/memory-catalog.ts';
import { AStore, AView, never, Told } from './a-store.ts';

const NODE = 'south-1';
const GRANTED = grantsOf({ files: [], units: [], addresses: [], catalog: true, haproxy: null });

const wanted: DesiredCatalog = {
  kind: 'catalog',
  name: 'catalog',
  keeper: NODE,
  withheld: null,
  everyMs: 60_000,
  prune: false,
  rows: declaredRows(catalogPolicy),
};

function rowsOf({ services, endpoints, regions }: Catalog): CatalogRows {
  const rows = new CatalogRows();
  rows.services = [...services];
  rows.endpoints = [...endpoints];
  rows.regions = [...regions];
  return rows;
}

function aKeeper({ rows = rowsOf(catalog), grants = GRANTED } = {}) {
  const stored = new AStore();
  const view = new AView(stored);
  const told = new Told();
  const lease = { remainingMs: 8_000 };
  const seen = new Map<string, Observation>();
  const said: string[] = [];
  /** Called before each look, with its number. */
  const meddle: { before: (look: number) => void } = { before: () => {} };
  let looks = 0;
  const api = new MemoryCatalog(rows, grants);
  const read = api.read.bind(api);
  api.read = () => {
    meddle.before(++looks);
    return read();
  };
  const duty = new CatalogDuty({
    node: NODE,
    store: stored.store,
    view,
    catalog: api,
    leaseRemainingMs: () => lease.remainingMs,
    writeWithinMs: 4_000,
    observe: (probe, observation) => {
      said.push(observation?.health ?? 'nothing');
      if (observation === undefined) seen.delete(probe);
      else seen.set(probe, observation);
    },
    record: told.record,
    clock: stored.time,
  });
  const want = (difference: Partial<DesiredCatalog> = {}) =>
    stored.put(
      desiredKey('catalog', 'catalog'),
      desiredRecord.encode({ epoch: 4n, policyRevision: 9n, spec: encodeDesired({ ...wanted, ...difference }) }),
    );
  const says = () => seen.get('catalog-catalog');
  return { stored, view, told, lease, rows, duty, want, says, said, meddle, looks: () => looks };
}

test('rows that differ are corrected one by one, each with an event that says what was there', async (t) => {
  const { rows, duty, want, told, says, looks } = aKeeper();
  want();
  rows.change('image-south-public', { url: 'http://old' });
  rows.change('image-north-admin', { url: 'http://other' });
  t.is(await duty.tick(never), 60_000);
  t.deepEqual([...rows.endpoints].sort(byId), [...catalog.endpoints].sort(byId));
  t.deepEqual(told.names, ['catalog:row:updated', 'catalog:row:updated']);
  t.like(told.events[1], {
    subject: 'catalog',
    epoch: 4n,
    policyRevision: 9n,
    facts: { service: 'image', interface: 'public', region: 'south', from: 'http://old', to: urlOf('image', 'south') },
  });
  t.is(looks(), 3, 'it is looked again after each write');
  t.is(says()?.health, 'ok');
});

const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1);

test('a new region gets its rows', async (t) => {
  const south = rowsOf({ ...catalog, regions: ['north'] });
  south.endpoints = south.endpoints.filter(({ region }) => region === 'north');
  const { rows, duty, want, told } = aKeeper({ rows: south });
  want();
  await duty.tick(never);
  t.is(rows.endpoints.length, 12);
  t.deepEqual(told.names, ['catalog:region:created', ...Array(6).fill('catalog:row:created')]);
});

test('it looks again at its pace, and at once when the leader has decided anew', async (t) => {
  const { stored, duty, want, looks } = aKeeper();
  want();
  await duty.tick(never);
  await stored.time.advance(20_000);
  t.is(await duty.tick(never), 40_000);
  t.is(looks(), 1);
  want({ everyMs: 30_000 });
  t.is(await duty.tick(never), 30_000);
  await stored.time.advance(30_000);
  await duty.tick(never);
  t.is(looks(), 3);
});

test('what is the same is not said again, and another difference is', async (t) => {
  const { stored, rows, duty, want, said } = aKeeper();
  want({ withheld: 'OnHold' });
  await duty.tick(never);
  await stored.time.advance(60_000);
  await duty.tick(never);
  t.deepEqual(said, ['ok']);
  for (const id of ['image-south-public', 'image-north-public', 'image-north-public']) {
    rows.endpoints = [...catalog.endpoints];
    rows.change(id, { url: 'http://old' });
    await stored.time.advance(60_000);
    await duty.tick(never);
  }
  t.deepEqual(said, ['ok', 'degraded', 'degraded']);
});

test('whoever is not the keeper looks at nothing, and takes back what it said when it was', async (t) => {
  const { duty, want, says, looks } = aKeeper();
  want({ keeper: 'south-2' });
  t.is(await duty.tick(never), undefined);
  t.is(looks(), 0);
  want();
  await duty.tick(never);
  t.is(says()?.health, 'ok');
  want({ keeper: null, rows: [] });
  await duty.tick(never);
  t.is(says(), undefined);
});

for (const withheld of ['ObserveMode', 'OnHold'] as const) {
  test(`with ${withheld} the difference is told once and nothing is written`, async (t) => {
    const { stored, rows, duty, want, told, says } = aKeeper();
    want({ withheld });
    rows.change('image-south-public', { url: 'http://old' });
    const before = [...rows.endpoints];
    await duty.tick(never);
    await stored.time.advance(60_000);
    await duty.tick(never);
    t.deepEqual(rows.endpoints, before);
    t.deepEqual(told.names, ['catalog:drift:seen']);
    t.is(told.events[0]?.refusal, withheld);
    t.like(says(), { health: 'degraded', facts: { differences: 1 } });
    t.regex(says()?.detail ?? '', /^EndpointDrift: image public of south is http:\/\/old/);
    rows.change('image-north-public', { url: 'http://old' });
    await stored.time.advance(60_000);
    await duty.tick(never);
    t.is(told.names.length, 2, 'another difference is news');
  });
}

test('a decision that was replaced while it looked is not acted upon', async (t) => {
  const { rows, view, duty, want, says, meddle } = aKeeper();
  want();
  view.freeze();
  rows.change('image-south-public', { url: 'http://old' });
  meddle.before = () => want({ keeper: 'south-2' });
  await duty.tick(never);
  t.is(rows.endpoints.find(({ id }) => id === 'image-south-public')?.url, 'http://old');
  t.regex(says()?.detail ?? '', /the leader has decided anew/);
});

test('it writes only while its own lease outlasts the write', async (t) => {
  const { rows, duty, want, lease, says } = aKeeper();
  want();
  lease.remainingMs = 4_000;
  rows.change('image-south-public', { url: 'http://old' });
  await duty.tick(never);
  t.is(rows.endpoints.find(({ id }) => id === 'image-south-public')?.url, 'http://old');
  t.regex(says()?.detail ?? '', /lease is not sure/);
});

test('nothing is looked at while the store is away', async (t) => {
  const { view, duty, want, looks } = aKeeper();
  want();
  view.awayMs = 1;
  t.is(await duty.tick(never), undefined);
  t.is(looks(), 0);
});

test('a tool that writes the same row again and again is told and not fought over within a round', async (t) => {
  const { rows, duty, want, told, says, meddle, looks } = aKeeper();
  want();
  meddle.before = () => rows.change('image-south-public', { url: 'http://theirs' });
  await duty.tick(never);
  t.is(looks(), 2);
  t.deepEqual(told.names, ['catalog:row:updated', 'catalog:drift:seen']);
  t.regex(says()?.detail ?? '', /another tool writes the same row/);
});

test('a row that goes while it is to be updated is made anew by the next round, and nothing fails', async (t) => {
  const { stored, rows, duty, want, told, meddle } = aKeeper();
  want();
  rows.change('image-south-public', { url: 'http://old' });
  const store = stored.store.get.bind(stored.store);
  stored.store.get = async (...asked) => {
    rows.endpoints = rows.endpoints.filter(({ id }) => id !== 'image-south-public');
    return store(...asked);
  };
  await duty.tick(never);
  meddle.before = () => {};
  await stored.time.advance(60_000);
  stored.store.get = store;
  await duty.tick(never);
  t.true(
    rows.endpoints.some(
      ({ serviceId, interface: of, region }) => `${serviceId} ${of} ${region}` === 's-image public south',
    ),
  );
  t.is(told.names.at(-1), 'catalog:row:created');
});

test('rows of other regions stay as another tool writes them, also when it writes between the steps', async (t) => {
  const { rows, duty, want, meddle } = aKeeper();
  want();
  rows.endpoints.push(endpoint({ id: 'west', region: 'west', url: 'http://west' }));
  rows.change('image-south-public', { url: 'http://old' });
  meddle.before = (look) => rows.change('west', { url: `http://west/${look}` });
  await duty.tick(never);
  t.is(rows.endpoints.find(({ id }) => id === 'west')?.url, 'http://west/2');
});

test('two rows with one key are told with what to do, and the others are corrected all the same', async (t) => {
  const { rows, duty, want, told, says } = aKeeper();
  want();
  rows.endpoints.push(endpoint({ id: 'twin', url: 'http://twin' }));
  rows.change('image-south-public', { url: 'http://old' });
  await duty.tick(never);
  t.deepEqual(told.names, ['catalog:row:updated', 'catalog:change:refused']);
  t.regex(says()?.detail ?? '', /^EndpointRowsDuplicate: .*openstack endpoint delete twin/);
});

const failures = [
  ['Forbidden', (rows: CatalogRows) => Object.assign(rows, { isAdmin: false }), 'degraded', 'catalog:change:refused'],
  ['Unavailable', (rows: CatalogRows) => Object.assign(rows, { isUp: false }), 'unknown', 'catalog:change:refused'],
  [
    'NotWritable',
    (rows: CatalogRows) => Object.assign(rows, { isReadOnly: true }),
    'degraded',
    'catalog:change:refused',
  ],
] as const;
for (const [code, breakIt, health, event] of failures) {
  test(`a catalogue that is ${code} is told once, and is tried again at the next look`, async (t) => {
    const { stored, rows, duty, want, told, says } = aKeeper();
    want();
    rows.change('image-south-public', { url: 'http://old' });
    breakIt(rows);
    await duty.tick(never);
    await stored.time.advance(60_000);
    await duty.tick(never);
    t.deepEqual(told.names, [event]);
    t.is(says()?.health, health);
    t.true(says()?.detail.startsWith(`Catalog${code}: `));
    Object.assign(rows, { isAdmin: true, isUp: true, isReadOnly: false });
    await stored.time.advance(60_000);
    await duty.tick(never);
    t.is(says()?.health, 'ok');
  });
}

test('a keeper without the grant says so and writes nothing', async (t) => {
  const { rows, duty, want, told } = aKeeper({ grants: noGrants });
  want();
  rows.change('image-south-public', { url: 'http://old' });
  await duty.tick(never);
  t.deepEqual(told.names, ['agent:grant:refused']);
  t.is(told.events[0]?.refusal, 'NotGranted');
});
