/** The contract of the endpoint catalogue: what its keeper relies on, asked of every implementation. */
import type { ExecutionContext, TestFn } from 'ava';
import { type CatalogApi, CatalogError, type CatalogErrorCode } from '../../src/actuator/catalog-api.ts';
import { reconcile } from '../../src/core/catalog/reconcile.ts';
import type { DeclaredRow } from '../../src/core/catalog/rows.ts';
import { noGrants } from '../../src/core/grants.ts';
import { type CatalogWorld, FIRST_URL } from './catalog-world.ts';

type Step = (t: ExecutionContext, world: CatalogWorld) => Promise<void>;

const SOUTH_URL = 'http://198.51.100.10:5000/v3';
const row = { interface: 'public', region: 'south', url: SOUTH_URL } as const;

async function serviceId(api: CatalogApi): Promise<string> {
  return (await api.read()).services.find(({ type }) => type === 'identity')?.id ?? '';
}

async function refusedWith(t: ExecutionContext, code: CatalogErrorCode, call: Promise<unknown>): Promise<void> {
  const error = await t.throwsAsync(call, { instanceOf: CatalogError });
  t.is(error?.code, code, error?.message);
}

const northRow = async (api: CatalogApi, of = 'public') => {
  const { endpoints } = await api.read();
  return endpoints.find((each) => each.region === 'north' && each.interface === of);
};

/** In this order, in one world: each goes on where the one before left it. */
const promises: Readonly<Record<string, Step>> = {
  'a look gives services, rows and regions': async (t, world) => {
    const { services, endpoints, regions } = await world.api().read();
    t.deepEqual(
      services.map(({ type, name }) => [type, name]),
      [['identity', 'keystone']],
    );
    t.deepEqual(endpoints.map((each) => each.interface).sort(), ['admin', 'internal', 'public']);
    t.true(endpoints.every((each) => each.region === 'north' && each.url === FIRST_URL && each.isEnabled));
    t.true(endpoints.every((each) => each.serviceId === services[0]?.id));
    t.deepEqual(regions, ['north']);
  },
  'a row of a region that is not there is refused, and the region can be created twice': async (t, world) => {
    const api = world.api();
    const endpoint = { serviceId: await serviceId(api), ...row };
    await refusedWith(t, 'Refused', api.createEndpoint(endpoint));
    await api.createRegion('south');
    await api.createRegion('south');
    t.deepEqual([...(await api.read()).regions].sort(), ['north', 'south']);
    const id = await api.createEndpoint(endpoint);
    const found = (await api.read()).endpoints.find((each) => each.id === id);
    t.deepEqual(found, { id, isEnabled: true, ...endpoint });
  },
  'an update changes the URL of one row, which keeps its id, and enables it': async (t, world) => {
    const api = world.api();
    const before = (await api.read()).endpoints;
    const target = await northRow(api);
    await world.disable(target?.id ?? '');
    t.false((await northRow(api))?.isEnabled);
    await api.updateEndpoint(target?.id ?? '', 'http://192.0.2.99:5000/v3');
    t.deepEqual(await northRow(api), { ...target, isEnabled: true, url: 'http://192.0.2.99:5000/v3' } as never);
    const others = (rows: typeof before) =>
      rows.filter((each) => each.id !== target?.id).map((each) => JSON.stringify(each));
    t.deepEqual(others((await api.read()).endpoints).sort(), others(before).sort());
  },
  'substitutions are kept as they are written, and what Keystone cannot read is refused': async (t, world) => {
    const api = world.api();
    const target = await northRow(api, 'admin');
    const url = 'http://192.0.2.10:8774/v2.1/%(project_id)s';
    await api.updateEndpoint(target?.id ?? '', url);
    t.is((await northRow(api, 'admin'))?.url, url);
    await refusedWith(t, 'Refused', api.updateEndpoint(target?.id ?? '', '$(public_endpoint)s/v3'));
    await refusedWith(
      t,
      'Refused',
      api.createEndpoint({ serviceId: await serviceId(api), ...row, url: 'http://x/%(nonsense' }),
    );
  },
  'a row is deleted once, and a second time nothing happens; a row that is gone is not updated': async (t, world) => {
    const api = world.api();
    const target = await northRow(api, 'internal');
    await api.deleteEndpoint(target?.id ?? '');
    t.is(await northRow(api, 'internal'), undefined);
    await api.deleteEndpoint(target?.id ?? '');
    await refusedWith(t, 'Gone', api.updateEndpoint(target?.id ?? '', FIRST_URL));
  },
  'what a policy declares is reached change by change, and then there is nothing more to do': async (t, world) => {
    const api = world.api();
    const declared: readonly DeclaredRow[] = (['north', 'south', 'west'] as const).flatMap((region) =>
      (['public', 'internal', 'admin'] as const).map((each) => ({
        type: 'identity',
        name: 'keystone',
        interface: each,
        region,
        url: `http://identity.${region}.example:5000/v3`,
      })),
    );
    for (let rounds = 0; rounds < 20; rounds++) {
      const [change] = reconcile(declared, await api.read(), { prune: false }).changes;
      if (change === undefined) break;
      if (change.kind === 'create-region') await api.createRegion(change.region);
      if (change.kind === 'create') await api.createEndpoint({ serviceId: change.serviceId, ...change.row });
      if (change.kind === 'update') await api.updateEndpoint(change.endpoint.id, change.row.url);
    }
    const { endpoints } = await api.read();
    t.deepEqual(
      endpoints.map((each) => `${each.region} ${each.interface} ${each.url}`).sort(),
      declared.map((each) => `${each.region} ${each.interface} ${each.url}`).sort(),
    );
  },
  'without the grant nothing is written, and looking is allowed': async (t, world) => {
    const api = world.api({ grants: noGrants });
    const target = await northRow(api);
    await refusedWith(t, 'NotGranted', api.updateEndpoint(target?.id ?? '', 'http://x'));
    await refusedWith(t, 'NotGranted', api.deleteEndpoint(target?.id ?? ''));
    await refusedWith(t, 'NotGranted', api.createRegion('east'));
    t.deepEqual(await northRow(api), target);
  },
  'an account that is no administrator is told apart from a Keystone that does not work': async (t, world) => {
    await refusedWith(t, 'Forbidden', world.api({ isReader: true }).read());
  },
  'a Keystone whose database is closed is read, and a write is refused as that': async (t, world) => {
    const api = world.api();
    const target = await northRow(api);
    await world.setReadOnly(true);
    await refusedWith(t, 'NotWritable', api.updateEndpoint(target?.id ?? '', 'http://x'));
    t.deepEqual(await northRow(api), target);
    await world.setReadOnly(false);
    await api.updateEndpoint(target?.id ?? '', 'http://again');
    t.is((await northRow(api))?.url, 'http://again');
  },
  'a Keystone that is gone is unavailable': async (t, world) => {
    const api = world.api();
    await world.kill();
    await refusedWith(t, 'Unavailable', api.read());
  },
};

/** Declares one test for each promise; all have one world, because a real Keystone takes half a minute to make. */
export function catalogContract(test: TestFn, start: () => Promise<CatalogWorld>): void {
  let world: CatalogWorld | undefined;
  test.serial.before(async (t) => {
    t.timeout(300_000);
    world = await start();
  });
  test.after.always(() => world?.stop());
  for (const [title, run] of Object.entries(promises)) {
    test.serial(title, async (t) => {
      t.timeout(100_000);
      if (world === undefined) throw new Error('the world did not start');
      await run(t, world);
    });
  }
}
