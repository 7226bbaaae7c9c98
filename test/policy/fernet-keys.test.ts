/** The policy of keys: how it is read, and that one which would make tokens invalid is refused with the number that does not. */
import test from 'ava';
import type { FernetKeys, Policy } from '../../src/core/policy.ts';
import { coherenceProblems } from '../../src/policy/coherence.ts';
import { documentOf } from '../../src/policy/document.ts';
import { explainPolicy } from '../../src/policy/explain.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { DATABASE, globalWorld, KEYS, northNodes, policyOf, southernWorld, southNodes } from './a-world.ts';

const HOUR_MS = 3_600_000;
const keys = policyOf<FernetKeys>(KEYS);
const nodes = [...northNodes, ...southNodes];

test('keys are read with their defaults in milliseconds', (t) => {
  t.deepEqual(keys, {
    kind: 'FernetKeys',
    name: 'fernet-keys',
    mode: 'enforce',
    repository: 'fernet',
    nodes: { north: ['north-1', 'north-2'], south: ['south-1', 'south-2'] },
    rotateEveryMs: null,
    maxActive: 5,
    tokens: { expirationMs: HOUR_MS, allowExpiredWindowMs: 48 * HOUR_MS },
  });
  t.deepEqual(policyOf(JSON.stringify(documentOf(keys))), keys);
  const often = policyOf<FernetKeys>(`${KEYS}rotateEvery: 72h\n`);
  t.is(often.rotateEveryMs, 72 * HOUR_MS);
  t.deepEqual(policyOf(JSON.stringify(documentOf(often))), often);
});

test('a schedule is a time or the word manual', (t) => {
  const parsed = parsePolicy(`${KEYS}rotateEvery: 3 days\n`);
  t.false(parsed.ok);
  t.regex(parsed.ok ? '' : (parsed.problems[0]?.remedy ?? ''), /^write manual, or a time: /);
});

const judged = test.macro(
  (t, policy: Policy, wrong: readonly (readonly [string, RegExp])[], others: readonly Policy[] = []) => {
    const world = globalWorld({ nodes, regions: ['north', 'south'] });
    const found = coherenceProblems(policy, { world, others, previous: undefined });
    t.deepEqual(
      found.map(({ field }) => field),
      wrong.map(([field]) => field),
      JSON.stringify(found),
    );
    for (const [index, [, remedy]] of wrong.entries()) t.regex(found[index]?.remedy ?? '', remedy);
  },
);
const withKeys = (difference: Partial<FernetKeys>): FernetKeys => ({ ...keys, ...difference });

test('keys that fit are coherent', judged, keys, []);
test('as many as the rule asks for are enough', judged, withKeys({ rotateEveryMs: 24.5 * HOUR_MS, maxActive: 4 }), []);
test('one less is refused, with the number', judged, withKeys({ rotateEveryMs: 24.5 * HOUR_MS, maxActive: 3 }), [
  ['maxActive', /write 4 or more, or set rotateEvery to 49h or more/],
]);
test('a rotation each minute is refused', judged, withKeys({ rotateEveryMs: 1000, maxActive: 100 }), [
  ['rotateEvery', /from 60s/],
  ['maxActive', /write 176402 or more/],
]);
test(
  'credential keys are three, and have no schedule',
  judged,
  withKeys({ repository: 'credential', rotateEveryMs: HOUR_MS }),
  [
    ['maxActive', /write 3/],
    ['rotateEvery', /write manual/],
  ],
);
test('three credential keys by hand are coherent', judged, withKeys({ repository: 'credential', maxActive: 3 }), []);
test(
  'a node needs Keystone, its region and one mention',
  judged,
  withKeys({ nodes: { north: ['north-1', 'north-1', 'north-3'] } }),
  [
    ['nodes.north[1]', /remove one/],
    ['nodes.north[2]', /choose another node/],
  ],
);
test('a region must be known', judged, withKeys({ nodes: { soth: ['south-1'] } }), [
  ['nodes.soth', /write south/],
  ['nodes.soth[0]', /correct the region/],
]);
test('without nodes there is nothing to keep', judged, withKeys({ nodes: {} }), [
  ['nodes', /every node that runs Keystone/],
]);
test(
  'a repository has one policy',
  judged,
  withKeys({ nodes: { north: ['north-1'] } }),
  [['nodes.north[0]', /remove it from one/]],
  [{ ...keys, name: 'other' }],
);
test(
  'its tokens and its credentials have one each',
  judged,
  keys,
  [],
  [withKeys({ name: 'other', repository: 'credential' }), policyOf(DATABASE)],
);

test('keys do not belong into a region', (t) => {
  const found = coherenceProblems(keys, { world: southernWorld(), others: [], previous: undefined });
  t.deepEqual(
    found.map(({ remedy }) => remedy),
    ['put it into the global store'],
  );
});

test('keys are explained with what waits for whom, and for how long a key stays', (t) => {
  const told = explainPolicy(keys).join('\n');
  for (const fact of ['north-1, north-2, south-1 and south-2', 'regentctl keys rotate fernet-keys', '49h']) {
    t.true(told.includes(fact), `${fact}: ${told}`);
  }
  t.regex(explainPolicy(withKeys({ rotateEveryMs: 72 * HOUR_MS })).join('\n'), /every 72h/);
  t.regex(explainPolicy(withKeys({ repository: 'credential' })).join('\n'), /credential_migrate/);
});

test('nodes that the global store cannot know are not questioned, where one store is all they are', (t) => {
  const dbNodes = nodes.filter(({ roles }) => roles.includes('db'));
  const fields = (store: 'global' | 'only') => {
    const world = { ...globalWorld({ nodes: dbNodes, regions: ['north', 'south'] }), store };
    return coherenceProblems(keys, { world, others: [], previous: undefined }).map(({ field }) => field);
  };
  t.deepEqual(fields('global'), []);
  t.true(fields('only').length > 0);
});
