/** What is changed, in which order, what is left alone, and that every plan leads to its end whatever others write meanwhile. */
import test from 'ava';
import fc from 'fast-check';
import { type CatalogChange, reconcile } from '../../../src/core/catalog/reconcile.ts';
import { type Catalog, type CatalogEndpoint, type DeclaredRow, declaredRows } from '../../../src/core/catalog/rows.ts';
import { differenceText } from '../../../src/core/catalog/words.ts';
import { catalog, catalogPolicy, endpoint, urlOf, withRows } from './a-catalog.ts';

const declared = declaredRows(catalogPolicy);
const changes = (actual: Catalog, prune = false) => reconcile(declared, actual, { prune }).changes.map(differenceText);
const codes = (actual: Catalog, rows = declared) =>
  reconcile(rows, actual, { prune: false }).obstacles.map(({ code }) => code);

test('a catalogue that is as declared needs nothing', (t) => {
  t.deepEqual(reconcile(declared, catalog, { prune: true }), { changes: [], obstacles: [] });
});

test('a row that differs is updated under its own id', (t) => {
  const [change] = reconcile(declared, withRows({ 'image-south-public': { url: 'http://old' } }), {
    prune: false,
  }).changes;
  t.like(change, { kind: 'update', endpoint: { id: 'image-south-public' }, row: { url: urlOf('image', 'south') } });
});

test('a row that is not enabled is enabled', (t) => {
  t.deepEqual(changes(withRows({ 'image-south-public': { isEnabled: false } })), [
    'image public of south is not enabled',
  ]);
});

test('a missing row is created, after its region', (t) => {
  const actual = {
    ...catalog,
    endpoints: catalog.endpoints.filter(({ region }) => region !== 'south'),
    regions: ['north'],
  };
  const kinds = reconcile(declared, actual, { prune: false }).changes.map(({ kind }) => kind);
  t.deepEqual(kinds, ['create-region', ...Array(6).fill('create')]);
});

test("the row of another region with the same service and interface is not taken for a region's own", (t) => {
  const actual = withRows({ 'identity-south-public': null });
  const [change] = reconcile(declared, actual, { prune: false }).changes;
  t.like(change, { kind: 'create', row: { region: 'south', interface: 'public' } });
});

test('rows of regions and services that are not declared are in no change, also when pruning', (t) => {
  const foreign = [
    endpoint({ id: 'f1', region: 'west', url: 'http://x' }),
    endpoint({ id: 'f2', serviceId: 's-volume' }),
    endpoint({ id: 'f3', region: null }),
  ];
  const actual = { ...catalog, endpoints: [...catalog.endpoints, ...foreign] };
  t.deepEqual(reconcile(declared, actual, { prune: true }), { changes: [], obstacles: [] });
});

test('an interface that is not declared is told, and deleted only if the policy prunes', (t) => {
  const rows = declared.filter((row) => row.interface !== 'admin');
  t.deepEqual(codes(catalog, rows), Array(4).fill('EndpointRowUndeclared'));
  const pruned = reconcile(rows, catalog, { prune: true });
  t.deepEqual(
    pruned.changes.map(({ kind }) => kind),
    Array(4).fill('delete'),
  );
  t.deepEqual(pruned.obstacles, []);
});

test('two rows with one key are a diagnosis that names which to delete, and neither is touched', (t) => {
  const twin = endpoint({ id: 'twin', url: 'http://other' });
  const actual = { ...catalog, endpoints: [twin, ...catalog.endpoints] };
  const { changes: none, obstacles } = reconcile(declared, actual, { prune: true });
  t.deepEqual(none, []);
  t.like(obstacles, { 0: { code: 'EndpointRowsDuplicate' }, length: 1 });
  t.regex(obstacles[0]?.remedy ?? '', /endpoint delete twin$/);
  const off = { ...actual, endpoints: [{ ...twin, isEnabled: false }, ...catalog.endpoints] };
  t.deepEqual(reconcile(declared, off, { prune: false }), { changes: [], obstacles: [] });
});

