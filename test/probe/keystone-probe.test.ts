/** The probe against small HTTP servers that answer as Keystone does, or as it does when it is ill. */
import test from 'ava';
import type { Health } from '../../src/core/observation.ts';
import { type KeystoneProbeOptions, keystoneProbe } from '../../src/probe/keystone-probe.ts';
import { fakeKeystone } from './fake-keystone.ts';
import { listen, look } from './look.ts';

const SECRET = 'hunter2-secret';

function probeOf(url: string, options: Partial<KeystoneProbeOptions> = {}) {
  const account = { username: 'regent', password: SECRET, project: 'service' };
  return keystoneProbe({ name: 'identity-home', url, ...account, everyMs: 1000, timeoutMs: 5000, ...options });
}

test('a token that is issued and validated is ok, and the request is what Keystone wants', async (t) => {
  const { url, heard } = await fakeKeystone(
    t,
    () => 201,
    () => 200,
  );
  const { health, facts } = await look(probeOf(`${url}/`, { facts: { home: 'north' } }));
  t.is(health, 'ok');
  t.deepEqual(facts, { home: 'north' });
  const [issue, validate] = heard;
  t.deepEqual([issue?.method, issue?.path], ['POST', '/v3/auth/tokens?nocatalog']);
  t.deepEqual(JSON.parse(issue?.body ?? ''), {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'regent', domain: { name: 'Default' }, password: SECRET } },
      },
      scope: { project: { name: 'service', domain: { name: 'Default' } } },
    },
  });
  t.deepEqual([validate?.method, validate?.path], ['GET', '/v3/auth/tokens?nocatalog']);
  t.is(validate?.headers['x-auth-token'], 'token-1');
  t.is(validate?.headers['x-subject-token'], 'token-1');
});

test('each look uses a fresh token, and each request a fresh connection', async (t) => {
  const { url, heard } = await fakeKeystone(
    t,
    () => 201,
    () => 200,
  );
  const probe = probeOf(url);
  t.is((await look(probe)).health, 'ok');
  t.is((await look(probe)).health, 'ok');
  t.is(heard[3]?.headers['x-subject-token'], 'token-2');
  t.is(new Set(heard.map(({ fromPort }) => fromPort)).size, 4);
});

const judged = test.macro(
  async (t, [issue, validate]: readonly [number, number], health: Health, detail: RegExp, requests: number) => {
    const { url, heard } = await fakeKeystone(
      t,
      () => issue,
      () => validate,
    );
    const seen = await look(probeOf(url, { facts: { home: 'north' } }));
    t.is(seen.health, health);
    t.regex(seen.detail, detail);
    t.false(seen.detail.includes(SECRET));
    t.deepEqual(seen.facts, { home: 'north' }, 'the verdict counts for its home');
    t.is(heard.length, requests);
  },
);

test('a refused account is not a failure of Keystone', judged, [401, 200], 'unknown', /user regent.*password/, 1);
test('an account without a role is not a failure of Keystone', judged, [403, 200], 'unknown', /project service/, 1);
test('a URL without Keystone is not a failure of Keystone', judged, [404, 200], 'unknown', /\/v3/, 1);
test('a redirect is not followed', judged, [302, 200], 'unknown', /302/, 1);
test('a rate limit is not a failure of Keystone', judged, [429, 200], 'unknown', /429/, 1);
test('a Keystone that cannot issue has failed', judged, [500, 200], 'failed', /500/, 1);
test('a proxy without a Keystone behind it has failed', judged, [503, 200], 'failed', /503.*no Keystone is behind/, 1);
test('a token that its issuer does not know is a failure', judged, [201, 404], 'failed', /404.*different keys/, 2);
test('a token that is no proof to its issuer is a failure', judged, [201, 401], 'failed', /401.*different keys/, 2);
test('a Keystone that cannot validate has failed', judged, [201, 500], 'failed', /500.*validate/, 2);
test('a policy against validating is not a failure', judged, [201, 403], 'unknown', /403/, 2);

test('a refused connection is a failure', async (t) => {
  const server = await listen(t, () => {});
  await server.close();
  const { health, detail } = await look(probeOf(`http://127.0.0.1:${server.port}/v3`));
  t.is(health, 'failed');
  t.regex(detail, /refused/);
});

test('a connection that breaks is a failure', async (t) => {
  const server = await listen(t, (socket) => socket.once('data', () => socket.resetAndDestroy()));
  t.is((await look(probeOf(`http://127.0.0.1:${server.port}/v3`))).health, 'failed');
});

test('a Keystone that accepts and is silent is a failure after the time limit, and the connection ends', async (t) => {
  const server = await listen(t, (socket) => socket.resume());
  const { health, detail } = await look(probeOf(`http://127.0.0.1:${server.port}/v3`, { timeoutMs: 100 }));
  t.is(health, 'failed');
  t.regex(detail, /100 ms/);
  await server.allClosed();
});

test('a name that does not resolve tells nothing about Keystone', async (t) => {
  // An empty label: the resolver refuses it by itself, without asking a server that may be slow.
  t.is((await look(probeOf('http://keystone..invalid/v3'))).health, 'unknown');
});

test('a look that its caller ends tells nothing about Keystone', async (t) => {
  const ending = new AbortController();
  const server = await listen(t, () => ending.abort());
  const seen = await probeOf(`http://127.0.0.1:${server.port}/v3`).observe(ending.signal);
  t.is(seen.health, 'unknown');
});
