/** Transactions of the model servers. The id is what a client wrote: two transactions may bear the same GTID and differ. */
import type { WriteProbeRow } from '../../../src/actuator/database-server.ts';

export interface Transaction {
  readonly serverId: number;
  readonly seq: number;
  readonly id: string;
  readonly probe: WriteProbeRow | undefined;
}

/** As MariaDB prints it; empty when there is none. */
export function gtidOf(transaction: Transaction | undefined): string {
  return transaction === undefined ? '' : `0-${transaction.serverId}-${transaction.seq}`;
}

/** The last transaction of every server, as `gtid_binlog_state`. */
export function binlogStateOf(binlog: readonly Transaction[]): string {
  const last = new Map<number, number>();
  let previous: Transaction | undefined;
  for (const transaction of binlog) {
    if (previous !== undefined && previous.serverId !== transaction.serverId) last.set(previous.serverId, previous.seq);
    previous = transaction;
  }
  if (previous !== undefined) last.set(previous.serverId, previous.seq);
  return [...last].map(([serverId, seq]) => `0-${serverId}-${seq}`).join(',');
}

/** @returns where a binary log goes on behind that transaction; undefined if it has not got it (error 1236) */
export function indexAfter(binlog: readonly Transaction[], position: Transaction | undefined): number | undefined {
  if (position === undefined) return 0;
  const index = binlog.findIndex((t) => t.seq === position.seq && t.serverId === position.serverId);
  return index < 0 ? undefined : index + 1;
}

/**
 * The server's own transactions that crash recovery finds in its binary log only: what waits for its acknowledgement, and
 * the last ones before, which clients were told of.
 * @param slavePos - is kept in the engine: what came before it was committed for good together with it
 */
export function inDoubtOf(
  binlog: readonly Transaction[],
  slavePos: Transaction | undefined,
  waiting: Transaction | undefined,
  uncommitted: number,
): ReadonlySet<Transaction> {
  const firstWaiting = waiting === undefined ? binlog.length : binlog.indexOf(waiting);
  const safe = slavePos === undefined ? 0 : binlog.indexOf(slavePos) + 1;
  return new Set(binlog.slice(Math.max(firstWaiting - uncommitted, safe)));
}
