/**
 * Inserts rows as a service does that keeps connections to its region's database route: a row takes one that is idle, or a
 * new one while all wait for answers. At the first doubt a connection is thrown away. A row counts as written only when the
 * server said so; nothing is tried twice, because the first attempt may have succeeded.
 */

import { type Connection, createConnection } from 'mysql2';
import { sql } from '../bed/replication.ts';

/** In Keystone's own database, so that the account that Keystone uses may write there. */
export const ROW_TABLE = 'keystone.bed_row';

export interface RowOutcome {
  readonly ok: boolean;
  /** 200 when it was taken, the server's error number when it refused, 0 when there was no answer. */
  readonly status: number;
  readonly detail: string;
}

/** Makes the table, once per bed, on the primary. */
export async function createRowTable(primary: string): Promise<void> {
  await sql(primary, `CREATE TABLE IF NOT EXISTS ${ROW_TABLE} (id VARCHAR(64) PRIMARY KEY) ENGINE=InnoDB;`);
}

export class RowWriter {
  readonly #route: { readonly host: string; readonly port: number; readonly user: string; readonly password: string };
  /** Whole, and waiting for nothing; the one that answered last is used first. */
  readonly #idle: Connection[] = [];

  constructor(route: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  }) {
    this.#route = route;
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
        if (error === null) end({ ok: true, status: 200, detail: '' });
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
    const connection = createConnection({ ...this.#route, connectTimeout: timeoutMs });
    // Without a listener a lost connection would end the process; the row that it carried is told by its callback.
    connection.on('error', () => this.#forget(connection));
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
