/**
 * Reads all that regent wants to know of a MariaDB server in one go and translates MariaDB's words. It reads only.
 */
import { contains } from '../core/database/gtid.ts';
import type { GtidPosition } from '../core/database/state.ts';
import { type ReplicationLook, type ServerLook, ServerUnreachable } from './database-server.ts';
import { configuredId } from './mariadb-identity.ts';
import type { Bounds, MariadbSession, Row } from './mariadb-session.ts';

const VARIABLES =
  'SELECT @@version AS version, @@GLOBAL.server_id AS serverId, @@read_only AS readOnly, @@log_slave_updates AS logs, ' +
  '@@gtid_slave_pos AS slavePos, @@gtid_binlog_pos AS binlogPos, @@gtid_binlog_state AS binlogState, ' +
  '@@rpl_semi_sync_master_enabled AS semiPrimary, @@rpl_semi_sync_slave_enabled AS semiReplica';

const SEMI_SYNC = 'SELECT @@rpl_semi_sync_master_enabled AS semiPrimary, @@rpl_semi_sync_slave_enabled AS semiReplica';

const STATUS =
  "SHOW GLOBAL STATUS WHERE Variable_name IN ('Rpl_semi_sync_master_status', 'Rpl_semi_sync_master_clients', " +
  "'Rpl_semi_sync_master_no_tx')";

const APPLIED = 'SELECT @@gtid_slave_pos AS slavePos';

const SOURCE = 'SHOW ALL SLAVES STATUS';

const FOLLOWERS = "SELECT COUNT(*) AS followers FROM information_schema.PROCESSLIST WHERE COMMAND = 'Binlog Dump'";

/** The columns of `SHOW ALL SLAVES STATUS` that are used, as MariaDB names them. */
interface SourceRow {
  readonly Master_User: string;
  readonly Master_Host: string;
  readonly Master_Port: number | string;
  readonly Slave_IO_Running: string;
  readonly Slave_SQL_Running: string;
  readonly Gtid_IO_Pos: string;
  readonly Relay_Log_File: string;
  readonly Relay_Log_Pos: number | string;
  readonly Last_IO_Errno: number | string;
  readonly Last_IO_Error: string;
  readonly Last_SQL_Errno: number | string;
  readonly Last_SQL_Error: string;
  readonly Seconds_Behind_Master: number | string | null;
}

/** How the receiver stands: `connecting` has a source that does not answer (yet). */
export type Receiver = 'stopped' | 'connecting' | 'receiving';

/** @throws ServerUnreachable, ServerRefused */
export async function lookAt(session: MariadbSession, bounds: Bounds): Promise<Omit<ServerLook, 'accounts'>> {
  const [[variables] = [], status, [row] = [], [dumps] = []] = await session.queryAll(
    [VARIABLES, STATUS, SOURCE, FOLLOWERS],
    bounds,
  );
  if (variables === undefined || status === undefined)
    throw new ServerUnreachable('an empty answer', { code: 'Empty' });
  const source = row as SourceRow | undefined;
  const hasLeftover = source !== undefined && (await hasUnappliedLeftover(session, source, bounds));
  const appliedPos = plain(variables.slavePos);
  return {
    version: plain(variables.version),
    serverId: configuredId(Number(variables.serverId)),
    readOnly: isOn(variables.readOnly),
    logsReplicated: isOn(variables.logs),
    appliedPos,
    binlogPos: plain(variables.binlogPos),
    binlogState: plain(variables.binlogState),
    replication: source === undefined ? null : replicationOf(source, appliedPos, hasLeftover),
    semiSync: semiSyncOf(variables, valuesOf(status)),
    followers: Number(dumps?.followers ?? 0),
  };
}

/** How the receiving thread of this server stands. */
export async function receiverOf(session: MariadbSession, bounds: Bounds): Promise<Receiver> {
  const source = await readSource(session, bounds);
  if (source === undefined || source.Slave_IO_Running === 'No') return 'stopped';
  return source.Slave_IO_Running === 'Yes' ? 'receiving' : 'connecting';
}

/** Only how its replication stands, for a server that somebody waits for. */
export async function replicationAt(session: MariadbSession, bounds: Bounds): Promise<ReplicationLook | null> {
  // First: what is received and applied after this makes it look less drained than it is, never more.
  const [[position] = [], [row] = []] = await session.queryAll([APPLIED, SOURCE], bounds);
  const source = row as SourceRow | undefined;
  if (source === undefined) return null;
  return replicationOf(source, plain(position?.slavePos), await hasUnappliedLeftover(session, source, bounds));
}

