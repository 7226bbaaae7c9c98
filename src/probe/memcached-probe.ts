/**
 * Whether this node's memcached servers keep what they are given: one small key is written and read back, on a fresh
 * connection to each. The key is this probe's own and expires, so that probes of other nodes do not meet it. The only
 * file that knows memjs, which must not decide anything: no retries, no failing over, and time limits that are ours.
 */
import { randomUUID } from 'node:crypto';
import { Client, Server } from 'memjs';
import type { Observation } from '../core/observation.ts';
import { describeConnectionError } from './connection-error.ts';
import type { Probe } from './probe.ts';

export interface MemcachedProbeOptions {
  /** `host:port`, an IPv6 address in brackets. */
  readonly servers: readonly string[];
  readonly everyMs: number;
  /** For each server; they are asked at the same time. */
  readonly timeoutMs: number;
}

const EXPIRES_S = 60;
/** memjs leaves a connection behind that it gave up while it was being made; so it never gets that far. */
const NEVER_S = 3_600;
const ENDED = 'the look was ended before its end';

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
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  const limits = { timeout: NEVER_S, conntimeout: NEVER_S };
  const server = new Server(host, Number(address.slice(at + 1)), undefined, undefined, limits);
  const client = new Client([server], { retries: 0, failover: false, logger: { log: () => {} } });
  // Fails what is waiting and destroys the connection, in whatever state it is.
  const end = (reason: string): void => server.error(new Error(reason));
  const abort = (): void => end(ENDED);
  const timer = setTimeout(() => end(`no answer within ${timeoutMs} ms`), timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    await client.set(key, value, { expires: EXPIRES_S });
    const read = await client.get(key);
    return read.value?.toString() === value ? undefined : failed('it does not give back what it was given');
  } catch (error) {
    // What has no code is memjs's word for an answer that was a no, or our own time limit.
    if (error instanceof Error && !('code' in error)) return failed(error.message);
    return describeConnectionError(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    end('done');
  }
}

const failed = (detail: string): Problem => ({ health: 'failed', detail });
