/** Whether a service takes a fresh token: what proves it, what does not, and what is worth another try. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { type ServiceVerdict, tryKeystone, tryService } from '../../src/probe/service-token.ts';
import { fakeKeystone } from './fake-keystone.ts';

const account = { username: 'regent', password: 'a secret', project: 'service' };
const never = new AbortController().signal;

/** Where nobody listens. */
async function nowhere(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

interface Asked {
  readonly path: string;
  readonly token: string | undefined;
}

/** @param answer - the status for a token, or for none */
async function aService(t: ExecutionContext, answer: (token: string | undefined) => number | undefined) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const token = request.headers['x-auth-token'] as string | undefined;
    asked.push({ path: request.url ?? '', token });
    const status = answer(token);
    if (status === undefined) return;
    response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/images`, asked };
}

async function tried(
  t: ExecutionContext,
  answer: (token: string | undefined) => number | undefined,
  issue = () => 201,
  timeoutMs = 10_000,
): Promise<ServiceVerdict> {
  const keystone = await fakeKeystone(t, issue, () => 200);
  const { url } = await aService(t, answer);
  return tryService({ service: 'glance', url, keystone: keystone.url, account, timeoutMs }, never);
}

const guarded = (status: number) => (token: string | undefined) => (token === undefined ? 401 : status);

for (const status of [200, 300, 403, 404]) {
  test(`a service that answers ${status} has validated the token`, async (t) => {
    t.deepEqual(await tried(t, guarded(status)), { ok: true });
  });
}

test('a service that refuses a fresh token is not asked again', async (t) => {
  const verdict = await tried(t, guarded(401));
  t.like(verdict, { ok: false, again: false });
  t.regex(verdict.ok ? '' : verdict.detail, /glance does not accept a token .* \(401\)/);
});

test('a service that could not validate it may be about to', async (t) => {
  const verdict = await tried(t, guarded(503));
  t.like(verdict, { ok: false, again: true });
  t.regex(verdict.ok ? '' : verdict.detail, /could not validate .* \(503\)/);
});

test('an answer without a token proves nothing, and says what to correct', async (t) => {
  const verdict = await tried(t, () => 200);
  t.like(verdict, { ok: false, again: false });
  t.regex(verdict.ok ? '' : verdict.detail, /proves nothing: correct api\.services\.glance in agent\.yaml/);
});

test('a service that is not there may be about to be', async (t) => {
  const keystone = await fakeKeystone(
    t,
    () => 201,
    () => 200,
  );
  const url = `${await nowhere()}/v2/images`;
  const verdict = await tryService(
    { service: 'glance', url, keystone: keystone.url, account, timeoutMs: 5_000 },
    never,
  );
  t.like(verdict, { ok: false, again: true });
  t.regex(verdict.ok ? '' : verdict.detail, /refused/);
});

test('a service that does not answer is given up in time', async (t) => {
  const verdict = await tried(
    t,
    () => undefined,
    () => 201,
    300,
  );
  t.deepEqual(verdict, { ok: false, again: true, detail: 'glance did not answer within 300 ms' });
});

test('without a token from the Keystone nothing is asked of the service', async (t) => {
  const keystone = await fakeKeystone(
    t,
    () => 503,
    () => 200,
  );
  const { url, asked } = await aService(t, guarded(200));
  const verdict = await tryService(
    { service: 'glance', url, keystone: keystone.url, account, timeoutMs: 5_000 },
    never,
  );
  t.like(verdict, { ok: false, again: true });
  t.deepEqual(asked, []);
});

test('each try has a token of its own', async (t) => {
  const keystone = await fakeKeystone(
    t,
    () => 201,
    () => 200,
  );
  const { url, asked } = await aService(t, guarded(200));
  const wanted = { service: 'glance', url, keystone: keystone.url, account, timeoutMs: 5_000 };
  await tryService(wanted, never);
  await tryService(wanted, never);
  t.deepEqual(
    asked.map(({ token }) => token),
    [undefined, 'token-1', undefined, 'token-2'],
  );
});

test('a Keystone proves itself by a token', async (t) => {
  const good = await fakeKeystone(
    t,
    () => 201,
    () => 200,
  );
  const bad = await fakeKeystone(
    t,
    () => 500,
    () => 200,
  );
  t.is(await tryKeystone({ keystone: good.url, account, timeoutMs: 5_000 }, never), undefined);
  t.regex((await tryKeystone({ keystone: bad.url, account, timeoutMs: 5_000 }, never)) ?? '', /answered 500/);
  t.regex(
    (await tryKeystone({ keystone: `${await nowhere()}/v3`, account, timeoutMs: 5_000 }, never)) ?? '',
    /refused/,
  );
});
