/** Text to policy: what is read, and how each way of getting it wrong is told. */
import test from 'ava';
import type { ConfigurationRoute } from '../../src/core/policy.ts';
import { documentOf } from '../../src/policy/document.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { CATALOG, DATABASE, FILES, IDENTITY, policyOf, VIP } from './a-world.ts';

const problems = (text: string) => {
  const parsed = parsePolicy(text);
  return parsed.ok ? [] : parsed.problems;
};

test('a virtual address is read with its defaults in milliseconds', (t) => {
  t.deepEqual(policyOf(VIP), {
    kind: 'VirtualAddress',
    name: 'vip',
    mode: 'enforce',
    region: 'south',
    address: '198.51.100.10/24',
    interface: 'host0',
    virtualRouterId: 51,
    advertIntervalMs: 1000,
    nodes: ['south-1', 'south-2'],
    unfitWhen: { probes: ['haproxy'], failedForMs: 2000 },
    fitAgainAfterMs: 10_000,
  } as never);
});

test('a database failover is read with its defaults in milliseconds', (t) => {
  const { members, ...rest } = policyOf(DATABASE) as never as Record<string, unknown> & { members: readonly unknown[] };
  t.deepEqual(members[0], { node: 'north-3', region: 'north', address: '192.0.2.13', port: 3306, promote: 'allowed' });
  t.deepEqual(rest, {
    kind: 'DatabaseFailover',
    name: 'keystone',
    mode: 'enforce',
    ttlMs: 3000,
    marginMs: 600,
    durability: 'bounded',
    survives: 'node',
    ackers: 1,
    writeProbe: { everyMs: 1000, vetoWithinMs: 1000 },
    withinRegion: { promote: 'automatic', holdDownMs: 0, maxLossMs: 0 },
    betweenRegions: { promote: 'manual', holdDownMs: 60_000, maxLossMs: 0 },
    cooldownMs: 60_000,
    hungAfterMs: 10_000,
    stepTimeoutMs: 5000,
    route: { backend: 'database' },
  });
});

test('an identity route is read with its defaults in milliseconds', (t) => {
  const { keystones, ...rest } = policyOf(IDENTITY) as never as Record<string, unknown>;
  t.deepEqual(keystones, {
    north: { url: 'http://192.0.2.10:5000/v3', nodes: ['north-1', 'north-2'] },
    south: { url: 'http://198.51.100.10:5000/v3', nodes: ['south-1', 'south-2'] },
  });
  t.deepEqual(rest, {
    kind: 'IdentityRoute',
    name: 'identity',
    mode: 'enforce',
    region: 'south',
    via: 'proxy',
    database: 'keystone',
    backend: 'keystone',
    observers: ['south-1', 'south-2'],
    probe: { everyMs: 2000, timeoutMs: 2000 },
    isolateAfterMs: 60_000,
    returnAfterMs: 60_000,
    cooldownMs: 300_000,
    maxLagMs: 10_000,
    returning: 'automatic',
    emptyCaches: true,
  });
});

test('an endpoint catalogue is read with its defaults in milliseconds', (t) => {
  const { services, ...rest } = policyOf(CATALOG) as never as Record<string, unknown>;
  t.like(services, [{ type: 'identity', name: 'keystone' }, { type: 'compute' }] as never);
  t.deepEqual(rest, {
    kind: 'EndpointCatalog',
    name: 'catalog',
    mode: 'enforce',
    database: 'keystone',
    everyMs: 60_000,
    prune: false,
  });
});

test('an identity route by files is read with its defaults', (t) => {
  const { via, layout, services, nodes, nodeTimeoutMs } = policyOf<ConfigurationRoute>(FILES);
  t.deepEqual(
    { via, layout, services, nodes, nodeTimeoutMs },
    {
      via: 'config',
      layout: 'debian',
      services: ['placement', 'glance'],
      nodes: ['south-1', 'south-2'],
      nodeTimeoutMs: 120_000,
    },
  );
  t.false('backend' in policyOf(FILES));
});

for (const [kind, text] of Object.entries({
  VirtualAddress: VIP,
  DatabaseFailover: DATABASE,
  IdentityRoute: IDENTITY,
  'IdentityRoute by files': FILES,
  EndpointCatalog: CATALOG,
})) {
  test(`a ${kind} that is written out as JSON means the same policy`, (t) => {
    const policy = policyOf(text);
    t.deepEqual(policyOf(JSON.stringify(documentOf(policy))), policy);
  });
}

