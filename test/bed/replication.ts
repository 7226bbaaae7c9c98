/**
 * Puts the four databases into the state of a healthy cloud: one open primary, three replicas that follow it by GTID, one of
 * them acknowledging (semi-sync). This is what an operator did by hand before regent came; regent adopts it.
 */

import { execHost } from './exec.ts';
import type { Secrets } from './seed.ts';
import {
  FIRST_ACKER,
  FIRST_PRIMARY,
  type Host,
  hostByName,
  hostsWithRole,
  PORTS,
  replicationAccount,
} from './topology.ts';
import { waitUntil } from './wait.ts';

const SERVER_TIMEOUT_MS = 60_000;

/** Runs SQL as root on a host's own server and returns its output, tab-separated without headings. */
export async function sql(host: string, statements: string): Promise<string> {
  const outcome = await execHost(host, ['mariadb', '--batch', '--skip-column-names'], { input: statements });
  if (outcome.code !== 0) throw new Error(`${host}: ${outcome.stderr.trim()}`);
  return outcome.stdout;
}

/** @throws NotInTime when a server does not answer or a replica does not follow */
export async function startReplication(secrets: Secrets, signal?: AbortSignal): Promise<void> {
  const servers = hostsWithRole('db');
  const options = { timeoutMs: SERVER_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
  await Promise.all(servers.map(({ name }) => waitUntil(`MariaDB on ${name}`, options, () => answers(name))));
  const replicas = servers.filter(({ name }) => name !== FIRST_PRIMARY);
  await Promise.all(replicas.map((host) => sql(host.name, followStatements(host, secrets))));
  await sql(FIRST_PRIMARY, 'SET GLOBAL rpl_semi_sync_master_enabled=1; SET GLOBAL read_only=0;');
  await Promise.all(replicas.map(({ name }) => waitUntil(`replication to ${name}`, options, () => follows(name))));
}

function followStatements(host: Host, secrets: Secrets): string {
  const primary = hostByName(FIRST_PRIMARY);
  return `SET GLOBAL rpl_semi_sync_slave_enabled=${host.name === FIRST_ACKER ? 1 : 0};
CHANGE MASTER TO MASTER_HOST='${primary.address}', MASTER_PORT=${PORTS.database}, MASTER_USER='${replicationAccount(host)}',
  MASTER_PASSWORD='${secrets.REPLICATION_PASSWORD}', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=1;
START SLAVE;
`;
}

async function answers(host: string): Promise<{ ok: boolean; detail: string }> {
  const outcome = await execHost(host, ['mariadb', '--batch', '-e', 'SELECT 1']);
  return { ok: outcome.code === 0, detail: outcome.stderr };
}

async function follows(host: string): Promise<{ ok: boolean; detail: string }> {
  const outcome = await execHost(host, ['mariadb', '-e', 'SHOW SLAVE STATUS\\G']);
  const running = [...outcome.stdout.matchAll(/Slave_(?:IO|SQL)_Running: Yes/g)].length;
  const errors = /Last_(?:IO|SQL)_Error: (.+)/.exec(outcome.stdout)?.[1] ?? '';
  return { ok: running === 2, detail: `${running} of 2 threads run ${errors} ${outcome.stderr}` };
}
