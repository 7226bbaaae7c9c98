import test, { type ExecutionContext } from 'ava';
import { memcachedProbe } from '../../src/probe/memcached-probe.ts';
import { type FakeMemory, serveMemcached } from './fake-memcached.ts';
import { type Listening, listen, look } from './look.ts';

const emptyMemory = (): FakeMemory => ({ values: new Map(), expiresS: [] });
const addressOf = ({ port }: Listening): string => `127.0.0.1:${port}`;

function probeOf(servers: readonly string[], timeoutMs = 5000) {
  return memcachedProbe({ servers, everyMs: 1000, timeoutMs });
}

async function gone(t: ExecutionContext): Promise<string> {
  const server = await listen(t, () => {});
  await server.close();
  return addressOf(server);
}

test('a server that gives back what it was given is ok, look after look', async (t) => {
  const memory = emptyMemory();
  const server = await listen(t, serveMemcached(memory));
  const probe = probeOf([addressOf(server)]);
  t.deepEqual((await look(probe)).facts, { [`up:${addressOf(server)}`]: true });
  const [first] = memory.values.values();
  t.is((await look(probe)).health, 'ok');
  const [second] = memory.values.values();
  t.not(first, second, 'the value of an older look proves nothing');
  t.is(memory.values.size, 1, 'one key');
  t.deepEqual(memory.expiresS, [60, 60]);
});

test('two probes of one server do not meet each other', async (t) => {
  const memory = emptyMemory();
  const server = await listen(t, serveMemcached(memory));
  await Promise.all([look(probeOf([addressOf(server)])), look(probeOf([addressOf(server)]))]);
  t.is(memory.values.size, 2);
});

test('some servers that do not work are a degradation, all of them a failure', async (t) => {
  const server = await listen(t, serveMemcached(emptyMemory()));
  const [one, other] = [await gone(t), await gone(t)];
  const some = await look(probeOf([addressOf(server), one]));
  t.is(some.health, 'degraded');
  t.deepEqual(some.facts, { [`up:${addressOf(server)}`]: true, [`up:${one}`]: false });
  t.is((await look(probeOf([one, other]))).health, 'failed');
});

const broken = test.macro(async (t, memory: Partial<FakeMemory>) => {
  const server = await listen(t, serveMemcached({ ...emptyMemory(), ...memory }));
  t.is((await look(probeOf([addressOf(server)]))).health, 'failed');
});

test('a server that forgets what it was given has failed', broken, { isForgetful: true });
test('a server that refuses what it is given has failed', broken, { setStatus: 0x82 });

const silent = test.macro(async (t, onData: (write: (text: string) => void) => void) => {
  const server = await listen(t, (socket) => socket.on('data', () => onData((text) => socket.write(text))));
  const { health, detail } = await look(probeOf([addressOf(server)], 100));
  t.is(health, 'failed');
  t.regex(detail, /100 ms/);
  await server.allClosed();
});

test('a server that accepts and is silent has failed after the time limit, and the connection ends', silent, () => {});
test('a server that is no memcached has failed after the time limit, and the connection ends', silent, (write) =>
  write('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'),
);

test('no connection is left after a look', async (t) => {
  const server = await listen(t, serveMemcached(emptyMemory()));
  t.is((await look(probeOf([addressOf(server)]))).health, 'ok');
  await t.notThrowsAsync(server.allClosed());
});

test('a name that does not resolve, no servers, and a look that is ended tell nothing', async (t) => {
  // An empty label: the resolver refuses it by itself, without asking a server that may be slow.
  const nameless = await look(probeOf(['memcached..invalid:11211']));
  t.is(nameless.health, 'unknown');
  t.deepEqual(nameless.facts, { 'up:memcached..invalid:11211': null });
  t.is((await look(probeOf(['memcached..invalid:11211', await gone(t)]))).health, 'unknown');
  t.is((await look(probeOf([]))).health, 'unknown');
  const ending = new AbortController();
  const server = await listen(t, () => ending.abort());
  t.is((await probeOf([addressOf(server)]).observe(ending.signal)).health, 'unknown');
  t.is((await probeOf([addressOf(server)]).observe(ending.signal)).health, 'unknown', 'ended before it began');
});

test('an IPv6 address stands in brackets', async (t) => {
  const { detail } = await look(probeOf(['[::1]:1']));
  t.regex(detail, /ECONNREFUSED|EADDRNOTAVAIL/);
});
