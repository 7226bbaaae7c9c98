/**
 * Turns a MariaDB server's replication on, off and round. Starting any replication thread throws away what was received
 * and not applied, so nothing here starts a thread that need not be started, and nothing forgets a source before all of
 * it was applied. Every change is read back.
 */
import { type FollowOptions, type Seen, type ServerLook, ServerRefused } from './database-server.ts';
import { bearOwnId, bearReplicaId } from './mariadb-identity.ts';
import { binlogStateAt, hasSource, lookAt, receiverOf, replicationAt } from './mariadb-look.ts';
import type { Bounds, MariadbSession } from './mariadb-session.ts';

export interface ReplicationAccount {
  readonly user: string;
  readonly password: string;
}

/** How often a replica tries to reach its source again, and how often an idle source says that it lives, in s. */
const RECONNECT_SECONDS = 1;
const HEARTBEAT_SECONDS = 1;

/** After this much silence the receiver says so itself. 3 heartbeats: two losses are noise. */
const SILENCE_SECONDS = 3;

/** Host names and addresses; a placeholder would carry anything, but a source that is none of these is a mistake. */
const HOST = /^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$/;

const POINT =
  'CHANGE MASTER TO MASTER_HOST=?, MASTER_PORT=?, MASTER_USER=?, MASTER_PASSWORD=?, ' +
  `MASTER_CONNECT_RETRY=${RECONNECT_SECONDS}, MASTER_HEARTBEAT_PERIOD=${HEARTBEAT_SECONDS}, MASTER_USE_GTID=slave_pos`;

/** Stops the receiver; the applier goes on. */
export async function stopReceiving(session: MariadbSession, bounds: Bounds): Promise<void> {
  await session.query('STOP SLAVE IO_THREAD', [], bounds);
  if ((await receiverOf(session, bounds)) !== 'stopped') throw notReadBack('the receiver still runs');
}

export async function resumeReplication(session: MariadbSession, bounds: Bounds): Promise<void> {
  const { replication } = await lookAt(session, bounds);
  if (replication === null) throw new ServerRefused('there is no source to replicate from', { code: 'NotAReplica' });
  const isStopped = (await receiverOf(session, bounds)) === 'stopped';
  await bearReplicaId(session, bounds);
  if (isStopped && replication.applying) await session.query('START SLAVE IO_THREAD', [], bounds);
  else if (isStopped || !replication.applying) await session.query('START SLAVE', [], bounds);
  await assertStarted(session, bounds);
}

/** See the port: nothing that a dying source sends on slips in between the judgement and the new source. */
export async function standStill(
  session: MariadbSession,
  { binlogState, mayForget }: Seen,
  bounds: Bounds,
): Promise<boolean> {
  if (await hasSource(session, bounds)) {
    await stopReceiving(session, bounds);
    const replication = await replicationAt(session, bounds);
    if (!mayForget && replication?.drained === false) return false;
    await session.query('STOP SLAVE', [], bounds);
  }
  return (await binlogStateAt(session, bounds)) === binlogState;
}

/** Stops replication and forgets the source; refuses while something received is not applied. */
export async function detach(session: MariadbSession, bounds: Bounds): Promise<void> {
  if (!(await hasSource(session, bounds))) return;
  await session.query('STOP SLAVE IO_THREAD', [], bounds);
  const replication = await replicationAt(session, bounds);
  if (replication?.receiving || replication?.connecting) throw notReadBack('the receiver still runs');
  if (replication?.drained === false)
    throw new ServerRefused('received transactions are not applied yet', { code: 'NotDrained' });
  await session.queryAll(['STOP ALL SLAVES', 'RESET SLAVE ALL'], bounds);
  if (await hasSource(session, bounds)) throw notReadBack('the server still has a source');
}

/** Replicates from another server; does nothing when it does so already. */
export async function follow(
  session: MariadbSession,
  account: ReplicationAccount,
  options: FollowOptions,
  bounds: Bounds,
): Promise<void> {
  assertSource(options.host, options.port);
  const before = await lookAt(session, bounds);
  if (!before.readOnly) throw new ServerRefused('an open server cannot follow; close it first', { code: 'NotClosed' });
  if (followsAsWanted(before, options)) return;
  await session.query('STOP SLAVE', [], bounds);
  await session.query(
    'SET GLOBAL rpl_semi_sync_master_enabled=OFF, GLOBAL rpl_semi_sync_slave_enabled=?, GLOBAL slave_net_timeout=?',
    [options.acknowledge ? 1 : 0, SILENCE_SECONDS],
    bounds,
  );
  await pointAt(session, account, options, bounds);
  await bearReplicaId(session, bounds);
  await session.query('START SLAVE', [], bounds);
  await assertStarted(session, bounds);
}

/** Names the source; both threads must be stopped. What was received and not applied is forgotten. */
export async function pointAt(
  session: MariadbSession,
  account: ReplicationAccount,
  { host, port, demote }: Pick<FollowOptions, 'host' | 'port' | 'demote'>,
  bounds: Bounds,
): Promise<void> {
  await bearOwnId(session, bounds);
  const statement = demote ? `${POINT}, MASTER_DEMOTE_TO_SLAVE=1` : POINT;
  await session.query(statement, [host, port, account.user, account.password], bounds);
}

/** @throws ServerRefused with `InvalidValue` */
export function assertSource(host: string, port: number): void {
  if (!HOST.test(host) || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw new ServerRefused(`not a source: ${host}:${port}`, { code: 'InvalidValue' });
}

function followsAsWanted(
  { replication, semiSync }: Pick<ServerLook, 'replication' | 'semiSync'>,
  { host, port, demote, acknowledge }: FollowOptions,
): boolean {
  if (demote || replication === null) return false;
  const isSource = replication.sourceHost === host && replication.sourcePort === port;
  const isRunning = replication.receiving && replication.applying;
  return isSource && isRunning && semiSync.replicaEnabled === acknowledge && !semiSync.primaryEnabled;
}

/** Both threads run, or the receiver is still trying; an error of either shows in the next look. */
async function assertStarted(session: MariadbSession, bounds: Bounds): Promise<void> {
  const { replication } = await lookAt(session, bounds);
  if (replication?.applying !== true) throw notReadBack(replication?.applyError ?? 'the applier does not run');
  if ((await receiverOf(session, bounds)) === 'stopped')
    throw notReadBack(replication.receiveError ?? 'the receiver does not run');
}

function notReadBack(detail: string): ServerRefused {
  return new ServerRefused(detail, { code: 'NotReadBack' });
}