/** Up to where the server has applied what it received. */
export async function appliedAt(session: MariadbSession, bounds: Bounds): Promise<GtidPosition> {
  const [row] = await session.query(APPLIED, [], bounds);
  return plain(row?.slavePos);
}

/** All that the server has in its binary log, by origin. */
export async function binlogStateAt(session: MariadbSession, bounds: Bounds): Promise<GtidPosition> {
  const [row] = await session.query('SELECT @@gtid_binlog_state AS binlogState', [], bounds);
  return plain(row?.binlogState);
}

/** How the server stands to commits and their acknowledgement. */
export async function semiSyncAt(session: MariadbSession, bounds: Bounds): Promise<ServerLook['semiSync']> {
  const [[variables] = [], status = []] = await session.queryAll([SEMI_SYNC, STATUS], bounds);
  return semiSyncOf(variables ?? {}, valuesOf(status));
}

/** What a server that is to be opened has to be asked, in one message. */
export async function semiSyncAndSource(
  session: MariadbSession,
  bounds: Bounds,
): Promise<{ readonly hasSource: boolean; readonly semiSync: ServerLook['semiSync'] }> {
  const [[variables] = [], status = [], [source] = []] = await session.queryAll([SEMI_SYNC, STATUS, SOURCE], bounds);
  return { hasSource: source !== undefined, semiSync: semiSyncOf(variables ?? {}, valuesOf(status)) };
}

export async function hasSource(session: MariadbSession, bounds: Bounds): Promise<boolean> {
  return (await readSource(session, bounds)) !== undefined;
}

/** The one source of this server; regent knows no server with several. */
async function readSource(session: MariadbSession, bounds: Bounds): Promise<SourceRow | undefined> {
  const rows = await session.query(SOURCE, [], bounds);
  return rows[0] as Row & SourceRow;
}

/**
 * After a restart MariaDB shows no received position although the relay log may still hold transactions (and starting
 * replication would throw them away), so the relay log itself is asked what comes after the applied place.
 */
async function hasUnappliedLeftover(session: MariadbSession, source: SourceRow, bounds: Bounds): Promise<boolean> {
  const file = source.Relay_Log_File;
  if (plain(source.Gtid_IO_Pos) !== '' || file === '') return false;
  const sql = `SHOW RELAYLOG EVENTS IN ? FROM ${Number(source.Relay_Log_Pos)} LIMIT 5`;
  const events = await session.query(sql, [file], bounds);
  return events.some((event) => event.Event_type === 'Gtid');
}

type Status = ReadonlyMap<unknown, unknown>;

const valuesOf = (rows: readonly Row[]): Status => new Map(rows.map((row) => [row.Variable_name, row.Value]));

function semiSyncOf({ semiPrimary, semiReplica }: Row, status: Status): ServerLook['semiSync'] {
  return {
    primaryEnabled: isOn(semiPrimary),
    primaryActive: isOn(status.get('Rpl_semi_sync_master_status')),
    clients: Number(status.get('Rpl_semi_sync_master_clients') ?? 0),
    unacknowledged: Number(status.get('Rpl_semi_sync_master_no_tx') ?? 0),
    replicaEnabled: isOn(semiReplica),
  };
}

function replicationOf(source: SourceRow, appliedPos: string, hasLeftover: boolean): ReplicationLook {
  const receivedPos = plain(source.Gtid_IO_Pos);
  return {
    account: source.Master_User,
    sourceHost: source.Master_Host,
    sourcePort: Number(source.Master_Port),
    receiving: source.Slave_IO_Running === 'Yes',
    // Also while it is `Preparing`, right after its start.
    connecting: !['Yes', 'No'].includes(source.Slave_IO_Running),
    applying: source.Slave_SQL_Running === 'Yes',
    receivedPos,
    drained: contains(appliedPos, receivedPos) && !hasLeftover,
    applyError: errorOf(source.Last_SQL_Errno, source.Last_SQL_Error),
    receiveError: errorOf(source.Last_IO_Errno, source.Last_IO_Error),
    lagSeconds: source.Seconds_Behind_Master === null ? null : Number(source.Seconds_Behind_Master),
  };
}

function errorOf(number: number | string, text: string): string | null {
  return Number(number) === 0 ? null : `${number}: ${text}`;
}

/** MariaDB breaks long GTID lists into lines. */
function plain(value: unknown): string {
  return String(value ?? '').replaceAll('\n', '');
}

function isOn(value: unknown): boolean {
  return ['1', 'ON', 'YES'].includes(String(value).toUpperCase());
}
