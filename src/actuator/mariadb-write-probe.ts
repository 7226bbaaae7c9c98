/**
 * The write probe: one row that an open primary overwrites with its term and its wall clock. It proves that the server
 * takes writes, and on a replica its age is the lag. A probe that hangs (for want of an acknowledgement, or of a disk)
 * is given up, and its session is killed so that sessions do not pile up.
 * A commit that waits for its acknowledgement is not a server that hangs, and the caller is told which it was.
 * The account that may close a server is also one that `read_only` does not stop, so the statement asks by itself:
 * it does so under the lock that `SET GLOBAL read_only=1` waits for, so that nothing is written after the closing.
 */
import { ServerRefused, ServerUnreachable, WAITS_FOR_ACK, type WriteProbeRow } from './database-server.ts';
import type { Bounds, MariadbSession, Row } from './mariadb-session.ts';

/** For killing a session that hangs; nobody waits longer for what is only tidying. */
const KILL_TIMEOUT_MS = 500;

const NAME = /^[A-Za-z0-9_]{1,64}$/;

/** @throws ServerUnreachable when there was no answer in time, ServerRefused when the server is closed */
export async function writeProbeRow(
  { writing, killing }: { readonly writing: MariadbSession; readonly killing: MariadbSession },
  schema: string,
  row: WriteProbeRow,
  bounds: Bounds,
): Promise<void> {
  await writing.connect(bounds);
  const { threadId } = writing;
  const statement =
    `SET STATEMENT max_statement_time=? FOR INSERT INTO ${table(schema)} (id, term, node, at_ms) ` +
    'SELECT 1, ?, ?, ? FROM DUAL WHERE @@GLOBAL.read_only = 0 ' +
    'ON DUPLICATE KEY UPDATE term=VALUES(term), node=VALUES(node), at_ms=VALUES(at_ms)';
  try {
    const values = [bounds.timeoutMs / 1000, row.term, row.node, Math.round(row.atMs)];
    const written = await writing.write(statement, values, bounds);
    if (written === 0) throw new ServerRefused('the server is read-only', { code: 'ER_OPTION_PREVENTS_STATEMENT' });
  } catch (error) {
    if (error instanceof ServerRefused || threadId === undefined) throw error;
    const waits = await commitsWaitForAck(killing);
    await kill(killing, threadId);
    if (!waits) throw error;
    throw new ServerUnreachable('the write waits for its acknowledgement', { code: WAITS_FOR_ACK, cause: error });
  }
}

/** @returns undefined when no probe was ever written */
export async function readProbeRow(
  session: MariadbSession,
  schema: string,
  bounds: Bounds,
): Promise<WriteProbeRow | undefined> {
  const [row] = await session.query(`SELECT term, node, at_ms FROM ${table(schema)} WHERE id = 1`, [], bounds);
  if (row === undefined) return undefined;
  return { term: BigInt(String(row.term)), node: String(row.node), atMs: Number(row.at_ms) };
}

function table(schema: string): string {
  if (!NAME.test(schema)) throw new ServerRefused(`not the name of a schema: ${schema}`, { code: 'InvalidValue' });
  return `${schema}.heartbeat`;
}

/**
 * Commits are made in groups, one after the other: a session behind a group that waits for its acknowledgement shows another
 * state, and waits for the same.
 */
async function commitsWaitForAck(killing: MariadbSession): Promise<boolean> {
  const waiting = "SELECT COUNT(*) AS sessions FROM information_schema.PROCESSLIST WHERE STATE LIKE '%semi-sync ACK%'";
  const rows = await killing.query(waiting, [], { timeoutMs: KILL_TIMEOUT_MS }).catch((): readonly Row[] => []);
  return rows.some((row) => Number(row.sessions) > 0);
}

async function kill(killing: MariadbSession, threadId: number): Promise<void> {
  try {
    await killing.query('KILL HARD CONNECTION ?', [threadId], { timeoutMs: KILL_TIMEOUT_MS });
  } catch {
    // The server does not answer at all; the session ends with it or when it finds its client gone.
  }
}
