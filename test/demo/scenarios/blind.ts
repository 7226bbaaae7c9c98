/**
 * Both stores are gone for a minute, and then regent itself is stopped and started again. Nothing may move: no address, no
 * route, no replica, no unit (I5, I6). The primary stays the same and takes every write: the other database agents promise
 * it to open nothing. At the end one fault is handled, as proof that regent still lives.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { startUnit, stopUnit } from '../../bed/faults.ts';
import { HOSTS, REGIONS } from '../../bed/topology.ts';
import type { ClientProcess } from '../client-process.ts';
import { differences, takeFootprint, watchMoves } from '../footprint.ts';
import { nowMs } from '../moment.ts';
import { failuresBetween } from '../outage.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';
import { crashPrimary, DATABASE_CRASH_BOUND_MS } from './database-crash.ts';
import { homeAndAway } from './regions.ts';

const BLIND_MS = 60_000;
const SAY_EVERY_MS = 10_000;
const UNMANAGED_MS = 10_000;
/** What the stores' return sets going is over by then. */
const REST_MS = 3_000;

export const blind: Scenario = {
  name: 'blind',
  what: 'all etcd members are stopped for 60 s; then all agents are stopped in order and started again',
  promise: 'nothing moves or restarts; the primary takes every write',
  boundMs: null,
  dualWritableMaxMs: 0,
  control: 'skip',
  run,
};

async function run(context: Context): Promise<Figures> {
  await withoutStores(context);
  await withoutAgents(context);
  context.say('proof of life: one fault, handled');
  const recoveredMs = await crashPrimary(context);
  context.check(
    `afterwards a crash of the primary is handled within ${DATABASE_CRASH_BOUND_MS / 1000} s`,
    recoveredMs !== undefined && recoveredMs <= DATABASE_CRASH_BOUND_MS,
    recoveredMs === undefined ? 'not recovered' : `writes again after ${(recoveredMs / 1000).toFixed(1)} s`,
  );
  return { outageMs: null };
}

async function withoutStores(context: Context): Promise<void> {
  const { home, primary } = homeAndAway(context);
  const before = await takeFootprint();
  const movesSeen = await watchMoves();
  const readers = await Promise.all(REGIONS.map((region) => context.client({ region, tasks: ['tokens'] })));
  const writer = await context.client({ region: home, tasks: ['writes'] });
  const sinceMs = nowMs();
  try {
    context.say('stopping every etcd member of both stores');
    await eachStore(stopUnit);
    for (let restMs = BLIND_MS; restMs > 0; restMs -= SAY_EVERY_MS) {
      context.say(`no store for another ${restMs / 1000} s`);
      await delay(SAY_EVERY_MS, undefined, { signal: context.signal });
    }
  } finally {
    context.say('starting every etcd member again');
    await eachStore(startUnit);
  }
  await delay(REST_MS, undefined, { signal: context.signal });
  await Promise.all([...readers, writer].map((client) => client.stop()));
  const moved = [...(await movesSeen()), ...differences(before, await takeFootprint())];
  context.check('without stores nothing moves or restarts', moved.length === 0, listed(moved));
  context.check(
    'the primary is the same',
    context.databases.open.join(' ') === primary,
    context.databases.open.join(', '),
  );
  stayedWritable(context, `${primary} stays writable without any store`, writer, sinceMs);
  for (const reader of readers) {
    const failures = failuresBetween(reader.samples, sinceMs);
    const detail = `${reader.samples.length - failures.length} of ${reader.samples.length} tokens`;
    context.check(`tokens of ${reader.region} go on working`, failures.length * 10 <= reader.samples.length, detail);
  }
}

async function withoutAgents(context: Context): Promise<void> {
  const { home, primary } = homeAndAway(context);
  const before = await takeFootprint();
  const movesSeen = await watchMoves();
  const writer = await context.client({ region: home, tasks: ['writes'] });
  const sinceMs = nowMs();
  context.say('stopping all agents in order');
  await context.regent.stopAgents();
  await delay(UNMANAGED_MS, undefined, { signal: context.signal });
  context.say('starting all agents again');
  await context.regent.startAgents();
  await delay(REST_MS, undefined, { signal: context.signal });
  await writer.stop();
  const moved = [...(await movesSeen()), ...differences(before, await takeFootprint())];
  context.check(
    'with the agents stopped and started again nothing moves or restarts',
    moved.length === 0,
    listed(moved),
  );
  stayedWritable(context, `${primary} stays writable while the agents are away`, writer, sinceMs);
}

function stayedWritable(context: Context, claim: string, writer: ClientProcess, sinceMs: number): void {
  const failures = failuresBetween(writer.samples, sinceMs);
  const all = `${writer.samples.length} writes`;
  context.check(
    claim,
    failures.length === 0,
    failures[0] === undefined ? all : `${failures.length} of ${all} failed, ${failures[0].detail}`,
  );
}

async function eachStore(act: (host: string, unit: string) => Promise<void>): Promise<void> {
  const units = HOSTS.flatMap((host) => [
    ...(host.regionalStore ? [{ host: host.name, unit: 'etcd.service' }] : []),
    ...(host.globalStore ? [{ host: host.name, unit: 'etcd-global.service' }] : []),
  ]);
  await Promise.all(units.map(({ host, unit }) => act(host, unit)));
}

function listed(moved: readonly string[]): string {
  return moved.length === 0 ? 'nothing did' : moved.slice(0, 6).join('; ');
}
