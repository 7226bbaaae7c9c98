/** The counters of a memcached, from one look to the next. */
import test from 'ava';
import { memcachedPressureProbe } from '../../src/probe/memcached-pressure-probe.ts';
import { serveMemcached } from './fake-memcached.ts';
import { listen, look } from './look.ts';

test('a cache that thrashes is degraded from the second look on, until it does not any more', async (t) => {
  const counted = { get_hits: 0, get_misses: 0, touch_misses: 0, evictions: 9, limit_maxbytes: 67_108_864 };
  const { port } = await listen(t, serveMemcached({ values: new Map(), expiresS: [], stats: () => counted }));
  const address = `127.0.0.1:${port}`;
  let atMs = 0;
  const nowMs = () => atMs;
  const probe = memcachedPressureProbe({ servers: [address], everyMs: 1000, timeoutMs: 5000, nowMs });
  t.like(await look(probe), { health: 'ok', facts: { [`thrashes:${address}`]: false } });
  counted.get_misses = 5_000;
  counted.evictions = 900;
  atMs = 30_000;
  const seen = await look(probe);
  t.like(seen, { health: 'degraded', facts: { [`thrashes:${address}`]: true } });
  t.regex(seen.detail, /MemcachedThrashing: in 30 s it threw 891 items away/);
  t.is((await look(probe)).health, 'ok');
});

test('a server that does not answer is unknown here, and fails another probe', async (t) => {
  const server = await listen(t, () => {});
  await server.close();
  const address = `127.0.0.1:${server.port}`;
  const probe = memcachedPressureProbe({ servers: [address], everyMs: 1000, timeoutMs: 5000, nowMs: () => 0 });
  t.like(await look(probe), { health: 'unknown', facts: { [`thrashes:${address}`]: null } });
});
