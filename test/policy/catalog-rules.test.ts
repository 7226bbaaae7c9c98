/** Which endpoint catalogues may come into force, and what is said about one that may and is unwise. */
import test from 'ava';
import type { DatabaseFailover, EndpointCatalog, PolicyProblem } from '../../src/core/policy.ts';
import { coherenceProblems } from '../../src/policy/coherence.ts';
import { explainPolicy } from '../../src/policy/explain.ts';
import { policyWarnings } from '../../src/policy/warnings.ts';
import { CATALOG, DATABASE, globalWorld, policyOf, southernWorld } from './a-world.ts';

const databases = [policyOf<DatabaseFailover>(DATABASE)];
const catalog = policyOf<EndpointCatalog>(CATALOG);
const judged = (
  difference: Partial<EndpointCatalog> = {},
  others: readonly EndpointCatalog[] = [],
): readonly PolicyProblem[] =>
  coherenceProblems({ ...catalog, ...difference }, { world: globalWorld({ databases }), others, previous: undefined });
const withUrl = (url: string) => judged({ services: [{ type: 'image', endpoints: { south: { public: url } } }] });

test('the catalogue of the tests may come into force, in the global store only', (t) => {
  t.deepEqual(judged(), []);
  const setting = { world: southernWorld(), others: [], previous: undefined };
  t.deepEqual(
    coherenceProblems(catalog, setting).map(({ field }) => field),
    ['kind'],
  );
});

test('its database must be there', (t) => {
  t.like(judged({ database: 'keyston' }), { 0: { field: 'database', remedy: 'write keystone' }, length: 1 });
});

test('a service is declared once, and by its name if another one has its type', (t) => {
  const [identity] = catalog.services;
  if (identity === undefined) return t.fail();
  const twice = (second: typeof identity) => judged({ services: [identity, second] }).map(({ field }) => field);
  t.deepEqual(twice(identity), ['services[1].type']);
  t.deepEqual(twice({ type: 'identity', endpoints: identity.endpoints }), ['services[1].type']);
  t.deepEqual(twice({ ...identity, name: 'other' }), []);
});

test('what declares nothing is refused', (t) => {
  const services = [
    { type: 'image', endpoints: {} },
    { type: 'volume', endpoints: { south: {} } },
  ];
  t.deepEqual(
    judged({ services }).map(({ field }) => field),
    ['services[0].endpoints', 'services[1].endpoints.south'],
  );
});

test('the catalogue is not looked at too often', (t) => {
  t.like(judged({ everyMs: 1000 }), { 0: { field: 'every' }, length: 1 });
});

const good = ['http://a:1', 'https://a/v1/%(tenant_id)s', '$(public_endpoint)s/v3', 'http://[2001:db8::1]:5000/v3'];
for (const url of good) test(`the URL ${url} is taken`, (t) => t.deepEqual(withUrl(url), []));

const bad = {
  'ftp://a': /not an http/,
  'identity.example': /not an http/,
  'http://a b/': /not an http/,
  'http://u:secret@a/': /user or a password/,
  'http://a/#x': /fragment/,
  'http://a/%(nobody)s': /nobody, which Keystone does not know/,
  'http://a/%20b': /has a %/,
  'http://127.0.0.1:5000': /its own host/,
  'http://localhost/': /its own host/,
  [`http://a/${'x'.repeat(230)}`]: /239 characters/,
};
for (const [url, message] of Object.entries(bad)) {
  test(`the URL ${url.slice(0, 40)} is refused`, (t) => {
    const [found] = withUrl(url);
    t.is(found?.field, 'services[0].endpoints.south.public');
    t.regex(found?.message ?? '', message);
    t.notRegex(JSON.stringify(found), /secret/);
  });
}

test('two policies may not declare the same service of the same region', (t) => {
  const problems = judged({}, [{ ...catalog, name: 'other', services: catalog.services.slice(1) }]);
  t.like(problems, { 0: { field: 'services[1].endpoints.south' }, length: 1 });
});

test('identity rows of two regions that lead to one address are warned about, and nothing is refused', (t) => {
  t.deepEqual(policyWarnings(catalog), []);
  const url = 'http://192.0.2.10:5000/v3';
  const shared = {
    ...catalog,
    services: [{ type: 'identity', endpoints: { north: { public: url }, south: { internal: url } } }],
  };
  t.deepEqual(judged(shared), []);
  t.regex(policyWarnings(shared)[0] ?? '', /^IdentityRowRemote: .*north and south .*192\.0\.2\.10:5000/);
  t.true(explainPolicy(shared).some((sentence) => sentence.startsWith('IdentityRowRemote')));
});

test('it is explained in sentences', (t) => {
  const text = explainPolicy(catalog).join(' ');
  t.regex(text, /4 rows of identity and compute for north and south/);
  t.regex(text, /is reported and stays/);
  t.regex(explainPolicy({ ...catalog, prune: true }).join(' '), /is deleted/);
});
