/** Whether this node's memcached servers throw away what is read again, by what they counted since the last look. */
import { type CacheCounters, thrashing } from '../core/memcached-pressure.ts';
import type { Observation } from '../core/observation.ts';
import { askMemcached, ENDED, type MemcachedAnswer, type MemcachedClient } from './memcached-client.ts';
import type { Probe } from './probe.ts';

export interface MemcachedPressureOptions {
  /** `host:port`, an IPv6 address in brackets. */
  readonly servers: readonly string[];
  readonly everyMs: number;
  /** For each server; they are asked at the same time. */
  readonly timeoutMs: number;
  /** Monotonic, in ms. */
  readonly nowMs: () => number;
}

interface Look {
  readonly counters: CacheCounters;
  readonly atMs: number;
}

/** A server that does not answer is the subject of the probe `memcached`. */
export function memcachedPressureProbe({ servers, everyMs, timeoutMs, nowMs }: MemcachedPressureOptions): Probe {
  const last = new Map<string, Look>();
  return {
    name: 'memcached-pressure',
    everyMs,
    observe: async (signal) => {
      const asked = await Promise.all(
        servers.map(async (address) => ({
          address,
          read: await askMemcached({ address, timeoutMs, signal }, countersOf),
        })),
      );
      if (signal.aborted) return { health: 'unknown', detail: ENDED, facts: {} };
      const atMs = nowMs();
      return verdict(
        asked.map(({ address, read }) => ({ address, read, problem: compare(last, address, read, atMs) })),
      );
    },
  };
}

function compare(
  last: Map<string, Look>,
  address: string,
  read: MemcachedAnswer<CacheCounters>,
  atMs: number,
): string | undefined {
  if (!read.ok) return undefined;
  const before = last.get(address);
  last.set(address, { counters: read.value, atMs });
  return before === undefined ? undefined : thrashing(before.counters, read.value, atMs - before.atMs);
}

interface Asked {
  readonly address: string;
  readonly read: MemcachedAnswer<CacheCounters>;
  readonly problem: string | undefined;
}

function verdict(asked: readonly Asked[]): Observation {
  const facts = Object.fromEntries(
    asked.map(({ address, read, problem }) => [`thrashes:${address}`, read.ok ? problem !== undefined : null]),
  );
  const problems = asked.flatMap(({ address, problem }) => (problem === undefined ? [] : [`${address}: ${problem}`]));
  if (problems.length > 0) return { health: 'degraded', detail: problems.join('; '), facts };
  if (asked.every(({ read }) => !read.ok)) return { health: 'unknown', detail: 'no server answers', facts };
  return { health: 'ok', detail: 'what is read again is kept', facts };
}

function countersOf(client: MemcachedClient): Promise<CacheCounters> {
  return new Promise((resolve, reject) => {
    client.stats((error, _server, stats) => {
      if (error !== null) return reject(error);
      const count = (name: string): number => Number(stats?.[name] ?? 0);
      resolve({
        hits: count('get_hits'),
        misses: count('get_misses'),
        touchMisses: count('touch_misses'),
        evictions: count('evictions'),
        maxBytes: count('limit_maxbytes'),
      });
    });
  });
}
