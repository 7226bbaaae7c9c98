/**
 * Closes an open MariaDB server within a bounded time, or says that it could not. `SET GLOBAL read_only=1` waits behind
 * every commit that waits for an acknowledgement, and nothing but the end of its connection ends that wait; so while
 * one session asks, another kills every client, again and again, until the server is read back as closed.
 * What is killed was not acknowledged to anybody, but is committed locally: a rejoin has to expect it.
 */
import { ServerRefused } from './database-server.ts';
import type { Bounds, MariadbSession, Row, SqlValue } from './mariadb-session.ts';

/** Two sessions of one account, best connected beforehand: a saturated server accepts no further one. */
export interface ClosingPair {
  readonly asking: MariadbSession;
  readonly killing: MariadbSession;
  readonly user: string;
}

/** Between two rounds of killing. */
const ROUND_MS = 20;

/**
 * The sessions to be killed: all but the server's own threads, replicas, and those of our account, because another
 * process of regent may be closing the server at this very moment. Of ours only a write probe (the one statement that
 * begins so) can be in the way.
 */
const CLIENTS =
  'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND ID <> ? ' +
  "AND USER NOT IN ('system user', 'event_scheduler') AND COMMAND NOT IN ('Binlog Dump', 'Daemon', 'Slave_IO', " +
  "'Slave_SQL', 'Slave_worker') AND (USER <> ? OR COALESCE(INFO, '') LIKE 'SET STATEMENT%')";

/** Ends the session of every client, so that each comes back with what is set now. */
export async function dismissClients({ asking, killing, user }: ClosingPair, bounds: Bounds): Promise<void> {
  await Promise.all([asking.connect(bounds), killing.connect(bounds)]);
  await killAll(killing, await killing.query(CLIENTS, [asking.threadId ?? 0, user], bounds), bounds);
}

/** Whoever leads a group of commits waits for all of it; the groups behind show another state until it is their turn. */
const WAITING =
  "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE STATE LIKE '%semi-sync ACK%' AND TIME_MS >= ?";

/** Ends the commits at the head of the queue that have waited for that long. */
export async function endWaiting(killing: MariadbSession, olderThanMs: number, bounds: Bounds): Promise<void> {
  await killAll(killing, await killing.query(WAITING, [olderThanMs], bounds), bounds);
}

/** @returns true when the server was read back as read-only within `withinMs` */
export async function closeServer(pair: ClosingPair, withinMs: number, signal?: AbortSignal): Promise<boolean> {
  const over = AbortSignal.timeout(withinMs);
  const bounds = { timeoutMs: withinMs, signal: signal === undefined ? over : AbortSignal.any([over, signal]) };
  try {
    await Promise.all([pair.asking.connect(bounds), pair.killing.connect(bounds)]);
    const clients: readonly SqlValue[] = [pair.asking.threadId ?? 0, pair.user];
    let isAnswered = false;
    const closed = pair.asking.query('SET GLOBAL read_only=1', [], bounds).finally(() => {
      isAnswered = true;
    });
    const killed = (async () => {
      while (!isAnswered && !bounds.signal.aborted) {
        await killAll(pair.killing, await pair.killing.query(CLIENTS, clients, bounds), bounds);
        await Promise.race([closed, pause(ROUND_MS)]);
      }
    })();
    await Promise.all([closed, killed]);
    const [row] = await pair.killing.query('SELECT @@read_only AS readOnly', [], bounds);
    if (Number(row?.readOnly) !== 1) return false;
    await dismiss(pair.killing, clients, bounds);
    return true;
  } catch {
    // Whatever went wrong, the server was not seen closed; the caller kills its process, which needs no reason.
    return false;
  }
}

/** Pooled connections would stay and be refused for ever; without them their pools find the new primary. */
async function dismiss(killing: MariadbSession, clients: readonly SqlValue[], bounds: Bounds): Promise<void> {
  try {
    await killAll(killing, await killing.query(CLIENTS, clients, bounds), bounds);
  } catch {
    // The server is closed already; whoever keeps a connection is refused by it.
  }
}

async function killAll(killing: MariadbSession, clients: readonly Row[], bounds: Bounds): Promise<void> {
  for (const client of clients) {
    await killing.query('KILL HARD CONNECTION ?', [Number(client.id)], bounds).catch((error: unknown) => {
      // It left by itself in between.
      if (!(error instanceof ServerRefused && error.code === 'ER_NO_SUCH_THREAD')) throw error;
    });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
