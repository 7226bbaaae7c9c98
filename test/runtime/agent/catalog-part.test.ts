/** An agent that keeps the catalogue because its leader says so, from the decision in the store to the rows and its own word. */
import anyTest, { type TestFn } from 'ava';
import { declaredRows } from '../../../src/core/catalog/rows.ts';
import { type Grants, grantsOf, noGrants } from '../../../src/core/grants.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { keepCatalog } from '../../../src/runtime/agent/catalog-part.ts';
import { RegionPart } from '../../../src/runtime/agent/region-part.ts';
import { encodeDesired } from '../../../src/store/desired-spec.ts';
import { desiredKey, observationKey } from '../../../src/store/keys.ts';
import { desiredRecord, observationRecord } from '../../../src/store/schema.ts';
import { catalog, catalogPolicy, urlOf } from '../../core/catalog/a-catalog.ts';
import { CatalogRows, MemoryCatalog } from '../../fakes/memory-catalog.ts';
import { AnAgent, aLife, endLife, type Life } from './an-agent.ts';

const test = anyTest as TestFn<Life>;
test.beforeEach(async (t) => {
  t.context = await aLife();
});
test.afterEach.always((t) => endLife(t.context));

const granted = grantsOf({ files: [], units: [], addresses: [], catalog: true, haproxy: null });

async function keeping(life: Life, grants: Grants) {
  const host = new AnAgent(life);
  const metrics = new Map<string, Observation | undefined>();
  Object.assign(host, {
    metrics: { catalogLooked: (probe: string, seen: Observation | undefined) => metrics.set(probe, seen) },
  });
  Object.assign(host.parts, { grants });
  const rows = new CatalogRows();
  rows.services = [...catalog.services];
  rows.endpoints = [...catalog.endpoints];
  rows.regions = [...catalog.regions];
  const part = RegionPart.join(host.agent, life.regional.store);
  keepCatalog(host.agent, part, new MemoryCatalog(rows, grants));
  await life.regional.time.advance(200);
  return { host, rows, metrics };
}

function want({ regional }: Life, keeper: string | null) {
  const spec = encodeDesired({
    kind: 'catalog',
    name: 'catalog',
    keeper,
    withheld: null,
    everyMs: 60_000,
    prune: false,
    rows: keeper === null ? [] : declaredRows(catalogPolicy),
  });
  regional.put(desiredKey('catalog', 'catalog'), desiredRecord.encode({ epoch: 4n, policyRevision: 9n, spec }));
}

const saidOf = ({ regional }: Life, probe: string) => {
  const key = observationKey('south-1', probe);
  const entry = regional.entry(key);
  return entry === undefined ? undefined : observationRecord.decode(key, entry.value);
};

test('it says that it may, keeps the catalogue when it is named, and takes its word back when it is not', async (t) => {
  const life = t.context;
  const { host, rows, metrics } = await keeping(life, granted);
  t.is(saidOf(life, 'catalog-grant')?.health, 'ok');
  rows.change('image-south-public', { url: 'http://theirs' });
  want(life, 'south-1');
  await life.regional.time.advance(500);
  t.is(rows.endpoints.find(({ id }) => id === 'image-south-public')?.url, urlOf('image', 'south'));
  t.true(host.names.includes('catalog:row:updated'));
  t.is(saidOf(life, 'catalog-catalog')?.health, 'ok');
  t.is(metrics.get('catalog-catalog')?.health, 'ok');
  want(life, null);
  await life.regional.time.advance(500);
  t.is(saidOf(life, 'catalog-catalog'), undefined);
  t.is(metrics.get('catalog-catalog'), undefined);
});

test('a node without the grant does not say that it may', async (t) => {
  await keeping(t.context, noGrants);
  t.is(saidOf(t.context, 'catalog-grant'), undefined);
});
