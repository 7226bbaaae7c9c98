/**
 * Inserts rows as a service does that keeps one connection to its region's database route: at the first doubt the connection
 * is thrown away, and the next row makes another one. A row counts as written only when the server said so; nothing is
 * tried twice, because the first attempt may have succeeded.
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
  #connection: Connection | undefined;

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
      const end = (outcome: RowOutcome): void => {
        clearTimeout(timer);
        if (!outcome.ok) this.#drop(connection);
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
    if (this.#connection !== undefined) this.#drop(this.#connection);
  }

  #connect(timeoutMs: number): Connection {
    if (this.#connection !== undefined) return this.#connection;
    const connection = createConnection({ ...this.#route, connectTimeout: timeoutMs });
    // Without a listener a lost connection would end the process; the row that it carried is told by its callback.
    connection.on('error', () => this.#drop(connection));
    this.#connection = connection;
    return connection;
  }

  #drop(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
    connection.destroy();
  }
}

/** Only an answer of the server to this very statement is a refusal; anything else may have been taken all the same. */
function isRefusal(error: { readonly sqlState?: string; readonly fatal?: boolean }): boolean {
  return error.sqlState !== undefined && error.fatal !== true;
}
