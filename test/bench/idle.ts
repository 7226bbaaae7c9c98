/**
 * Watches a bed at which nothing happens: whether anything is written to a store (nothing may be), and what the agents use
 * meanwhile. Every agent is proven alive before and after, because dead agents write nothing either. It reads only, and
 * must not be run beside anything that changes the bed.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { execHost } from '../bed/exec.ts';
import { HOSTS, type Host, PORTS, regionOf } from '../bed/topology.ts';
import { type AgentUse, agentUse } from './agent-use.ts';
import { type Summary, summarize } from './statistics.ts';
import { changedKeys, lookAtStores, type StoreLook } from './store-look.ts';

export const IDLE_MS = 60_000;

export interface IdleStore {
  readonly store: string;
  /** Writes to the store: by how much its revision grew. */
  readonly revisionDelta: number;
  readonly changed: readonly string[];
}

export interface IdleAgent {
  readonly host: string;
  /** Why it does not count as alive, before and after; empty when it does. */
  readonly complaints: readonly string[];
  /** Of one processor. */
  readonly cpuPercent: number;
  readonly rssBytes: Summary;
  readonly pssBytes: Summary;
}

export interface IdleResult {
  readonly durationMs: number;
  readonly stores: readonly IdleStore[];
  readonly agents: readonly IdleAgent[];
}

const SAMPLES = 6;

/** What was begun before is to be over: nothing is written for this long before the minute begins. */
const STILL_MS = 10_000;
/** After it the minute begins all the same, and shows what goes on writing. */
const STILL_TIMEOUT_MS = 60_000;
const STILL_POLL_MS = 2_000;

/** @throws Error when a store or an agent cannot be looked at; the signal's reason */
export async function watchIdle(signal: AbortSignal): Promise<IdleResult> {
  await untilStill(signal);
  const [before, aliveBefore] = await proof();
  const startMs = performance.now();
  const uses = [await usesNow()];
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const untilMs = startMs + (IDLE_MS * sample) / SAMPLES;
    await delay(Math.max(0, untilMs - performance.now()), undefined, { signal });
    uses.push(await usesNow());
  }
  const durationMs = performance.now() - startMs;
  const [after, aliveAfter] = await proof();
  const stores = before.map((first, index) => {
    const last = after[index] ?? first;
    return {
      store: first.store,
      revisionDelta: last.revision - first.revision,
      changed: changedKeys(first, last),
    };
  });
  const agents = HOSTS.map(({ name }, index) => {
    const own = uses.map((each) => each[index]).filter((each) => each !== undefined);
    const complaints = [...(aliveBefore[index] ?? []), ...(aliveAfter[index] ?? [])];
    return { host: name, ...use(own, complaints, durationMs) };
  });
  return { durationMs, stores, agents };
}

async function untilStill(signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + STILL_TIMEOUT_MS;
  let sinceMs = performance.now();
  let last = '';
  while (performance.now() < deadlineMs && performance.now() < sinceMs + STILL_MS) {
    const revisions = (await lookAtStores()).map((each) => each.revision).join(' ');
    if (revisions !== last) sinceMs = performance.now();
    last = revisions;
    await delay(STILL_POLL_MS, undefined, { signal });
  }
}

/** What was seen of one agent, as figures. Pure. */
export function use(
  seen: readonly AgentUse[],
  complaints: readonly string[],
  durationMs: number,
): Omit<IdleAgent, 'host'> {
  const first = seen.at(0);
  const last = seen.at(-1);
  const isSame = first !== undefined && seen.every((each) => each.pid === first.pid);
  const usedMs = (last?.cpuMs ?? 0) - (first?.cpuMs ?? 0);
  return {
    complaints: isSame ? complaints : [...complaints, 'it was restarted meanwhile'],
    cpuPercent: (100 * usedMs) / durationMs,
    rssBytes: summarize(seen.map((each) => each.rssBytes)),
    pssBytes: summarize(seen.map((each) => each.pssBytes)),
  };
}

function usesNow(): Promise<readonly AgentUse[]> {
  return Promise.all(HOSTS.map(({ name }) => agentUse(name)));
}

/** The stores, and for each host what speaks against its agent being alive. */
async function proof(): Promise<readonly [readonly StoreLook[], readonly (readonly string[])[]]> {
  const stores = await lookAtStores();
  return [stores, await Promise.all(HOSTS.map((host) => complaintsOf(host, stores)))];
}

/** `/healthz`: its loops go round; `/readyz`: its stores confirm; the presence key: its lease is renewed. */
async function complaintsOf(host: Host, stores: readonly StoreLook[]): Promise<readonly string[]> {
  const pages = ['healthz', 'readyz'];
  const argv = ['curl', '-sS', '--fail-with-body', '--max-time', '2'];
  const answers = await Promise.all(
    pages.map((page) => execHost(host.name, [...argv, `http://${host.address}:${PORTS.agentHttp}/${page}`])),
  );
  const unwell = answers
    .map(({ code, stdout, stderr }, index) => ({ code, said: `${pages[index]}: ${stdout.trim()} ${stderr.trim()}` }))
    .filter(({ code }) => code !== 0)
    .map(({ said }) => said.trim());
  const region = regionOf(host);
  const isPresent = stores.some((each) => each.store === region && each.keys.has(`/regent/v1/nodes/${host.name}`));
  return region === undefined || isPresent ? unwell : [...unwell, 'its presence key is not there'];
}
