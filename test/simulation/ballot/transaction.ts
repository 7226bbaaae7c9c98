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
  for (const { serverId, seq } of binlog) last.set(serverId, seq);
  return [...last].map(([serverId, seq]) => `0-${serverId}-${seq}`).join(',');
}
