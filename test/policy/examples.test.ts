/**
 * The policies that are shipped: the examples, the bed's, their schema and their README are what the program reads.
 */
import { readdir, readFile } from 'node:fs/promises';
import test from 'ava';
import { isGlobal, type Policy } from '../../src/core/policy.ts';
import { admit, type PolicyText } from '../../src/policy/admit.ts';
import { kindJsonSchema, policyJsonSchemaText, type SchemaNode } from '../../src/policy/json-schema.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { type KindName, kinds } from '../../src/policy/schema.ts';
import { ASSUMED_TIMING, type KnownNode, type PolicyWorld } from '../../src/policy/world.ts';
import {
  FIRST_PRIMARY,
  HOST_INTERFACE,
  HOSTS,
  REGIONS,
  regionOf,
  SITES,
  VIRTUAL_ROUTER_ID,
  virtualAddress,
} from '../bed/topology.ts';

const examples = new URL('../../policies/', import.meta.url);
const bed = new URL('../bed/policies/', import.meta.url);

async function textsIn(folder: URL): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  return new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(new URL(file, folder), 'utf8')] as const)),
  );
}

const nodes: readonly KnownNode[] = HOSTS.flatMap((host) => {
  const region = regionOf(host);
  return region === undefined ? [] : [{ node: host.name, region, roles: host.roles, addresses: [host.address] }];
});

function worldOf(region: string | undefined, difference: Partial<PolicyWorld> = {}): PolicyWorld {
  return {
    store: region === undefined ? 'global' : 'regional',
    region,
    nodes: nodes.filter((each) => region === undefined || each.region === region),
    regions: region === undefined ? REGIONS : undefined,
    databases: [],
    globalStoreSites: SITES.length,
    timing: ASSUMED_TIMING,
    ...difference,
  };
}

/** Puts every policy into the store that it belongs into, the global one first. */
function admitAll(
  policies: ReadonlyMap<string, Policy>,
  texts: ReadonlyMap<string, string>,
  more: readonly KnownNode[] = [],
) {
  const those = (which: (policy: Policy) => boolean): readonly PolicyText[] =>
    [...policies]
      .filter(([, policy]) => which(policy))
      .map(([file, policy], index) => ({
        name: policy.name,
        text: texts.get(file) ?? '',
        revision: BigInt(index + 1),
      }));
  const world = (region: string | undefined) => {
    const base = worldOf(region);
    return {
      ...base,
      nodes: [...base.nodes, ...more.filter((each) => region === undefined || each.region === region)],
    };
  };
  const global = admit({ texts: those(isGlobal), inForce: [], refused: [], world: world(undefined) });
  const databases = global.accept.map((each) => each.policy).filter((policy) => policy.kind === 'DatabaseFailover');
  const regional = REGIONS.map((region) =>
    admit({
      texts: those((policy) => !isGlobal(policy) && 'region' in policy && policy.region === region),
      inForce: [],
      refused: [],
      world: { ...world(region), databases },
    }),
  );
  return [global, ...regional];
}

function policiesOf(texts: ReadonlyMap<string, string>): ReadonlyMap<string, Policy> {
  return new Map(
    [...texts].flatMap(([file, text]) => {
      const parsed = parsePolicy(text);
      return parsed.ok ? [[file, parsed.policy] as const] : [];
    }),
  );
}

test('there is an example of each kind, and each example comes into force', async (t) => {
  const texts = await textsIn(examples);
  const policies = policiesOf(texts);
  t.deepEqual([...new Set([...policies.values()].map((policy) => policy.kind))].sort(), Object.keys(kinds).sort());
  const further: KnownNode = { node: 'south-4', region: 'south', roles: ['api'], addresses: ['198.51.100.14'] };
  const admissions = admitAll(policies, texts, [further]);
  t.deepEqual(
    admissions.flatMap((each) => each.reject),
    [],
  );
  t.is(admissions.flatMap((each) => each.accept).length, texts.size);
});

