/**
 * The server id of a server by its role. MariaDB skips replicated transactions that bear the replica's own id, and moves
 * its position past them; so a former primary that rolled its last transactions back at its start, although a replica has
 * acknowledged them, would never get them again, and nothing would show it. A server that replicates therefore bears an
 * id that no transaction has: its own one plus 2^31. It writes under its own id only, from the moment it is opened.
 */
import { ServerRefused } from './database-server.ts';
import type { Bounds, MariadbSession } from './mariadb-session.ts';

/** MariaDB's ids are 32 bits wide; the configured ones must leave the highest bit free. */
const REPLICA_BIT = 2 ** 31;

/** The configured id, whichever is borne now. */
export function configuredId(serverId: number): number {
  return serverId % REPLICA_BIT;
}

/** The id that a server replicates under: no transaction has it. */
export function replicaId(serverId: number): number {
  return configuredId(serverId) + REPLICA_BIT;
}

/** For replication; both threads must be stopped, and the source be named already: a demotion looks for its own writes. */
export async function bearReplicaId(session: MariadbSession, bounds: Bounds): Promise<void> {
  const own = await bornId(session, bounds);
  if (own < REPLICA_BIT) await session.query('SET GLOBAL server_id=?', [replicaId(own)], bounds);
}

/** For writing. Sessions that were made before keep the id that they were made with: they must end before the next write. */
export async function bearOwnId(session: MariadbSession, bounds: Bounds): Promise<void> {
  const own = await bornId(session, bounds);
  if (own >= REPLICA_BIT) await session.query('SET GLOBAL server_id=?', [configuredId(own)], bounds);
}

async function bornId(session: MariadbSession, bounds: Bounds): Promise<number> {
  const [row] = await session.query('SELECT @@GLOBAL.server_id AS id', [], bounds);
  const id = Number(row?.id);
  if (!(configuredId(id) > 0))
    throw new ServerRefused(`server_id is ${row?.id}: configure one from 1 to ${REPLICA_BIT - 1}`, {
      code: 'InvalidValue',
    });
  return id;
}
