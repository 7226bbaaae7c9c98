/**
 * Locks replication accounts on this server, and on no other: nothing of it gets into the binary log. An account that is
 * locked may not connect any more, but a connection that it has goes on, and one that is being made may have passed the
 * lock already; so all of them are ended and seen gone. Only accounts that the node's grants name are touched (I9).
 */
import type { Grants } from '../core/grants.ts';
import { ServerRefused } from './database-server.ts';
import type { Bounds, MariadbSession } from './mariadb-session.ts';

/** What the account of regent lacks is no error of a look: it may lock nothing then. */
const DENIED = new Set(['ER_TABLEACCESS_DENIED_ERROR', 'ER_SELECT_DENIED_ERROR', 'ER_COLUMNACCESS_DENIED_ERROR']);

/** Between two rounds of killing. */
const ROUND_MS = 20;

const ACCOUNTS =
  "SELECT User AS user, Host AS host, JSON_VALUE(Priv, '$.account_locked') AS locked FROM mysql.global_priv " +
  "WHERE COALESCE(JSON_VALUE(Priv, '$.is_role'), 0) = 0";

const NEWEST = 'SELECT MAX(ID) AS id FROM information_schema.PROCESSLIST';

/** Its own connections, and those from before the lock that have not said yet who they are. */
const CONNECTIONS =
  "SELECT ID AS id, USER = ? AS isIts FROM information_schema.PROCESSLIST WHERE USER = ? OR (USER = 'unauthenticated user' AND ID <= ?)";

interface Account {
  readonly user: string;
  readonly host: string;
  readonly isLocked: boolean;
}

/** Accounts that may be locked, and those of them that are. */
export async function accountsOf(
  session: MariadbSession,
  grants: Grants,
  bounds: Bounds,
): Promise<{ readonly lockable: readonly string[]; readonly locked: readonly string[] }> {
  const accounts = (await readAccounts(session, bounds)).filter(({ user }) => grants.mayLock(user));
  const users = (some: readonly Account[]) => [...new Set(some.map(({ user }) => user))];
  return { lockable: users(accounts), locked: users(accounts.filter(({ isLocked }) => isLocked)) };
}

/** @param locking a session that writes nothing else: what it does stays out of the binary log */
export async function shutOut(locking: MariadbSession, grants: Grants, user: string, bounds: Bounds): Promise<void> {
  await setLocked(locking, grants, user, true, bounds);
  const [newest] = await locking.query(NEWEST, [], bounds);
  const deadline = performance.now() + bounds.timeoutMs;
  for (;;) {
    const connections = await locking.query(CONNECTIONS, [user, user, Number(newest?.id)], bounds);
    if (connections.length === 0) return;
    if (performance.now() > deadline)
      throw new ServerRefused(`connections of ${user} stay after the lock`, { code: 'NotReadBack' });
    for (const { id, isIts } of connections) if (Number(isIts) === 1) await kill(locking, Number(id), bounds);
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  }
}

export async function letIn(
  locking: MariadbSession,
  grants: Grants,
  users: readonly string[],
  bounds: Bounds,
): Promise<void> {
  for (const user of users) await setLocked(locking, grants, user, false, bounds);
}

/** An account is all the hosts from which its user may come. */
async function setLocked(
  locking: MariadbSession,
  grants: Grants,
  user: string,
  isLocked: boolean,
  bounds: Bounds,
): Promise<void> {
  if (!grants.mayLock(user))
    throw new ServerRefused(`grants.yaml does not name the account ${user}`, { code: 'NotGranted' });
  await locking.query('SET SESSION sql_log_bin=0', [], bounds);
  const meant = async () => (await readAccounts(locking, bounds)).filter((each) => each.user === user);
  for (const { host } of await meant())
    await locking.query(`ALTER USER ?@? ACCOUNT ${isLocked ? 'LOCK' : 'UNLOCK'}`, [user, host], bounds);
  const after = await meant();
  if (after.length === 0 || after.some((each) => each.isLocked !== isLocked))
    throw new ServerRefused(`the account ${user} does not show as wanted`, { code: 'NotReadBack' });
}

async function readAccounts(session: MariadbSession, bounds: Bounds): Promise<readonly Account[]> {
  try {
    const rows = await session.query(ACCOUNTS, [], bounds);
    return rows.map(({ user, host, locked }) => ({
      user: String(user),
      host: String(host),
      isLocked: ['1', 'true'].includes(String(locked)),
    }));
  } catch (error) {
    if (error instanceof ServerRefused && DENIED.has(error.code)) return [];
    throw error;
  }
}

async function kill(locking: MariadbSession, id: number, bounds: Bounds): Promise<void> {
  await locking.query('KILL HARD CONNECTION ?', [id], bounds).catch((error: unknown) => {
    // It left by itself in between.
    if (!(error instanceof ServerRefused && error.code === 'ER_NO_SUCH_THREAD')) throw error;
  });
}
