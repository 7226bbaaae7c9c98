/**
 * Inserts rows as a service does that keeps connections to its region's database route: a row takes one that is idle, or a
 * new one while all wait for answers. At the first doubt a connection is thrown away. A row counts as written only when the
 * server said so; nothing is tried twice, because the first attempt may have succeeded.
 */

import { type Connection, createConnection, type RowDataPacket } from 'mysql2';
import { sql } from '../bed/replication.ts';

/** In Keystone's own database, so that the account that Keystone uses may write there. */
export const ROW_TABLE = 'keystone.bed_row';

export interface RowOutcome {
  readonly ok: boolean;
  /** 200 when it was taken, the server's error number when it refused, 0 when there was no answer. */
  readonly status: number;
  readonly detail: string;
  /** `server_id` of the server that took it; left out when none did. */
  readonly server?: number;
}

/** The way to a server: a region's database route, or the server's own socket. */
export type RowTarget = ({ readonly host: string; readonly port: number } | { readonly socketPath: string }) & {
  readonly user: string;
  readonly password: string;
};

/** Added by regent to the id of a server that follows (README, "Install on a node"). */
const FOLLOWER_ID_OFFSET = 2 ** 31;

/** Makes the table, once per bed, on the primary. */
export async function createRowTable(primary: string): Promise<void> {
  await sql(primary, `CREATE TABLE IF NOT EXISTS ${ROW_TABLE} (id VARCHAR(64) PRIMARY KEY) ENGINE=InnoDB;`);
}

export class RowWriter {
  readonly #target: RowTarget;
  /** Whole, and waiting for nothing; the one that answered last is used first. */
  readonly #idle: Connection[] = [];
  /** A connection ends at one server, also through a proxy. */
  readonly #servers = new WeakMap<Connection, number>();

  constructor(target: RowTarget) {
    this.#target = target;
  }

  /** @param timeoutMs - for the connection, if one is needed, and the row together */
  insert(id: string, timeoutMs: number): Promise<RowOutcome> {
    const connection = this.#connect(timeoutMs);
    return new Promise((resolve) => {
      let isOver = false;
      const end = (outcome: RowOutcome): void => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        if (outcome.ok) this.#idle.push(connection);
        else connection.destroy();
        resolve(outcome);
      };
      const timer = setTimeout(
        () => end({ ok: false, status: 0, detail: `no answer within ${timeoutMs} ms` }),
        timeoutMs,
      );
      connection.query(`INSERT INTO ${ROW_TABLE} (id) VALUES (?)`, [id], (error) => {
        const server = this.#servers.get(connection);
        if (error === null) end({ ok: true, status: 200, detail: '', ...(server === undefined ? {} : { server }) });
        else end({ ok: false, status: isRefusal(error) ? (error.errno ?? 0) : 0, detail: error.message.slice(0, 120) });
      });
    });
  }

  close(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  #connect(timeoutMs: number): Connection {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const connection = createConnection({ ...this.#target, connectTimeout: timeoutMs });
    // Without a listener a lost connection would end the process; the row that it carried is told by its callback.
    connection.on('error', () => this.#forget(connection));
    connection.query<RowDataPacket[]>('SELECT @@server_id AS id', (error, rows) => {
      // A connection that cannot even be asked fails its row as well, and that is told.
      if (error === null) this.#servers.set(connection, Number(rows[0]?.id) % FOLLOWER_ID_OFFSET);
    });
    return connection;
  }

  #forget(connection: Connection): void {
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    connection.destroy();
  }
}

/** Only an answer of the server to this very statement is a refusal; anything else may have been taken all the same. */
function isRefusal(error: { readonly sqlState?: string; readonly fatal?: boolean }): boolean {
  return error.sqlState !== undefined && error.fatal !== true;
}
