/**
 * Faults inside a MariaDB server, made by sessions of its own: a lock that is held, connections that are taken, a disk that
 * is full, an applier that cannot go on. Each returns when it is in force.
 */

import { rm } from 'node:fs/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { leaderOf, spawnInHost } from '../bed/exec.ts';
import { volumeDirectory } from '../bed/machine.ts';
import { sql } from '../bed/replication.ts';
import { run } from '../bed/run.ts';
import { waitUntil } from '../bed/wait.ts';
import { ROW_TABLE } from '../demo/row-writer.ts';
import type { Scene } from './row.ts';

const IN_FORCE_TIMEOUT_MS = 5_000;
/** Marks a session that holds something, so that it can be found and ended. */
const HOLD = 'SELECT SLEEP(600)';
const BUSY_SESSIONS = 16;
const CONNECTIONS_MAX = 400;
const TOO_MANY_CONNECTIONS = 'ER_CON_COUNT_ERROR';

/** Nobody can write to the primary any more; reads go on. */
export async function holdGlobalLock(scene: Scene): Promise<void> {
  await hold(scene, scene.primary, 'FLUSH TABLES WITH READ LOCK');
}

/** The replica goes on receiving and applies nothing that is about rows. @returns what ends it */
export async function holdApplier(scene: Scene, host: string): Promise<() => Promise<void>> {
  return hold(scene, host, `LOCK TABLES ${ROW_TABLE} READ`);
}

/** The replica's applier meets a table that is not there; afterwards it is put back and the applier goes on. */
export async function breakApplier({ onUndo }: Scene, host: string): Promise<void> {
  const away = `${ROW_TABLE}_away`;
  onUndo(async () => {
    await sql(host, `SET sql_log_bin=0; RENAME TABLE ${away} TO ${ROW_TABLE};`);
    await sql(host, 'START SLAVE SQL_THREAD;');
  });
  await sql(host, `SET sql_log_bin=0; RENAME TABLE ${ROW_TABLE} TO ${away};`);
  await waitUntil('an applier that has stopped', { timeoutMs: IN_FORCE_TIMEOUT_MS }, async () => {
    const status = await sql(host, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND='Slave_SQL';");
    return { ok: status.trim() === '0', detail: `${status.trim()} appliers run` };
  });
}

/** Fills the file system of the primary's data, which is its own and small. */
export async function fillDisk({ primary, onUndo }: Scene): Promise<void> {
  const file = `${volumeDirectory(primary, 'mysql')}/filler`;
  onUndo(() => rm(file, { force: true }));
  // Each ends when nothing fits any more, the second with what is left below a megabyte.
  await run(['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M']);
  const last = await run(['dd', 'if=/dev/zero', `of=${file}`, 'bs=4k', 'oflag=append', 'conv=notrunc']);
  if (!last.stderr.includes('No space left')) throw new Error(`the disk of ${primary} did not fill: ${last.stderr}`);
}

/** Takes every connection that the primary gives to an ordinary account. @returns what gives them back */
export async function holdConnections({ bed, primary, onUndo, check }: Scene): Promise<() => Promise<void>> {
  const taken: Connection[] = [];
  const release = async (): Promise<void> => {
    for (const each of taken.splice(0)) each.destroy();
  };
  onUndo(release);
  let refusal = '';
  while (refusal === '' && taken.length < CONNECTIONS_MAX) {
    try {
      taken.push(await ordinarySession(primary, bed.secrets.KEYSTONE_DATABASE_PASSWORD));
    } catch (error) {
      refusal = String((error as { readonly code?: unknown }).code);
    }
  }
  check('every connection is taken', refusal === TOO_MANY_CONNECTIONS, `${taken.length} taken, then ${refusal}`);
  return release;
}

/** More work for the primary's processor than there are processors. */
export async function keepBusy({ bed, primary, onUndo }: Scene): Promise<void> {
  const password = bed.secrets.KEYSTONE_DATABASE_PASSWORD;
  const sessions = await Promise.all(Array.from({ length: BUSY_SESSIONS }, () => ordinarySession(primary, password)));
  onUndo(async () => {
    const kills = sessions.map((each) => `KILL ${each.threadId};`).join(' ');
    for (const each of sessions) each.destroy();
    await sql(primary, kills).catch(() => undefined);
  });
  // They never end by themselves; that they were ended is no failure.
  for (const each of sessions) each.query("SELECT BENCHMARK(100000000000, SHA2('regent', 512))").catch(() => undefined);
}

async function ordinarySession(host: string, password: string): Promise<Connection> {
  const socketPath = `/proc/${await leaderOf(host)}/root/run/mysqld/mysqld.sock`;
  const session = await createConnection({
    socketPath,
    user: 'keystone',
    password,
    connectTimeout: IN_FORCE_TIMEOUT_MS,
  });
  session.on('error', () => undefined);
  return session;
}

/** A session of root that takes something and keeps it. @returns what ends it; it is ended in any case */
async function hold({ onUndo }: Scene, host: string, statement: string): Promise<() => Promise<void>> {
  const { child } = await spawnInHost(host, ['mariadb', '-e', `${statement}; ${HOLD}`]);
  const release = async (): Promise<void> => {
    child.kill('SIGKILL');
    // A server that was killed meanwhile holds nothing any more.
    const ids = await holders(host).catch(() => []);
    if (ids.length > 0) await sql(host, ids.map((id) => `KILL ${id};`).join(' ')).catch(() => undefined);
  };
  onUndo(release);
  await waitUntil(`${statement} on ${host}`, { timeoutMs: IN_FORCE_TIMEOUT_MS, pauseMs: 50 }, async () => {
    const ids = await holders(host);
    return { ok: ids.length > 0, detail: 'no session holds it' };
  });
  return release;
}

async function holders(host: string): Promise<readonly string[]> {
  const printed = await sql(host, `SELECT ID FROM information_schema.PROCESSLIST WHERE INFO = '${HOLD}';`);
  return printed.split('\n').filter((line) => line !== '');
}
