/** How a node tries its services: where they listen, how often, and for how long. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { serviceVerifier } from '../../../src/runtime/duty/service-verifier.ts';
import { fakeKeystone } from '../../probe/fake-keystone.ts';
import { FakeTime } from '../fake-time.ts';

const account = { username: 'regent', password: 'a secret', project: 'service' };
const never = new AbortController().signal;
const pathOf = (service: string) => (service === 'ceilometer' ? undefined : `/${service}/{project_id}`);

async function aNode(t: ExecutionContext, statusOf: (tries: number) => number) {
  const keystone = await fakeKeystone(
    t,
    () => 201,
    () => 200,
  );
  const paths: string[] = [];
  let tries = 0;
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    const hasToken = request.headers['x-auth-token'] !== undefined;
    if (hasToken) tries += 1;
    response.writeHead(hasToken ? statusOf(tries) : 401).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const time = new FakeTime();
  const addresses = { glance: address, nova: `${address}/as/written?x=1`, swift: 'none' };
  const verifier = serviceVerifier({ addresses, account, pathOf, clock: time, timers: time });
  /** Time goes on while it rests. */
  const run = async (service: string, signal = never) => {
    let result: { readonly problem: string | undefined } | undefined;
    const ended = verifier.service(service, keystone.url.replace('/v3', ''), signal).then((problem) => {
      result = { problem };
    });
    while (result === undefined) {
      if (time.pending > 0) await time.advance(1_000);
      else await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    return result.problem;
  };
  return { verifier, paths, run, time, tries: () => tries };
}

test('a service is asked for what its table says, at its address', async (t) => {
  const { run, paths } = await aNode(t, () => 200);
  t.is(await run('glance'), undefined);
  t.deepEqual([...new Set(paths)], ['/glance/']);
});

test('an address with a path is taken as it is written', async (t) => {
  const { run, paths } = await aNode(t, () => 200);
  t.is(await run('nova'), undefined);
  t.deepEqual([...new Set(paths)], ['/as/written?x=1']);
});

test('a service that starts slowly is tried again', async (t) => {
  const { run, tries } = await aNode(t, (count) => (count < 4 ? 503 : 200));
  t.is(await run('glance'), undefined);
  t.is(tries(), 4);
});

test('a service that never works is given up after a minute', async (t) => {
  const { run, time } = await aNode(t, () => 503);
  t.regex((await run('glance')) ?? '', /could not validate/);
  t.is(time.pending, 0);
});

test('a service that refuses the token is given up at once', async (t) => {
  const { run, tries } = await aNode(t, () => 401);
  t.regex((await run('glance')) ?? '', /does not accept/);
  t.is(tries(), 1);
});

test('where nothing listens, or nothing takes tokens, the Keystone itself is asked', async (t) => {
  const { run, paths } = await aNode(t, () => 200);
  t.is(await run('swift'), undefined);
  t.is(await run('ceilometer'), undefined);
  t.deepEqual(paths, []);
});

test('what is missing in agent.yaml is named', async (t) => {
  const { verifier } = await aNode(t, () => 200);
  t.is(verifier.missing('glance'), undefined);
  t.is(verifier.missing('ceilometer'), undefined);
  t.is(verifier.missing('swift'), undefined);
  t.regex(verifier.missing('heat') ?? '', /api\.services\.heat is missing in agent\.yaml: .* or none/);
});
