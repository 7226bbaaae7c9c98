/**
 * Lets a closed replica fetch from another member what it lacks, up to a position and not further, and waits until it
 * has applied it. Killed at any point it leaves a replica that stands still; the next call goes on from there.
 */
import { contains } from '../core/database/gtid.ts';
import type { GtidPosition } from '../core/database/state.ts';
import { ServerRefused } from './database-server.ts';
import { bearReplicaId } from './mariadb-identity.ts';
import { appliedAt, lookAt } from './mariadb-look.ts';
import { assertSource, pointAt, type ReplicationAccount, stopReceiving } from './mariadb-replication.ts';
import type { Bounds, MariadbSession } from './mariadb-session.ts';

export interface CatchUp {
  readonly host: string;
  readonly port: number;
  readonly until: GtidPosition;
}

/** Between two looks at how far it is. */
const STEP_MS = 25;

/** What a source that has closed has sent is there in this time; without it the source is asked anew. */
const ARRIVES_WITHIN_SECONDS = 0.5;

/** @param limit ends the waiting; each statement is bounded by `bounds` on its own. */
export async function catchUp(
  session: MariadbSession,
  account: ReplicationAccount,
  { host, port, until }: CatchUp,
  bounds: Bounds,
  limit: AbortSignal,
): Promise<void> {
  assertSource(host, port);
  if (contains(await appliedAt(session, bounds), until)) return;
  const before = await lookAt(session, bounds);
  if (!before.readOnly) throw new ServerRefused('an open server cannot catch up', { code: 'NotClosed' });
  const { replication } = before;
  if (replication?.sourceHost === host && replication.sourcePort === port && replication.receiving) {
    if (await arrives(session, until, bounds)) return;
  }
  if (replication !== null) await assertDrained(session, bounds);
  await session.query('STOP SLAVE', [], bounds);
  await pointAt(session, account, { host, port, demote: false }, bounds);
  await bearReplicaId(session, bounds);
  await session.query('START SLAVE UNTIL master_gtid_pos=?', [until], bounds);
  await applied(session, until, bounds, limit);
  await session.query('STOP SLAVE', [], bounds);
}

/** Waits for what is on its way from the source that it follows already; the wait ends with the position. */
async function arrives(session: MariadbSession, until: GtidPosition, bounds: Bounds): Promise<boolean> {
  const wait = 'SELECT MASTER_GTID_WAIT(?, ?) AS outcome';
  const [row] = await session.query(wait, [until, ARRIVES_WITHIN_SECONDS], bounds);
  return String(row?.outcome) === '0';
}

async function assertDrained(session: MariadbSession, bounds: Bounds): Promise<void> {
  await stopReceiving(session, bounds);
  if ((await lookAt(session, bounds)).replication?.drained !== true)
    throw new ServerRefused('received transactions are not applied yet', { code: 'NotDrained' });
}

async function applied(
  session: MariadbSession,
  until: GtidPosition,
  bounds: Bounds,
  limit: AbortSignal,
): Promise<void> {
  for (;;) {
    const { appliedPos, replication } = await lookAt(session, bounds);
    if (contains(appliedPos, until)) return;
    const error = replication?.applyError ?? replication?.receiveError;
    if (error) throw new ServerRefused(`cannot catch up: ${error}`, { code: 'NotReadBack' });
    if (limit.aborted) throw new ServerRefused(`stands at ${appliedPos}, not at ${until}`, { code: 'NotReadBack' });
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}