test('a service that is missing or not the only one stops its own rows, and no others', (t) => {
  const actual = {
    ...withRows({ 'identity-north-admin': { url: 'http://old' } }),
    services: catalog.services.slice(0, 1),
  };
  t.deepEqual(codes(actual), ['EndpointServiceMissing']);
  t.is(changes(actual).length, 1);
  const twice = { ...catalog, services: [...catalog.services, { id: 'x', type: 'image', name: 'other' }] };
  t.deepEqual(codes(twice), ['EndpointServiceAmbiguous']);
  t.deepEqual(
    codes(
      twice,
      declared.map((row) => ({ ...row, name: `the-${row.type}` })),
    ),
    [],
  );
});

test('a URL that the API does not take is told, unless it stands there already', (t) => {
  const url = '$(public_endpoint)s/v3';
  const rows = declared.map((row) => (row.type === 'identity' ? { ...row, url } : row));
  t.deepEqual(new Set(codes(catalog, rows)), new Set(['EndpointUrlNotWritable']));
  const there = {
    ...catalog,
    endpoints: catalog.endpoints.map((e) => (e.serviceId === 's-identity' ? { ...e, url } : e)),
  };
  t.deepEqual(reconcile(rows, there, { prune: false }), { changes: [], obstacles: [] });
});

type Plan = typeof reconcile;

/** As Keystone does it. */
function put(actual: Catalog, change: CatalogChange, id: string): Catalog {
  const { endpoints } = actual;
  const others = (gone: CatalogEndpoint) => endpoints.filter((each) => each.id !== gone.id);
  switch (change.kind) {
    case 'create-region':
      return { ...actual, regions: [...new Set([...actual.regions, change.region])] };
    case 'create': {
      const { interface: of, region, url } = change.row;
      const made = { id, serviceId: change.serviceId, interface: of, region, url, isEnabled: true };
      return { ...actual, endpoints: [...endpoints, made] };
    }
    case 'update': {
      const now = endpoints.find((each) => each.id === change.endpoint.id);
      if (now === undefined) return actual;
      return { ...actual, endpoints: [...others(now), { ...now, url: change.row.url, isEnabled: true }] };
    }
    case 'delete':
      return { ...actual, endpoints: others(change.endpoint) };
  }
}

const aRow = fc.record({
  serviceId: fc.constantFrom('s-identity', 's-image', 's-volume'),
  interface: fc.constantFrom('public', 'internal', 'admin'),
  region: fc.constantFrom('north', 'south', 'west', 'east'),
  url: fc.constantFrom('http://a', 'http://b', urlOf('identity', 'north')),
  isEnabled: fc.boolean(),
});
/** What another tool does between two steps: to rows of other regions only. */
const aMeddling = fc.record({
  region: fc.constantFrom('west', 'east'),
  url: fc.constantFrom('http://a', 'http://b', 'http://c'),
  serviceId: fc.constantFrom('s-identity', 's-image'),
  interface: fc.constantFrom('public', 'internal', 'admin'),
});
const aRun = fc.record({
  rows: fc.uniqueArray(aRow, {
    maxLength: 24,
    selector: (row) => `${row.serviceId} ${row.interface} ${row.region}`,
  }),
  meddling: fc.array(fc.option(aMeddling, { nil: undefined }), { maxLength: 20 }),
  prune: fc.boolean(),
});

const isForeign = ({ region, serviceId }: Pick<CatalogEndpoint, 'region' | 'serviceId'>) =>
  !['north', 'south'].includes(region ?? '') || serviceId === 's-volume';
const keyOf = (each: CatalogEndpoint | (DeclaredRow & { serviceId: string })) =>
  `${each.serviceId} ${each.interface} ${each.region}`;

