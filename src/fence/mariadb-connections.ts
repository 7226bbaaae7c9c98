/**
 * The fence's two connections to this node's MariaDB, made while there is time: a saturated server accepts no further
 * one. One asks for read-only, which may hang behind commits that wait; the other looks, and ends those.
 */
import { type Connection, createConnection, type RowDataPacket } from 'mysql2';
import type { GuardedServer } from './close-server.ts';

export interface MariadbAccount {
  readonly socketPath: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Everybody but the server's own threads, its replicas and the sessions of our account; of those, only what does
 * something else than close the server or look at it: the agent may be closing it at this moment.
 */
const IN_THE_WAY =
  "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER NOT IN ('system user', 'event_scheduler') AND " +
  "COMMAND NOT IN ('Binlog Dump', 'Daemon', 'Slave_IO', 'Slave_SQL', 'Slave_worker') AND (USER <> ? OR " +
  "(INFO IS NOT NULL AND INFO NOT LIKE 'SET GLOBAL%' AND INFO NOT LIKE 'KILL%' AND INFO NOT LIKE 'SELECT%'))";

const CONNECT_TIMEOUT_MS = 2_000;

export class MariadbConnections implements GuardedServer {
  readonly #account: MariadbAccount;
  readonly #asking: Line;
  readonly #killing: Line;

  /** Does no I/O. */
  constructor(account: MariadbAccount) {
    this.#account = account;
    this.#asking = new Line(account);
    this.#killing = new Line(account);
  }

  /** Connects what is not connected. @throws Error with the server's or the system's reason */
  async prepare(): Promise<void> {
    await Promise.all([this.#asking.open(), this.#killing.open()]);
  }

  async isReadOnly(): Promise<boolean> {
    const [row] = await this.#killing.query('SELECT @@read_only AS readOnly', []);
    return Number(row?.readOnly) === 1;
  }

  async makeReadOnly(): Promise<void> {
    await this.#asking.query('SET GLOBAL read_only=1', []);
  }

  async killClients(): Promise<void> {
    const clients = await this.#killing.query(IN_THE_WAY, [this.#account.user]);
    for (const { id } of clients) {
      await this.#killing.query('KILL HARD CONNECTION ?', [Number(id)]).catch((error: unknown) => {
        // It left by itself in between.
        if ((error as { code?: string }).code !== 'ER_NO_SUCH_THREAD') throw error;
      });
    }
  }

  close(): void {
    this.#asking.drop();
    this.#killing.drop();
  }
}

/** One connection, made again after it was lost. Whoever calls bounds the time of what he asks. */
class Line {
  readonly #account: MariadbAccount;
  #connection: Connection | undefined;
  #opened: Promise<Connection> | undefined;

  constructor(account: MariadbAccount) {
    this.#account = account;
  }

  open(): Promise<Connection> {
    this.#opened ??= this.#connect().catch((error: unknown) => {
      this.drop();
      throw error;
    });
    return this.#opened;
  }

  async query(sql: string, values: readonly (string | number)[]): Promise<readonly RowDataPacket[]> {
    const connection = await this.open();
    return new Promise((resolve, reject) => {
      connection.query<RowDataPacket[]>(sql, [...values], (error, rows) => {
        if (error === null) return resolve(Array.isArray(rows) ? rows : []);
        if (error.fatal === true) this.#lost(connection);
        reject(error);
      });
    });
  }

  drop(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#opened = undefined;
  }

  #connect(): Promise<Connection> {
    const connection = createConnection({ ...this.#account, connectTimeout: CONNECT_TIMEOUT_MS });
    this.#connection = connection;
    // Without a listener the end of a server would end the fence.
    connection.on('error', () => this.#lost(connection));
    const ready = Promise.withResolvers<Connection>();
    connection.connect((error) => {
      if (error !== null) return ready.reject(error);
      // An idle session is to stay; the placeholders rely on the ordinary mode.
      connection.query("SET SESSION sql_mode='', SESSION wait_timeout=31536000", (refused) =>
        refused === null ? ready.resolve(connection) : ready.reject(refused),
      );
    });
    return ready.promise;
  }

  #lost(connection: Connection): void {
    if (this.#connection === connection) this.drop();
  }
}