test("the bed's policies come into force in the bed's topology", async (t) => {
  const texts = await textsIn(bed);
  const policies = policiesOf(texts);
  t.deepEqual([...policies.values()].map((policy) => policy.name).sort(), [
    'identity-north',
    'identity-south',
    'keystone',
    'vip-north',
    'vip-south',
  ]);
  const admissions = admitAll(policies, texts);
  t.deepEqual(
    admissions.flatMap((each) => each.reject),
    [],
  );
  t.is(admissions.flatMap((each) => each.accept).length, texts.size);
});

test("the bed's policies are named like their files", async (t) => {
  for (const [file, policy] of policiesOf(await textsIn(bed))) t.is(file, `${policy.name}.yaml`);
});

test("the bed's policies name its addresses, its router id and its first primary", async (t) => {
  const policies = [...policiesOf(await textsIn(bed)).values()];
  for (const region of REGIONS) {
    const vip = policies.find((policy) => policy.kind === 'VirtualAddress' && policy.region === region);
    t.like(vip, {
      address: `${virtualAddress(region)}/24`,
      virtualRouterId: VIRTUAL_ROUTER_ID,
      interface: HOST_INTERFACE,
    });
  }
  const database = policies.find((policy) => policy.kind === 'DatabaseFailover');
  t.is(database?.members[0]?.node, FIRST_PRIMARY);
  for (const { node, address } of database?.members ?? [])
    t.true(
      HOSTS.some((host) => host.name === node && host.address === address),
      node,
    );
});

test('the published JSON Schema is the one of this version; write-json-schema.ts writes it', async (t) => {
  t.is(await readFile(new URL('schema.json', examples), 'utf8'), policyJsonSchemaText());
});

interface Leaf {
  readonly path: string;
  /** What the README says: its default, `required` or `optional`. */
  readonly byDefault: string;
}

/** Every field that holds a value, as the README writes its path. */
function leavesOf(node: SchemaNode, path: string, isRequired = true): readonly Leaf[] {
  const inner = Object.entries(node.properties ?? {}).map(
    ([key, value]) => [path === '' ? key : `${path}.${key}`, value, node.required?.includes(key) === true] as const,
  );
  if (inner.length > 0) return inner.flatMap(([field, value, needed]) => leavesOf(value, field, needed));
  if (node.items?.properties !== undefined) return leavesOf(node.items, `${path}[]`);
  if (node.additionalProperties) return leavesOf(node.additionalProperties, `${path}.<region>`);
  const value = node.default;
  const unset = isRequired ? 'required' : 'optional';
  return [
    {
      path,
      byDefault: value === undefined ? unset : Array.isArray(value) ? `[${value.join(', ')}]` : String(value),
    },
  ];
}

for (const kind of Object.keys(kinds) as KindName[]) {
  test(`the README has a row with the right default for every field of ${kind}`, async (t) => {
    const readme = await readFile(new URL('README.md', examples), 'utf8');
    const section = readme.split(/^## /m).find((part) => part.startsWith(kind)) ?? '';
    // What comes under a heading of its own is no field.
    const rows = (section.split(/^### /m)[0] ?? '')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
    const head = new Set(['apiVersion', 'kind', 'name', 'mode']);
    for (const { path, byDefault } of leavesOf(kindJsonSchema(kind), '').filter((leaf) => !head.has(leaf.path))) {
      const row = rows.find((cells) => cells[1] === path);
      t.is(row?.[3], byDefault, `${path} in the README`);
    }
    const known = new Set(leavesOf(kindJsonSchema(kind), '').map((leaf) => leaf.path));
    const told = rows.filter(
      (cells) => cells.length > 4 && !['field', ''].includes(cells[1] ?? '') && !/^-+$/.test(cells[1] ?? ''),
    );
    t.deepEqual(
      told.map((cells) => cells[1] ?? '').filter((path) => !known.has(path)),
      [],
    );
  });
}
