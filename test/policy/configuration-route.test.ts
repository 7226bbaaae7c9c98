/** An identity route by files: which fields belong to it, and what it needs beside what every route does. */
import test from 'ava';
import type { ConfigurationRoute, IdentityRoute, Policy } from '../../src/core/policy.ts';
import { coherenceProblems } from '../../src/policy/coherence.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { FILES, IDENTITY, policyOf, southernWorld } from './a-world.ts';

const files = policyOf<ConfigurationRoute>(FILES);
const identity = policyOf<IdentityRoute>(IDENTITY);

const refused = test.macro((t, text: string, field: string, message: RegExp, remedy: RegExp) => {
  const parsed = parsePolicy(text);
  const problems = parsed.ok ? [] : parsed.problems;
  t.deepEqual(
    problems.map((each) => each.field),
    [field],
  );
  t.regex(problems[0]?.message ?? '', message);
  t.regex(problems[0]?.remedy ?? '', remedy);
});

const without = (text: string, field: string) => text.replace(new RegExp(`^${field}:.*\n`, 'm'), '');

test(
  'a backend means nothing where files are edited',
  refused,
  `${FILES}backend: keystone\n`,
  'backend',
  /means nothing with via: config/,
  /remove it, or write via: proxy/,
);
for (const [field, value] of [
  ['layout', 'kolla'],
  ['services', '[glance]'],
  ['nodes', '[south-1]'],
  ['nodeTimeout', '1m'],
]) {
  test(
    `${field} means nothing where a load balancer is switched`,
    refused,
    `${IDENTITY}${field}: ${value}\n`,
    field ?? '',
    /means nothing with via: proxy/,
    /remove it, or write via: config/,
  );
}
test(
  'a load balancer needs its backend',
  refused,
  without(IDENTITY, 'backend'),
  'backend',
  /missing/,
  /HAProxy backend/,
);
test('files need their services', refused, without(FILES, 'services'), 'services', /missing/, /services whose files/);
test('files need their nodes', refused, without(FILES, 'nodes'), 'nodes', /missing/, /nodes that run them/);
test(
  'a service that nobody knows is refused with the one that was meant',
  refused,
  FILES.replace('glance]', 'glace]'),
  'services[1]',
  /not one of the values/,
  /did you mean glance/,
);

interface Row {
  readonly policy: Policy;
  readonly others?: readonly Policy[];
  readonly previous?: Policy;
  /** Field, and a pattern of the remedy, of each problem; none means that the policy is coherent. */
  readonly wrong?: readonly (readonly [string, RegExp])[];
}

const judged = test.macro((t, { policy, others = [], previous, wrong = [] }: Row) => {
  const found = coherenceProblems(policy, { world: southernWorld(), others, previous });
  t.deepEqual(
    found.map((each) => each.field),
    wrong.map(([field]) => field),
    JSON.stringify(found),
  );
  for (const [index, [, remedy]] of wrong.entries()) t.regex(found[index]?.remedy ?? '', remedy);
});

test('an identity route by files that fits is coherent', judged, { policy: files });
test('a node whose services nobody can try is refused', judged, {
  policy: { ...files, nodes: ['south-1', 'south-3'] },
  wrong: [['nodes[1]', /another node, or give its agent the role/]],
});
test('a node and a service are named once', judged, {
  policy: { ...files, nodes: ['south-1', 'south-1'], services: ['glance', 'glance'] },
  wrong: [
    ['nodes[1]', /remove one/],
    ['services[1]', /remove one/],
  ],
});
test('a node that the version in force has is not questioned again', judged, {
  policy: { ...files, nodes: ['south-1', 'south-9'] },
  previous: { ...files, nodes: ['south-9'] },
});
test('two Keystones at one address are refused, because files could not tell them apart', judged, {
  policy: {
    ...files,
    keystones: { ...files.keystones, south: { url: 'https://192.0.2.10:5000/v3', nodes: ['south-1'] } },
  },
  wrong: [['keystones.south.url', /the address of each, or write via: proxy/]],
});
test('a Keystone below a path is told apart by it', judged, {
  policy: {
    ...files,
    keystones: { ...files.keystones, south: { url: 'http://192.0.2.10:5000/identity/v3', nodes: ['south-1'] } },
  },
});
test('an URL that is more than an address is refused', judged, {
  policy: {
    ...files,
    keystones: { ...files.keystones, south: { url: 'http://198.51.100.10/v3?x=1', nodes: ['south-1'] } },
  },
  wrong: [['keystones.south.url', /http:\/\/host:port\/v3/]],
});
test('a node that never ends is not waited for, nor one that cannot', judged, {
  policy: { ...files, nodeTimeoutMs: 29_999 },
  wrong: [['nodeTimeout', /from 30s to 60m/]],
});
test('two policies for the same files are refused', judged, {
  policy: files,
  others: [{ ...files, name: 'old', nodes: ['south-2'], services: ['glance'] }],
  wrong: [['nodes[1]', /delete old/]],
});
test('policies for other services of a node get along, and so does one by a load balancer', judged, {
  policy: files,
  others: [{ ...files, name: 'old', services: ['nova'] }, identity],
});
