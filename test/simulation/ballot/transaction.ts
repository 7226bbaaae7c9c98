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

/** How far a binary log has been walked, and what was found there. */
interface Walk {
  readonly from: number;
  /** By server, the last transaction of each row of its own that another server's has ended. */
  readonly ended: Map<number, number>;
  length: number;
  last: Transaction | undefined;
  state: string;
}

const walks = new WeakMap<readonly Transaction[], Walk>();

/**
 * The last transaction of every server, as `gtid_binlog_state`. Every look at a server asks for it, so only what was
 * appended since the last one is walked.
 * @param from - what is in the binary log from there on
 */
export function binlogStateOf(binlog: readonly Transaction[], from: number): string {
  const known = walks.get(binlog);
  const goesOn = known !== undefined && known.from === from && binlog[known.length - 1] === known.last;
  const walk: Walk = goesOn ? known : { from, ended: new Map(), length: from, last: undefined, state: '' };
  if (!goesOn) walks.set(binlog, walk);
  if (walk.length >= binlog.length) return walk.state;
  for (; walk.length < binlog.length; walk.length++) {
    const transaction = binlog[walk.length] as Transaction;
    if (walk.last !== undefined && walk.last.serverId !== transaction.serverId)
      walk.ended.set(walk.last.serverId, walk.last.seq);
    walk.last = transaction;
  }
  const all = new Map(walk.ended);
  if (walk.last !== undefined) all.set(walk.last.serverId, walk.last.seq);
  walk.state = [...all].map(([serverId, seq]) => `0-${serverId}-${seq}`).join(',');
  return walk.state;
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
