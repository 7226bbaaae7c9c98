/** Where the identity rows of a region lead, as its own Keystone's catalogue says. */
import test from 'ava';
import type { Health } from '../../src/core/observation.ts';
import { identityCatalogProbe } from '../../src/probe/identity-catalog-probe.ts';
import { fakeKeystone } from './fake-keystone.ts';
import { look } from './look.ts';

const SOUTH = 'http://198.51.100.10:5000/v3';
const NORTH = 'http://identity.north.example:5000/v3';
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'identity.north.example': ['192.0.2.10'],
  'identity.south.example': ['198.51.100.10'],
};

type Row = readonly [of: string, url: string, region?: string];

async function seen(t: Parameters<typeof fakeKeystone>[0], rows: readonly Row[] | undefined) {
  const endpoints = rows?.map(([of, url, region = 'south']) => ({ interface: of, region, url }));
  const compute = { type: 'compute', endpoints: [{ interface: 'internal', region: 'south', url: NORTH }] };
  const catalog = endpoints === undefined ? undefined : [compute, { type: 'identity', endpoints }];
  const { url } = await fakeKeystone(
    t,
    () => 201,
    () => 200,
    { catalog },
  );
  const account = { username: 'regent', password: 'hunter2-secret', project: 'service' };
  return look(
    identityCatalogProbe({
      url,
      region: 'south',
      keystones: { south: SOUTH, north: NORTH },
      ...account,
      everyMs: 1000,
      timeoutMs: 5000,
      resolve: async (host) => ADDRESSES[host] ?? (/^[0-9.]+$/.test(host) ? [host] : Promise.reject(new Error('none'))),
    }),
  );
}

const judged = test.macro(async (t, rows: readonly Row[] | undefined, health: Health, detail: RegExp) => {
  const observation = await seen(t, rows);
  t.is(observation.health, health, observation.detail);
  t.regex(observation.detail, detail);
});

const good: readonly Row[] = [
  ['internal', SOUTH],
  ['public', 'http://identity.south.example:5000/v3'],
];

test('rows that lead to the own Keystone, by address or by name, are ok', judged, good, 'ok', /lead to its own/);
test('rows of other regions are not looked at', judged, [...good, ['internal', NORTH, 'north']], 'ok', /own/);
test(
  'a row that leads into another region is a diagnosis with its remedy',
  judged,
  [...good, ['admin', NORTH]],
  'failed',
  /IdentityRowRemote: the admin identity row of south leads to the Keystone of north .*endpoint set/,
);
test(
  'a row that leads to an unknown place may not survive',
  judged,
  [['internal', 'http://203.0.113.99:5000/v3'], good[1] ?? ['public', SOUTH]],
  'failed',
  /IdentityRowRemote: the internal .* an address that no policy names/,
);
test(
  'another port is another place',
  judged,
  [['internal', 'http://198.51.100.10:35357/v3'], ...good],
  'failed',
  /35357/,
);
test(
  'a region without its rows is a diagnosis',
  judged,
  [['public', SOUTH]],
  'failed',
  /IdentityRowMissing: south has no internal/,
);
test(
  'a row that is no URL is one that leads nowhere',
  judged,
  [['internal', 'nowhere'], ...good],
  'failed',
  /\(nowhere\)/,
);
test('a token without a catalogue says nothing', judged, undefined, 'unknown', /without a catalogue/);

test('the rows are facts, so that a change of them is told', async (t) => {
  t.deepEqual((await seen(t, good)).facts, { internal: SOUTH, public: 'http://identity.south.example:5000/v3' });
});