/** @returns a sentence about the first promise that is broken */
function broken(plan: Plan, { rows, meddling, prune }: typeof aRun extends fc.Arbitrary<infer T> ? T : never) {
  let actual: Catalog = { ...catalog, endpoints: rows.map((row, index) => ({ ...row, id: `r${index}` })) };
  let foreign = new Map(actual.endpoints.filter(isForeign).map((each) => [each.id, JSON.stringify(each)]));
  const ids = new Map(actual.endpoints.filter((each) => !isForeign(each)).map((each) => [keyOf(each), each.id]));
  const meddle = (step: number): void => {
    const other = meddling[step];
    if (other === undefined) return;
    const found = actual.endpoints.find((each) => keyOf(each) === keyOf({ ...endpoint(other), id: '' }));
    const row = { ...endpoint(other), id: found?.id ?? `o${step}` };
    actual = { ...actual, endpoints: [...actual.endpoints.filter((each) => each !== found), row] };
    foreign = new Map(actual.endpoints.filter(isForeign).map((each) => [each.id, JSON.stringify(each)]));
  };
  for (let step = 0; step < 60; step++) {
    if (step % 2 === 0) meddle(step);
    const [change] = plan(declared, actual, { prune }).changes;
    // Also between the look and the write.
    if (step % 2 === 1) meddle(step);
    if (change !== undefined) actual = put(actual, change, `n${step}`);
    const now = actual.endpoints.filter(isForeign);
    if (now.length !== foreign.size || now.some((each) => foreign.get(each.id) !== JSON.stringify(each)))
      return 'a row outside of the declared ones was changed';
    if (change === undefined && step >= meddling.length) break;
  }
  for (const row of declared) {
    const found = actual.endpoints.filter((each) => keyOf(each) === keyOf({ ...row, serviceId: `s-${row.type}` }));
    if (found.length !== 1) return 'a declared row is not there once';
    if (found[0]?.url !== row.url || !found[0].isEnabled) return 'a declared row is not as declared';
    const before = ids.get(keyOf(found[0]));
    if (before !== undefined && before !== found[0].id) return 'a row lost its id';
  }
  return plan(declared, actual, { prune }).changes.length === 0 ? undefined : 'it does not come to an end';
}

test('whatever is there and whatever others write meanwhile, the declared rows are reached and no other one is touched', (t) => {
  fc.assert(
    fc.property(aRun, (run) => broken(reconcile, run) === undefined),
    { numRuns: 1000 },
  );
  t.pass();
});

/** Planted bugs; each must be found. */
const bugs: Readonly<Record<string, Plan>> = {
  'a deployment tool that looks for service and interface only': (rows, actual, options) => {
    const seen = { ...actual, endpoints: actual.endpoints.map((each) => ({ ...each, region: 'north' })) };
    return reconcile(
      rows.map((row) => ({ ...row, region: 'north' })),
      {
        ...seen,
        endpoints: seen.endpoints.filter((each, i, all) => all.findIndex((o) => keyOf(o) === keyOf(each)) === i),
      },
      options,
    );
  },
  'a row is matched without its region': (rows, actual, options) => {
    const plan = reconcile(rows, actual, options);
    return {
      ...plan,
      changes: plan.changes.map((change) => {
        const found =
          change.kind === 'create'
            ? actual.endpoints.find((e) => e.serviceId === change.serviceId && e.interface === change.row.interface)
            : undefined;
        return change.kind === 'create' && found !== undefined
          ? { kind: 'update', row: change.row, endpoint: found }
          : change;
      }),
    };
  },
  'pruning does not look at the region': (rows, actual, options) => {
    const extra = actual.endpoints.find((each) => each.region === 'west' && each.serviceId === 's-image');
    const plan = reconcile(rows, actual, options);
    if (extra === undefined || !options.prune) return plan;
    return { ...plan, changes: [...plan.changes, { kind: 'delete', type: 'image', endpoint: extra }] };
  },
  'a row is deleted and made anew': (rows, actual, options) => {
    const plan = reconcile(rows, actual, options);
    const changed = plan.changes.map(
      (change): CatalogChange =>
        change.kind === 'update' ? { kind: 'delete', type: change.row.type, endpoint: change.endpoint } : change,
    );
    return { ...plan, changes: changed };
  },
  'a row that is not enabled passes for one that is there': (rows, actual, options) =>
    reconcile(rows, { ...actual, endpoints: actual.endpoints.map((each) => ({ ...each, isEnabled: true })) }, options),
};

for (const [name, plan] of Object.entries(bugs)) {
  test(`it is found when ${name}`, (t) => {
    const found = fc.check(
      fc.property(aRun, (run) => broken(plan, run) === undefined),
      { numRuns: 1000 },
    );
    t.true(found.failed);
  });
}
