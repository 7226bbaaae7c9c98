/**
 * What the bed looks like right now, on one screen, taken from the hosts themselves. It judges nothing.
 */

import { isFrozen } from './control-group.ts';
import { listCuts } from './cuts.ts';
import { execHost, leaderOf } from './exec.ts';
import { addressOwners } from './readiness.ts';
import { sql } from './replication.ts';
import { HOSTS, type Host, REGIONS, virtualAddress } from './topology.ts';

export interface HostStatus {
  readonly name: string;
  readonly address: string;
  readonly state: 'down' | 'frozen' | 'running';
  readonly failedUnits: readonly string[];
  /** Of the database on this host; undefined where there is none or it does not answer. */
  readonly database?: 'open' | 'read-only';
}

export interface BedStatus {
  readonly hosts: readonly HostStatus[];
  readonly addresses: readonly {
    readonly region: string;
    readonly address: string;
    readonly owners: readonly string[];
  }[];
  readonly cuts: readonly string[];
}

export async function bedStatus(): Promise<BedStatus> {
  const hosts = await Promise.all(HOSTS.map(hostStatus));
  const isUp = hosts.every((host) => host.state !== 'down');
  const addresses = await Promise.all(
    REGIONS.map(async (region) => ({
      region,
      address: virtualAddress(region),
      owners: isUp ? await addressOwners(region) : [],
    })),
  );
  const cuts = (await listCuts()).map(({ from, to }) => `${from} -> ${to}`);
  return { hosts, addresses, cuts };
}

/** The status as lines for people. */
export function formatStatus(status: BedStatus): readonly string[] {
  const lines = status.hosts.map((host) => {
    const database = host.database === undefined ? '' : `  database ${host.database}`;
    const failed = host.failedUnits.length === 0 ? '' : `  failed: ${host.failedUnits.join(', ')}`;
    return `${host.name.padEnd(10)} ${host.address.padEnd(13)} ${host.state.padEnd(8)}${database}${failed}`;
  });
  for (const { region, address, owners } of status.addresses) {
    lines.push(
      `${region.padEnd(10)} ${address.padEnd(13)} address on ${owners.length === 0 ? 'nobody' : owners.join(' and ')}`,
    );
  }
  lines.push(status.cuts.length === 0 ? 'no cuts' : `cuts: ${status.cuts.join(', ')}`);
  return lines;
}

async function hostStatus(host: Host): Promise<HostStatus> {
  const base = { name: host.name, address: host.address };
  const leader = await leaderOf(host.name).catch(() => undefined);
  if (leader === undefined) return { ...base, state: 'down', failedUnits: [] };
  if (await isFrozen(host.name)) return { ...base, state: 'frozen', failedUnits: [] };
  const failed = await execHost(host.name, ['systemctl', 'list-units', '--failed', '--plain', '--no-legend']);
  const failedUnits = failed.stdout
    .split('\n')
    .flatMap((line) => line.split(' ').slice(0, 1))
    .filter((unit) => unit !== '');
  const database = host.serverId === undefined ? undefined : await databaseState(host.name);
  return { ...base, state: 'running', failedUnits, ...(database === undefined ? {} : { database }) };
}

async function databaseState(host: string): Promise<'open' | 'read-only' | undefined> {
  const readOnly = await sql(host, 'SELECT @@read_only').catch(() => '');
  if (readOnly.trim() === '') return undefined;
  return readOnly.trim() === '0' ? 'open' : 'read-only';
}
