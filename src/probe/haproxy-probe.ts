/**
 * Whether this node's HAProxy works, and how many servers each backend has that take traffic, from its Runtime API. A
 * backend without servers does not make HAProxy fail: no other node's HAProxy would do better with the same servers.
 */
import type { Facts, Observation } from '../core/observation.ts';
import { askHaproxy, HaproxyUnreachable, parseStat, type StatRow } from './haproxy-socket.ts';
import type { Probe } from './probe.ts';

export interface HaproxyProbeOptions {
  /** Absolute path of the Runtime API's socket. */
  readonly socketPath: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

/**
 * Nobody listens; its queue of connections is full (EAGAIN of a Unix socket) or nothing comes, because it is stopped; or
 * it went away in the middle. Everything else, e.g. EACCES, is ours.
 */
const FAILED = new Set(['ENOENT', 'ECONNREFUSED', 'EAGAIN', 'ECONNRESET', 'EPIPE', 'Timeout']);

export function haproxyProbe({ socketPath, everyMs, timeoutMs }: HaproxyProbeOptions): Probe {
  return {
    name: 'haproxy',
    everyMs,
    observe: async (signal) => {
      try {
        return understand(socketPath, await askHaproxy(socketPath, 'show info;show stat', { timeoutMs, signal }));
      } catch (error) {
        if (!(error instanceof HaproxyUnreachable)) return { health: 'unknown', detail: String(error), facts: {} };
        return { health: FAILED.has(error.code) ? 'failed' : 'unknown', detail: error.message, facts: {} };
      }
    },
  };
}

/** Facts: `pid`, which tells one life from the next, and `up:<backend>` for each backend that has servers. */
function understand(socketPath: string, answer: string): Observation {
  if (answer.trim() === '') return { health: 'failed', detail: `${socketPath}: closed without an answer`, facts: {} };
  const pid = /^Pid: (\d+)$/m.exec(answer)?.[1];
  const statAt = answer.indexOf('# pxname,');
  if (pid === undefined || statAt < 0)
    return { health: 'unknown', detail: `${socketPath}: not the answer of an HAProxy that may be asked`, facts: {} };
  const backends = countUp(parseStat(answer.slice(statAt)));
  const empty = [...backends].filter(([, up]) => up === 0).map(([backend]) => backend);
  const servers = empty.length === 0 ? 'each backend has servers' : `no server is up in ${empty.join(', ')}`;
  const facts: Facts = {
    pid: Number(pid),
    ...Object.fromEntries([...backends].map(([name, up]) => [`up:${name}`, up])),
  };
  return { health: 'ok', detail: `HAProxy answers; ${servers}`, facts };
}

function countUp(rows: readonly StatRow[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { proxy, name, status } of rows) {
    if (name === 'FRONTEND' || name === 'BACKEND') continue;
    counts.set(proxy, (counts.get(proxy) ?? 0) + (isUp(status) ? 1 : 0));
  }
  return counts;
}

/** `UP`, `UP 1/2` while checks begin to fail, and `no check`; neither `DOWN 1/2`, `MAINT`, `DRAIN` nor `NOLB`. */
function isUp(status: string): boolean {
  return status === 'no check' || /^UP( |$)/.test(status);
}
