/**
 * A planned switch of the region without the primary to its own Keystones and back, under a client that asks for fresh tokens
 * and uses each at once: no request fails, and the servers that answer are seen to have changed. Only in the system suite.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { execHost } from '../../bed/exec.ts';
import { hostsWithRole, PORTS, type RegionName, virtualAddress } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import type { ClientProcess } from '../client-process.ts';
import { serversInUse, sessionsServed } from '../host-facts.ts';
import { IdentityApi } from '../isolation/identity-api.ts';
import { nowMs } from '../moment.ts';
import { failuresBetween } from '../outage.ts';
import { describe } from '../regent-view.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';
import { homeAndAway } from './regions.ts';

const COMMAND_TIMEOUT_MS = 40_000;
const SWITCHED_WITHIN_MS = 5_000;
/** Long enough for the requests that were on their way, and for a few dozen by the new way. */
const WATCHED_MS = 4_000;

export const identitySwitch: Scenario = {
  name: 'identity-switch',
  what: 'regentctl identity isolate south, and return, under fresh tokens',
  promise: 'no request fails, and other Keystones answer',
  boundMs: null,
  dualWritableMaxMs: 0,
  control: 'skip',
  run,
};

async function run(context: Context): Promise<Figures> {
  const { home, away } = homeAndAway(context);
  const client = await context.client({ region: away, tasks: ['steadyTokens'] });
  const sinceMs = nowMs();
  const sinceWallMs = Date.now();
  try {
    await delay(WATCHED_MS, undefined, { signal: context.signal });
    await switchTo(context, away, 'isolate', away);
    await switchTo(context, away, 'return', home);
  } finally {
    await client.stop();
  }
  checkAnswered(context, client, sinceMs);
  const events = await context.regent.actions(away, sinceWallMs);
  const told = events.filter(({ name }) => /^identity:region:(isolated|home)$/.test(name)).map(({ name }) => name);
  const expected = ['identity:region:isolated', 'identity:region:home'];
  context.check('both switches are explained', told.join() === expected.join(), describe(events, 20));
  return { outageMs: null };
}

async function switchTo(
  context: Context,
  region: RegionName,
  kind: 'isolate' | 'return',
  to: RegionName,
): Promise<void> {
  const proxies = hostsWithRole('proxy', region).map(({ name }) => name);
  const servers = hostsWithRole('api', to).map(({ name }) => name);
  const before = await answersOf(proxies, servers);
  context.say(`regentctl identity ${kind} ${region}, under fresh tokens`);
  await orderIdentity(context, region, kind);
  const options = { timeoutMs: SWITCHED_WITHIN_MS, pauseMs: 100, signal: context.signal };
  const switched = await waitUntil('the switch', options, async () => {
    const used = await Promise.all(proxies.map((proxy) => serversInUse(proxy, 'keystone')));
    return { ok: used.every((each) => each?.join() === servers.join()), detail: used.join(' / ') };
  }).then(
    () => '',
    (error: unknown) => String(error),
  );
  await delay(WATCHED_MS, undefined, { signal: context.signal });
  const answered = (await answersOf(proxies, servers)) - before;
  const claim = `the Keystones of ${to} answer ${region} after the order to ${kind}`;
  context.check(claim, switched === '' && answered > 0, switched || `${answered} requests`);
  await checkFurther(context, { region, to, proxies, servers });
}

interface Switched {
  readonly region: RegionName;
  readonly to: RegionName;
  readonly proxies: readonly string[];
  readonly servers: readonly string[];
}

/** The address of administrators leads to the same Keystones, and the layer in front to their region. */
async function checkFurther(context: Context, { region, to, proxies, servers }: Switched): Promise<void> {
  for (const [backend, wanted, port] of [
    ['keystone-admin', servers, PORTS.keystoneAdmin],
    ['identity-front', [to], PORTS.identityFront],
  ] as const) {
    const used = await Promise.all(proxies.map((proxy) => serversInUse(proxy, backend)));
    const api = new IdentityApi(region, { address: virtualAddress(region), port });
    const { status } = await api.keystone('');
    const isRight = used.every((each) => each?.join() === wanted.join()) && status === 200;
    context.check(
      `backend ${backend} of ${region} has followed and answers`,
      isRight,
      `${used.join(' / ')}: ${status}`,
    );
  }
}

/** As an operator orders it on a node of the region. */
export async function orderIdentity(context: Context, region: RegionName, kind: 'isolate' | 'return'): Promise<void> {
  const [proxy] = hostsWithRole('proxy', region);
  const argv = ['regentctl', 'identity', kind, region];
  const { code, stdout, stderr } = await execHost(proxy?.name ?? '', argv, { timeoutMs: COMMAND_TIMEOUT_MS });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  context.check(`${region} obeys the order to ${kind}`, code === 0, stderr.trim() || last);
}

/** How many requests these servers have been given by these proxies. */
async function answersOf(proxies: readonly string[], servers: readonly string[]): Promise<number> {
  const counts = await Promise.all(proxies.map((proxy) => sessionsServed(proxy, 'keystone', servers)));
  return counts.reduce((sum, each) => sum + each, 0);
}

function checkAnswered(context: Context, client: ClientProcess, sinceMs: number): void {
  const samples = client.samples.filter((each) => each.startMs >= sinceMs);
  const failures = failuresBetween(samples, sinceMs);
  const first = failures[0] === undefined ? '' : `, first failure: ${failures[0].detail}`;
  const detail = `${samples.length - failures.length} of ${samples.length} fresh tokens were issued and used${first}`;
  context.check('no request fails', failures.length === 0 && samples.length > 0, detail);
}
