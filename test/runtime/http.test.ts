import test, { type ExecutionContext } from 'ava';
import { type HttpDeps, HttpServer } from '../../src/runtime/http.ts';

const STATUS = { node: 'north-2', version: '0.1.0', databases: {} };

/** Longer than AVA lets a test take. */
const NEVER_MS = 3_600_000;

const DEPS: HttpDeps = {
  address: '127.0.0.1',
  port: 0,
  metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'regent_x 1\n' },
  healthComplaints: () => [],
  readinessComplaints: () => [],
  status: async () => STATUS,
};

async function started(t: ExecutionContext, difference: Partial<HttpDeps> = {}): Promise<string> {
  const server = new HttpServer({ ...DEPS, ...difference });
  const port = await server.start();
  t.teardown(() => server.stop());
  return `http://127.0.0.1:${port}`;
}

test('metrics and status are served with their types', async (t) => {
  const base = await started(t);
  const metrics = await fetch(`${base}/metrics`);
  t.is(metrics.headers.get('content-type'), 'text/plain; version=0.0.4');
  t.is(await metrics.text(), 'regent_x 1\n');
  t.deepEqual(await (await fetch(`${base}/status?x=1`)).json(), STATUS);
});

test('health and readiness are 200, or 503 with what is wrong', async (t) => {
  const complaints: string[] = [];
  const base = await started(t, { healthComplaints: () => complaints, readinessComplaints: () => ['store away', 'x'] });
  t.is((await fetch(`${base}/healthz`)).status, 200);
  complaints.push('the leader loop does not go round');
  t.is((await fetch(`${base}/healthz`)).status, 503);
  const ready = await fetch(`${base}/readyz`);
  t.is(ready.status, 503);
  t.is(await ready.text(), 'store away\nx\n');
});

test('other paths are 404 and other methods 405', async (t) => {
  const base = await started(t);
  t.is((await fetch(`${base}/`)).status, 404);
  t.is((await fetch(`${base}/metrics`, { method: 'POST' })).status, 405);
});

test('a callback that throws costs its answer only', async (t) => {
  const base = await started(t, { status: () => Promise.reject(new Error('no server')) });
  t.is((await fetch(`${base}/status`)).status, 500);
  t.is((await fetch(`${base}/healthz`)).status, 200);
});

test('a client that leaves aborts what was done for it', async (t) => {
  const begun = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const base = await started(t, {
    status: (signal) => {
      signal.addEventListener('abort', () => aborted.resolve());
      begun.resolve();
      return new Promise(() => {});
    },
    answerWithinMs: NEVER_MS,
  });
  const client = new AbortController();
  const asked = fetch(`${base}/status`, { signal: client.signal }).catch(() => 'left');
  await begun.promise;
  client.abort();
  t.is(await asked, 'left');
  await t.notThrowsAsync(aborted.promise);
});

test('an answer that takes too long is 503, and aborts what was done for it', async (t) => {
  const aborted = Promise.withResolvers<void>();
  const base = await started(t, {
    status: (signal) => {
      signal.addEventListener('abort', () => aborted.resolve());
      return new Promise(() => {});
    },
    answerWithinMs: 50,
  });
  const answer = await fetch(`${base}/status`);
  t.is(answer.status, 503);
  t.is(await answer.text(), 'no answer within 50 ms\n');
  await t.notThrowsAsync(aborted.promise);
});

test('a port that is taken is an error value of this file, and stopping twice is harmless', async (t) => {
  const base = await started(t);
  const server = new HttpServer({ ...DEPS, port: Number(new URL(base).port) });
  await t.throwsAsync(server.start(), { code: 'HttpUnavailable' });
  await server.stop();
  await server.stop();
});
