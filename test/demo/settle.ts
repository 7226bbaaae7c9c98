/**
 * When the cloud is at rest again: one open database that all others follow, one owner per address, every region's
 * identity at home, every agent running. Scenarios begin and end there, so that none is measured on another's ruins.
 */

import { sql } from '../bed/replication.ts';
import { hostByName, hostsWithRole, REGIONS, type RegionName } from '../bed/topology.ts';
import { type Attempt, waitUntil } from '../bed/wait.ts';
import { ownersOf, serversInUse } from './host-facts.ts';
import { follows } from './replica.ts';

export interface SettleOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Databases that need not follow, because regent has quarantined them and said so; it may do so while this waits. */
  readonly quarantined?: () => Promise<readonly string[]>;
}

/** Waits for rest. @returns the host of the primary. @throws NotInTime saying what is still not at rest */
export async function settle(options: SettleOptions): Promise<string> {
  const { timeoutMs, signal } = options;
  let primary = '';
  let quarantined: readonly string[] = [];
  await waitUntil('the cloud at rest', { timeoutMs, pauseMs: 500, signal }, async () => {
    const state = await unrest(quarantined);
    primary = state.primary;
    // Only then, and for the next look: it is read out of the journals of all hosts.
    if (!state.attempt.ok && options.quarantined !== undefined) quarantined = await options.quarantined();
    return state.attempt;
  });
  return primary;
}

/** Hosts whose database is open. */
export async function openDatabases(): Promise<readonly string[]> {
  const hosts = hostsWithRole('db').map((each) => each.name);
  const values = await Promise.all(hosts.map((host) => sql(host, 'SELECT @@read_only;').catch(() => 'no answer')));
  return hosts.filter((_, index) => values[index]?.trim() === '0');
}

/** Controllers that serve a region's identity when it is at home. */
export function homeControllers(primary: string): readonly string[] {
  return hostsWithRole('api', hostByName(primary).site).map((each) => each.name);
}

async function unrest(
  quarantined: readonly string[],
): Promise<{ readonly primary: string; readonly attempt: Attempt }> {
  const open = await openDatabases();
  const [primary] = open;
  if (primary === undefined || open.length !== 1)
    return no('', `${open.length} databases are open: ${open.join(', ')}`);
  const replicas = hostsWithRole('db').filter((each) => each.name !== primary && !quarantined.includes(each.name));
  for (const replica of replicas) {
    const attempt = await follows(replica.name, primary);
    if (!attempt.ok) return no(primary, attempt.detail);
  }
  for (const region of REGIONS) {
    const problem = await regionUnrest(region, primary);
    if (problem !== '') return no(primary, problem);
  }
  return { primary, attempt: { ok: true, detail: '' } };
}

async function regionUnrest(region: RegionName, primary: string): Promise<string> {
  const owners = await ownersOf(region);
  if (owners.length !== 1) return `${owners.length} hosts carry the address of ${region}`;
  const home = homeControllers(primary).join(' ');
  for (const { name } of hostsWithRole('proxy', region)) {
    const servers = (await serversInUse(name, 'keystone'))?.join(' ');
    if (servers !== home) return `${name} sends identity to ${servers ?? 'nobody'} instead of ${home}`;
  }
  return '';
}

function no(primary: string, detail: string): { readonly primary: string; readonly attempt: Attempt } {
  return { primary, attempt: { ok: false, detail } };
}