test('every duration keeps its own place, in and out', (t) => {
  const texts = [
    `${VIP}advertInterval: 110ms\nunfitWhen: { failedFor: 3s }\nfitAgainAfter: 4s\n`,
    `${DATABASE}ttl: 11s\nmargin: 12s\nwriteProbe: { every: 13s, vetoWithin: 14s }
withinRegion: { holdDown: 15s, maxLoss: 16s }\nbetweenRegions: { holdDown: 17s, maxLoss: 18s }
cooldown: 19s\nstepTimeout: 20s\n`,
    `${IDENTITY}probe: { every: 21s, timeout: 22s }\nisolateAfter: 23s\nreturnAfter: 24s\ncooldown: 25s\n`,
    `${FILES}nodeTimeout: 31s\n`,
  ];
  const [vip, database, identity, files] = texts.map((text) => policyOf(text));
  t.like(vip, { advertIntervalMs: 110, unfitWhen: { failedForMs: 3000 }, fitAgainAfterMs: 4000 });
  t.like(database, {
    ttlMs: 11_000,
    marginMs: 12_000,
    writeProbe: { everyMs: 13_000, vetoWithinMs: 14_000 },
    withinRegion: { holdDownMs: 15_000, maxLossMs: 16_000 },
    betweenRegions: { holdDownMs: 17_000, maxLossMs: 18_000 },
    cooldownMs: 19_000,
    stepTimeoutMs: 20_000,
  });
  t.like(identity, {
    probe: { everyMs: 21_000, timeoutMs: 22_000 },
    isolateAfterMs: 23_000,
    returnAfterMs: 24_000,
    cooldownMs: 25_000,
  });
  t.like(files, { nodeTimeoutMs: 31_000 });
  for (const policy of [vip, database, identity, files]) {
    t.deepEqual(policy === undefined ? undefined : policyOf(JSON.stringify(documentOf(policy))), policy);
  }
});

interface Wrong {
  readonly text: string;
  readonly field: string;
  readonly value?: string;
  readonly remedy: RegExp;
}

const refused = test.macro((t, { text, field, value = '', remedy }: Wrong) => {
  const found = problems(text);
  t.is(found.length, 1, JSON.stringify(found));
  t.is(found[0]?.field, field);
  t.is(found[0]?.value, value);
  t.regex(found[0]?.remedy ?? '', remedy);
});

const vipWith = (line: string) => `${VIP}${line}\n`;
const vipWithout = (field: string) =>
  VIP.split('\n')
    .filter((line) => !line.startsWith(`${field}:`))
    .join('\n');

