/** One agent asks another over real TLS: who is let in, what is too much, and what an answer is. */
import { Agent, request as httpsRequest } from 'node:https';
import anyTest, { type TestFn } from 'ava';
import type { PromiseRequest } from '../../src/core/database/promise.ts';
import { PeerClient, PeerSilent } from '../../src/runtime/peer-client.ts';
import { MESSAGE_BYTES_MAX, PROMISE_PATH } from '../../src/runtime/peer-message.ts';
import { PeerServer, PeerUnavailable, peerUrl } from '../../src/runtime/peer-server.ts';
import type { PeerTls } from '../../src/runtime/peer-tls.ts';
import { Authority } from './peer-certificates.ts';

interface World {
  readonly server: PeerServer;
  readonly url: string;
  readonly asked: PromiseRequest[];
}

const test = anyTest as TestFn<World>;
const WITHIN_MS = 5_000;
const request: PromiseRequest = { database: 'keystone', primary: 'north-1', forMs: 3_000, asker: 'a', sequence: 1 };

let authority: Authority;
let tls: PeerTls;
/** Names another address than the one at which it is met. */
let elsewhere: PeerTls;
test.before(async () => {
  authority = await Authority.create();
  tls = await authority.issue('node', '127.0.0.1');
  elsewhere = await authority.issue('elsewhere', '192.0.2.1');
});
test.after.always(() => authority?.remove());
test.beforeEach(async (t) => {
  const server = new PeerServer({ address: '127.0.0.1', port: 0, tls });
  t.context = { server, url: await server.start(), asked: [] };
});
test.afterEach.always((t) => t.context.server.stop());

function answering({ server, asked }: World): void {
  server.use((message) => {
    asked.push(message);
    return message.primary === 'north-1'
      ? { granted: true, applied: null }
      : { granted: false, reason: 'NotThePrimary' };
  });
}

/** @returns the status of a request that no client of ours would send */
function sendRaw({ url }: World, body: string, { path = PROMISE_PATH, method = 'POST' } = {}): Promise<number> {
  const agent = new Agent({ ca: tls.ca, cert: tls.certificate, key: tls.key });
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(new URL(path, url), { agent, method }, (response) => {
      response.resume();
      response.once('end', () => {
        agent.destroy();
        resolve(response.statusCode ?? 0);
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

test('a question is answered, again and again on one connection', async (t) => {
  answering(t.context);
  const client = new PeerClient(tls);
  for (let sequence = 1; sequence <= 5; sequence += 1) {
    t.deepEqual(await client.ask(t.context.url, { ...request, sequence }, WITHIN_MS), { granted: true, applied: null });
  }
  t.deepEqual(await client.ask(t.context.url, { ...request, primary: 'south-1' }, WITHIN_MS), {
    granted: false,
    reason: 'NotThePrimary',
  });
  t.deepEqual(t.context.asked[0], request);
  client.close();
});

test('before anybody answers, everything is refused', async (t) => {
  const client = new PeerClient(tls);
  t.deepEqual(await client.ask(t.context.url, request, WITHIN_MS), { granted: false, reason: 'Unknown' });
  client.close();
});

test('a certificate of another authority is not let in', async (t) => {
  answering(t.context);
  const other = await Authority.create();
  const { certificate, key } = await other.issue('stranger', '127.0.0.1');
  const client = new PeerClient({ ca: tls.ca, certificate, key });
  await t.throwsAsync(client.ask(t.context.url, request, WITHIN_MS), { instanceOf: PeerSilent });
  t.deepEqual(t.context.asked, []);
  client.close();
  await other.remove();
});

test('who asks is known by the certificate, also on its next connection', async (t) => {
  const seen: boolean[][] = [];
  t.context.server.use((_, isNamed) => {
    seen.push(['127.0.0.1', '192.0.2.1', 'node'].map(isNamed));
    return { granted: true, applied: null };
  });
  const client = new PeerClient({ ...elsewhere, ca: tls.ca });
  await client.ask(t.context.url, request, WITHIN_MS);
  // What is no request is answered, and the connection ended.
  await t.throwsAsync(client.ask(t.context.url, { ...request, forMs: -1 }, WITHIN_MS), { instanceOf: PeerSilent });
  await client.ask(t.context.url, request, WITHIN_MS);
  t.deepEqual(seen, [
    [false, true, false],
    [false, true, false],
  ]);
  client.close();
});

test('a peer whose certificate names another address is not believed', async (t) => {
  const server = new PeerServer({ address: '127.0.0.1', port: 0, tls: elsewhere });
  server.use(() => ({ granted: true, applied: null }));
  const client = new PeerClient(tls);
  await t.throwsAsync(client.ask(await server.start(), request, WITHIN_MS), {
    instanceOf: PeerSilent,
    message: /altnames/,
  });
  client.close();
  await server.stop();
});

test('a peer that is not there is silence, within the time that was given', async (t) => {
  await t.context.server.stop();
  const client = new PeerClient(tls);
  await t.throwsAsync(client.ask(t.context.url, request, WITHIN_MS), { instanceOf: PeerSilent });
  client.close();
});

test('what is no request is refused with what is wrong', async (t) => {
  answering(t.context);
  t.is(await sendRaw(t.context, '{'), 400);
  t.is(await sendRaw(t.context, '{}'), 400);
  t.is(await sendRaw(t.context, JSON.stringify({ ...request, forMs: -1 })), 400);
  t.is(await sendRaw(t.context, JSON.stringify({ ...request, asker: 'x'.repeat(MESSAGE_BYTES_MAX) })), 413);
  t.is(await sendRaw(t.context, JSON.stringify(request), { path: '/' }), 404);
  t.is(await sendRaw(t.context, JSON.stringify(request), { method: 'PUT' }), 405);
  t.deepEqual(t.context.asked, []);
});

test('a port that is taken is said, not thrown at the agent', async (t) => {
  const port = Number(new URL(t.context.url).port);
  const second = new PeerServer({ address: '127.0.0.1', port, tls: tls });
  await t.throwsAsync(second.start(), { instanceOf: PeerUnavailable, message: /cannot listen on 127\.0\.0\.1/ });
});

test('the URL of an IPv6 address is one', (t) => {
  t.is(peerUrl('2001:db8::1', 9465), 'https://[2001:db8::1]:9465');
});
