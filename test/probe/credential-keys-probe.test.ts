/** A credential of the home region, read at the own Keystone: with real Keystones, and with what they say when they are ill. */
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Health } from '../../src/core/observation.ts';
import { credentialKeysProbe } from '../../src/probe/credential-keys-probe.ts';
import { KEYSTONE_ADMIN, KeystoneLab } from '../contract/keystone-lab.ts';
import { look } from './look.ts';

test.serial(
  'keys of its own at one of two real Keystones are found by a credential that only one of them reads',
  async (t) => {
    t.timeout(400_000);
    const lab = await KeystoneLab.start();
    t.teardown(() => lab.stop());
    const [home, own] = [await lab.create('home'), await lab.create('own')];
    const places = { home: 'north', homeUrl: home.url, localUrl: own.url, everyMs: 1000, timeoutMs: 100_000 };
    const probe = credentialKeysProbe({ ...places, ...KEYSTONE_ADMIN });
    const none = await look(probe);
    t.is(none.health, 'ok');
    t.regex(none.detail, /has no credential/);
    const user = await lab.ask(home, 'GET', '/users?name=admin');
    const id = /"id": ?"(\w+)"/.exec(JSON.stringify(user))?.[1];
    await lab.ask(home, 'POST', '/credentials', { credential: { user_id: id, type: 'regent', blob: 'the-blob' } });
    t.like(await look(probe), { health: 'ok', detail: `${own.url} reads a credential that north has encrypted` });
    for (const key of await readdir(own.credentialKeys)) await rm(join(own.credentialKeys, key));
    await lab.manage(own, 'credential_setup', '--keystone-user', 'keystone', '--keystone-group', 'keystone');
    const differ = await look(probe);
    t.is(differ.health, 'degraded', differ.detail);
    t.regex(differ.detail, /^CredentialKeysDiffer: .* \(500\).*copy \/etc\/keystone\/credential-keys from north/);
    t.notRegex(JSON.stringify(differ), /the-blob/);
  },
);

interface Answers {
  readonly credentials?: readonly object[];
  readonly credential?: readonly [number, object];
  /** Of what a token is worth. */
  readonly token?: number;
  readonly issues?: number;
}

/** @returns its URL */
async function keystone(t: ExecutionContext, answers: Answers): Promise<string> {
  const { issues = 201, token = 200, credentials = [], credential = [200, {}] } = answers;
  const server = createServer((request, response) => {
    request.resume();
    const { method, url = '' } = request;
    const [status, body] =
      method === 'POST'
        ? [issues, {}]
        : url.includes('/auth/tokens')
          ? [token, { token: { user: { id: 'u1' } } }]
          : url.includes('/credentials?user_id=u1')
            ? [200, { credentials }]
            : credential;
    response.writeHead(status as number, { 'x-subject-token': 'token-1' });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
}

const one = { id: 'c1', blob: 'b' };
const has = { credentials: [one] };
const judged = test.macro(async (t, home: Answers, own: Answers, health: Health, detail: RegExp) => {
  const account = { username: 'regent', password: 'hunter2-secret', project: 'service' };
  const places = { home: 'north', homeUrl: await keystone(t, home), localUrl: await keystone(t, own) };
  const seen = await look(credentialKeysProbe({ ...places, ...account, everyMs: 1000, timeoutMs: 5000 }));
  t.is(seen.health, health, seen.detail);
  t.regex(seen.detail, detail);
  t.deepEqual(seen.facts, { home: 'north' });
});

test('the same content is ok', judged, has, { credential: [200, { credential: one }] }, 'ok', /reads a credential/);
test(
  'what cannot be decrypted is a diagnosis',
  judged,
  has,
  { credential: [500, {}] },
  'degraded',
  /CredentialKeysDiffer/,
);
test(
  'an own Keystone that reads nothing at all says nothing about the keys',
  judged,
  has,
  { credential: [500, {}], token: 500 },
  'unknown',
  /does not know our token/,
);
test('a credential that has not arrived is no difference', judged, has, { credential: [404, {}] }, 'unknown', /404/);
test('a home that issues no tokens says nothing', judged, { issues: 503 }, {}, 'unknown', /north gives no credentials/);
test('without a credential there is nothing to compare', judged, {}, {}, 'ok', /has no credential/);
