/**
 * Whether this node's memcached servers keep what they are given: one small key is written and read back, on a fresh
 * connection to each. The key is this probe's own and expires, so that probes of other nodes do not meet it.
 */
import { randomUUID } from 'node:crypto';
import type { Observation } from '../core/observation.ts';
import { askMemcached, ENDED } from './memcached-client.ts';
import type { Probe } from './probe.ts';

export interface MemcachedProbeOptions {
  /** `host:port`, an IPv6 address in brackets. */
  readonly servers: readonly string[];
  readonly everyMs: number;
  /** For each server; they are asked at the same time. */
  readonly timeoutMs: number;
}

const EXPIRES_S = 60;

export function memcachedProbe({ servers, everyMs, timeoutMs }: MemcachedProbeOptions): Probe {
  const key = `regent-probe-${randomUUID()}`;
  let looks = 0;
  return {
    name: 'memcached',
    everyMs,
    observe: async (signal) => {
      looks += 1;
      const entry = { key, value: String(looks) };
      const asked = await Promise.all(
        servers.map(async (server) => ({ server, problem: await ask(server, entry, timeoutMs, signal) })),
      );
      return signal.aborted ? { health: 'unknown', detail: ENDED, facts: {} } : verdict(asked);
    },
  };
}

/** How one server is; undefined = well. */
type Problem = { readonly health: 'failed' | 'unknown'; readonly detail: string } | undefined;

/** Facts: `up:<server>`, null when nobody could look. */
function verdict(asked: readonly { readonly server: string; readonly problem: Problem }[]): Observation {
  const up = (problem: Problem): boolean | null =>
    problem === undefined ? true : problem.health === 'failed' ? false : null;
  const facts = Object.fromEntries(asked.map(({ server, problem }) => [`up:${server}`, up(problem)]));
  const broken = asked.flatMap(({ server, problem }) => (problem === undefined ? [] : [{ server, ...problem }]));
  if (asked.length === 0) return { health: 'unknown', detail: 'no memcached server is configured', facts };
  if (broken.length === 0) return { health: 'ok', detail: 'a value was written and read back', facts };
  const detail = broken.map((each) => `${each.server}: ${each.detail}`).join('; ');
  if (broken.length < asked.length) return { health: 'degraded', detail, facts };
  return { health: broken.some((each) => each.health === 'unknown') ? 'unknown' : 'failed', detail, facts };
}

async function ask(
  address: string,
  { key, value }: { readonly key: string; readonly value: string },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Problem> {
  const read = await askMemcached({ address, timeoutMs, signal }, async (client) => {
    await client.set(key, value, { expires: EXPIRES_S });
    return (await client.get(key)).value?.toString();
  });
  if (!read.ok) return read;
  if (read.value === value) return undefined;
  return { health: 'failed', detail: 'it does not give back what it was given' };
}