test('a number without a unit is refused with an example of one', refused, {
  text: vipWith('fitAgainAfter: 10'),
  field: 'fitAgainAfter',
  value: '10',
  remedy: /10s; the units are ms, s, m and h/,
});
test('a number in quotes has no unit either', refused, {
  text: vipWith('fitAgainAfter: "10"'),
  field: 'fitAgainAfter',
  value: '10',
  remedy: /the units are/,
});
test('a unit in words is refused with its short form', refused, {
  text: vipWith('fitAgainAfter: 10 seconds'),
  field: 'fitAgainAfter',
  value: '10 seconds',
  remedy: /^write 10s$/,
});
test('a unit in the wrong case is refused with the right one', refused, {
  text: vipWith('fitAgainAfter: 10S'),
  field: 'fitAgainAfter',
  value: '10S',
  remedy: /^write 10s$/,
});
test('a unit that is none of time is refused with those that are', refused, {
  text: vipWith('fitAgainAfter: 10kg'),
  field: 'fitAgainAfter',
  value: '10kg',
  remedy: /the units are ms, s, m and h/,
});
test('a fraction is refused with the next smaller unit', refused, {
  text: vipWith('fitAgainAfter: 1.5s'),
  field: 'fitAgainAfter',
  value: '1.5s',
  remedy: /1500ms/,
});
test('a negative time is refused', refused, {
  text: vipWith('fitAgainAfter: -1s'),
  field: 'fitAgainAfter',
  value: '-1s',
  remedy: /whole number with its unit/,
});
test('a unit where a plain number belongs is refused with the range', refused, {
  text: VIP.replace('virtualRouterId: 51', 'virtualRouterId: 51s'),
  field: 'virtualRouterId',
  value: '51s',
  remedy: /from 1 to 255, without unit/,
});
test('a number outside its range is refused with the range', refused, {
  text: VIP.replace('virtualRouterId: 51', 'virtualRouterId: 256'),
  field: 'virtualRouterId',
  value: '256',
  remedy: /from 1 to 255/,
});
test('an unknown field is refused with the one that was meant', refused, {
  text: vipWith('fitAgianAfter: 10s'),
  field: 'fitAgianAfter',
  value: '10s',
  remedy: /^write fitAgainAfter,/,
});
test('an unknown field inside a block is refused with the one that was meant there', refused, {
  text: vipWith('unfitWhen: { failedfor: 3s }'),
  field: 'unfitWhen.failedfor',
  value: '3s',
  remedy: /^write failedFor,/,
});
test('an unknown field inside a list is refused with its place', refused, {
  text: DATABASE.replace('192.0.2.12 }', '192.0.2.12, prot: 1 }'),
  field: 'members[1].prot',
  value: '1',
  remedy: /^write port,/,
});
test('a field that is like no other is refused with the known ones', refused, {
  text: vipWith('zzzzzz: 1'),
  field: 'zzzzzz',
  value: '1',
  remedy: /known here: apiVersion, kind, name/,
});
test('a name of the core is no name of the text', refused, {
  text: vipWith('fitAgainAfterMs: 10'),
  field: 'fitAgainAfterMs',
  value: '10',
  remedy: /^write fitAgainAfter,/,
});
test('a missing field is refused with what belongs there', refused, {
  text: vipWithout('interface'),
  field: 'interface',
  remedy: /^add it: network interface/,
});
test('an unknown choice is refused with the known ones', refused, {
  text: vipWith('mode: observ'),
  field: 'mode',
  value: 'observ',
  remedy: /enforce or observe; did you mean observe/,
});
test('a single value where a list belongs is refused', refused, {
  text: VIP.replace('[south-1, south-2]', 'south-1'),
  field: 'nodes',
  value: 'south-1',
  remedy: /write a list/,
});
test('an empty list is refused', refused, {
  text: VIP.replace('[south-1, south-2]', '[]'),
  field: 'nodes',
  value: '[]',
  remedy: /at least 1/,
});
test('an address without a prefix length is refused', refused, {
  text: VIP.replace('/24', ''),
  field: 'address',
  value: '198.51.100.10',
  remedy: /192\.0\.2\.10\/24/,
});
test('a name that would mean more than a name elsewhere is refused', refused, {
  text: VIP.replace('host0', '"host0; reboot"'),
  field: 'interface',
  value: 'host0; reboot',
  remedy: /letters, digits/,
});
test('a name with a line break is refused', refused, {
  text: VIP.replace('host0', '"host0\\n"'),
  field: 'interface',
  value: 'host0\n',
  remedy: /letters, digits/,
});
test('a host name is refused where an address belongs', refused, {
  text: DATABASE.replace('192.0.2.12', 'db.example'),
  field: 'members[1].address',
  value: 'db.example',
  remedy: /IPv4 or IPv6/,
});
test('a URL without http is refused', refused, {
  text: IDENTITY.replace('http://192.0.2.10', 'ftp://192.0.2.10'),
  field: 'keystones.north.url',
  value: 'ftp://192.0.2.10:5000/v3',
  remedy: /https/,
});
test('a region that is no name is refused', refused, {
  text: IDENTITY.replace('  north:', '  "no rth":'),
  field: 'keystones["no rth"]',
  value: '{"url":"http://192.0.2.10:5000/v3","nodes":["north-1","north-2"]}',
  remedy: /letters, digits/,
});
test('a kind that does not exist is refused with the one that was meant', refused, {
  text: VIP.replace('VirtualAddress', 'VirtualAdress'),
  field: 'kind',
  value: 'VirtualAdress',
  remedy: /^write VirtualAddress$/,
});
test('a kind of JavaScript is no kind of policy', refused, {
  text: VIP.replace('VirtualAddress', 'constructor'),
  field: 'kind',
  value: 'constructor',
  remedy: /DatabaseFailover/,
});
test('another version of the language is refused', refused, {
  text: VIP.replace('regent/v1', 'regent/v2'),
  field: 'apiVersion',
  value: 'regent/v2',
  remedy: /regent\/v1/,
});
test('a field that is written twice is refused with its place', refused, {
  text: vipWith('name: other'),
  field: '',
  remedy: /once/,
});
test('a tab as indentation is refused', refused, {
  text: vipWith('unfitWhen:\n\tfailedFor: 2s'),
  field: '',
  remedy: /spaces/,
});
test('an anchor is refused: a policy means what a reader sees', refused, {
  text: VIP.replace('name: vip', 'name: &x vip'),
  field: '',
  remedy: /remove/,
});
test('a tag is refused', refused, {
  text: VIP.replace('name: vip', 'name: !!binary vip'),
  field: '',
  remedy: /tag/,
});
test('a tag that nobody knows is refused', refused, {
  text: VIP.replace('name: vip', 'name: !mine vip'),
  field: '',
  remedy: /tag/,
});
test('a second document is refused', refused, { text: `${VIP}---\nname: b\n`, field: '', remedy: /key of its own/ });
test('a text that is no policy at all is refused', refused, {
  text: 'hello',
  field: '',
  value: 'hello',
  remedy: /apiVersion/,
});
test('an empty text is refused', refused, { text: '', field: '', remedy: /apiVersion/ });
test('a text without end is refused before it is read', refused, {
  text: `#${'x'.repeat(300_000)}`,
  field: '',
  remedy: /262144/,
});

test('an alias is refused together with its anchor', (t) => {
  const found = problems(`${VIP.replace('region: south', 'region: &r south')}mode: *r\n`);
  t.deepEqual(
    found.map((each) => /line (\d+)/.exec(each.message)?.[1]),
    ['4', '9'],
  );
});

test('all problems are reported at once, each with its line', (t) => {
  const found = problems(vipWith('fitAgainAfter: 10\nmode: off').replace('host0', '"a b"'));
  t.deepEqual(
    found.map((each) => [each.field, /line (\d+)/.exec(each.message)?.[1]]),
    [
      ['mode', '10'],
      ['interface', '6'],
      ['fitAgainAfter', '9'],
    ],
  );
});

test('a long value is cut', (t) => {
  t.is(problems(vipWith(`mode: ${'x'.repeat(500)}`))[0]?.value.length, 80);
});
