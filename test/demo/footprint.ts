/**
 * Everything that must not move while regent has no reason to move it, as one comparable value: owners of the addresses,
 * servers in use behind the proxies, who is open, who follows whom, and which processes run. Between two footprints a watch
 * looks several times a second, so that a move and its undoing are seen as well.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { execHost } from '../bed/exec.ts';
import { sql } from '../bed/replication.ts';
import { HOSTS, type Host, hostsWithRole, REGIONS } from '../bed/topology.ts';
import { ownersOf, serversInUse } from './host-facts.ts';
import { followingOf } from './replica.ts';

/** What is where: `address north` → `north-1`, `mariadb.service on north-3` → its invocation. */
export type Footprint = Readonly<Record<string, string>>;

const UNITS_OF_ROLE = {
  api: ['keystone.service', 'placement-api.service', 'glance-api.service', 'memcached.service'],
  proxy: ['haproxy.service', 'keepalived.service'],
  db: ['mariadb.service'],
} as const;

const WATCH_MS = 250;

/** Looks at everything once. */
export async function takeFootprint(): Promise<Footprint> {
  const parts = await Promise.all([fastPart(), replicationPart(), unitsPart()]);
  return Object.assign({}, ...parts);
}

/** What is different, as `thing: before -> after`. */
export function differences(before: Footprint, after: Footprint): readonly string[] {
  const things = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return things
    .filter((thing) => before[thing] !== after[thing])
    .map((thing) => `${thing}: ${before[thing] ?? 'nothing'} -> ${after[thing] ?? 'nothing'}`);
}

/** Watches addresses and proxies until it is stopped. @returns a function that ends it and tells what moved meanwhile */
export async function watchMoves(): Promise<() => Promise<readonly string[]>> {
  const before = await fastPart();
  const moves = new Set<string>();
  let isStopping = false;
  const running = (async () => {
    while (!isStopping) {
      await delay(WATCH_MS);
      for (const each of differences(before, await fastPart())) moves.add(each);
    }
  })();
  return async () => {
    isStopping = true;
    await running;
    return [...moves];
  };
}

async function fastPart(): Promise<Footprint> {
  const found: Record<string, string> = {};
  for (const region of REGIONS) found[`address ${region}`] = (await ownersOf(region)).join(' and ');
  for (const host of hostsWithRole('proxy')) {
    for (const backend of ['keystone', 'keystone-admin', 'identity-front', 'database']) {
      found[`${backend} servers on ${host.name}`] = (await serversInUse(host.name, backend))?.join(' ') ?? 'no answer';
    }
  }
  return found;
}

async function replicationPart(): Promise<Footprint> {
  const entries = await Promise.all(
    hostsWithRole('db').map(async ({ name }) => {
      const [open, { source }] = await Promise.all([isOpen(name), followingOf(name)]);
      return [`database on ${name}`, `${open}, follows ${source || 'nobody'}`] as const;
    }),
  );
  return Object.fromEntries(entries);
}

async function isOpen(host: string): Promise<string> {
  const readOnly = await sql(host, 'SELECT @@read_only;').catch(() => 'no answer');
  return { '0': 'open', '1': 'read-only' }[readOnly.trim()] ?? 'no answer';
}

async function unitsPart(): Promise<Footprint> {
  return Object.assign({}, ...(await Promise.all(HOSTS.filter((host) => host.roles.length > 0).map(unitsOf))));
}

async function unitsOf(host: Host): Promise<Footprint> {
  const units = host.roles.flatMap((role) => [...UNITS_OF_ROLE[role]]);
  const argv = ['systemctl', 'show', '--property=Id,InvocationID,NRestarts,ActiveState', ...units];
  const { stdout } = await execHost(host.name, argv);
  const found: Record<string, string> = {};
  for (const block of stdout.trim().split('\n\n')) {
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(block)?.[1] ?? '';
    found[`${value('Id')} on ${host.name}`] = `${value('ActiveState')} ${value('InvocationID')} ${value('NRestarts')}`;
  }
  return found;
}
