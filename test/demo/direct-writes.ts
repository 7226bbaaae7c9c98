/**
 * Clients that reach one database server directly, past every route, and write while nobody can acknowledge: each keeps one
 * commit waiting. Closing the server ends their connections without an answer and leaves the rows in its own data, where no
 * other server has them.
 */

import { createConnection } from 'mysql2/promise';
import { leaderOf } from '../bed/exec.ts';
import type { Secrets } from '../bed/seed.ts';
import { ROW_TABLE } from './row-writer.ts';

const CONNECT_TIMEOUT_MS = 2_000;

/** What became of one statement: taken, or ended with an error. */
export interface DirectWrite {
  readonly statement: string;
  readonly isAcknowledged: boolean;
  readonly detail: string;
}

/** Rows of the bed's table by their ids, and a revoked token: what an operator most of all wants to hear of. */
export function tailStatements(ids: readonly string[], revoked: string): readonly string[] {
  return [
    ...ids.map((id) => `INSERT INTO ${ROW_TABLE} (id) VALUES ('${id}')`),
    `INSERT INTO keystone.revocation_event (audit_id, issued_before, revoked_at) VALUES ('${revoked}', NOW(), NOW())`,
  ];
}

/**
 * Sends each statement over a connection of its own, all at once.
 *
 * @returns when they are sent: a function that waits until all of them have ended
 * @throws what a connection failed with
 */
export async function writeDirectly(
  host: string,
  secrets: Secrets,
  statements: readonly string[],
): Promise<() => Promise<readonly DirectWrite[]>> {
  const socketPath = `/proc/${await leaderOf(host)}/root/run/mysqld/mysqld.sock`;
  const account = { user: 'keystone', password: secrets.KEYSTONE_DATABASE_PASSWORD };
  const connections = await Promise.all(
    statements.map(() => createConnection({ socketPath, ...account, connectTimeout: CONNECT_TIMEOUT_MS })),
  );
  const writes = connections.map(async (connection, index): Promise<DirectWrite> => {
    const statement = statements[index] ?? '';
    // A lost connection is the expected end; the statement that it carried tells it.
    connection.on('error', () => undefined);
    try {
      await connection.query(statement);
      return { statement, isAcknowledged: true, detail: 'taken' };
    } catch (error) {
      return { statement, isAcknowledged: false, detail: error instanceof Error ? error.message : String(error) };
    } finally {
      connection.destroy();
    }
  });
  return () => Promise.all(writes);
}
