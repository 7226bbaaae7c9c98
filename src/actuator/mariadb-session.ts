/**
 * One connection to the local MariaDB over its Unix socket, opened when it is needed and thrown away at the first doubt.
 * Every statement is bounded from outside the server, because a frozen server accepts connections and answers nothing.
 * What mysql2 throws is translated here, once: no answer is `ServerUnreachable`, a server's no is `ServerRefused`; the
 * text of a statement, which may hold a password, is never kept in an error.
 */
import { type Connection, createConnection, type QueryResult, type ResultSetHeader, type RowDataPacket } from 'mysql2';
import { ServerRefused, ServerUnreachable } from './database-server.ts';

export interface MariadbAccess {
  /** Absolute path of the server's Unix socket. */
  readonly socketPath: string;
  readonly user: string;
  readonly password: string;
}

export interface Bounds {
  /** For the statement and, if there is none yet, for the connection, each. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export type Row = Readonly<Record<string, unknown>>;
export type SqlValue = string | number | bigint;

type Result = RowDataPacket[] | ResultSetHeader;

/** Server errors after which nothing is known about the statement or the session. */
const LOST = new Set([
  'ER_SERVER_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'ER_NEW_ABORTING_CONNECTION',
  'ER_ABORTING_CONNECTION',
]);

export class MariadbSession {
  readonly #access: MariadbAccess;
  #connection: Connection | undefined;
  #isClosed = false;

  /** Does no I/O. */
  constructor(access: MariadbAccess) {
    this.#access = access;
  }

  /** The server's id of this connection, undefined while there is none. */
  get threadId(): number | undefined {
    return this.#connection?.threadId ?? undefined;
  }

  /**
   * Runs one statement with `?` placeholders for values.
   * @returns its rows; none for a statement without a result
   * @throws ServerUnreachable, ServerRefused
   */
  async query(sql: string, values: readonly SqlValue[], bounds: Bounds): Promise<readonly Row[]> {
    return rowsOf(await this.#run<Result>(sql, values, bounds));
  }

  /**
   * Runs several statements without values, one after the other, in one message: for somebody who is waited for. The first
   * one that fails ends them.
   * @returns the rows of each
   * @throws ServerUnreachable, ServerRefused
   */
  async queryAll(statements: readonly string[], bounds: Bounds): Promise<readonly (readonly Row[])[]> {
    // One without rows has a header in their place.
    const results: readonly Result[] = await this.#run<RowDataPacket[][]>(statements.join(';\n'), [], bounds);
    return results.map(rowsOf);
  }

  /** As `query`, for a statement that writes. @returns how many rows it found or made */
  async write(sql: string, values: readonly SqlValue[], bounds: Bounds): Promise<number> {
    const result = await this.#run<Result>(sql, values, bounds);
    return Array.isArray(result) ? 0 : result.affectedRows;
  }

  async #run<T extends QueryResult>(sql: string, values: readonly SqlValue[], bounds: Bounds): Promise<T> {
    await this.connect(bounds);
    const connection = this.#connection;
    if (connection === undefined) throw new ServerUnreachable('the connection was closed', { code: 'Closed' });
    return this.#bounded<T>(connection, bounds, (settle, fail) => {
      connection.query<T>(sql, [...values], (error, result) => (error ? fail(error) : settle(result)));
    });
  }

  /** Makes sure that there is a connection, e.g. before a hurry. */
  async connect(bounds: Bounds): Promise<void> {
    if (this.#isClosed) throw new ServerUnreachable('this session was closed for good', { code: 'Closed' });
    if (this.#connection !== undefined) return;
    const { socketPath, user, password } = this.#access;
    const connection = createConnection({
      socketPath,
      user,
      password,
      multipleStatements: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
    });
    this.#connection = connection;
    // Without a listener a lost connection would end the process; the next statement reconnects.
    connection.on('error', () => this.#drop(connection));
    await this.#bounded(connection, bounds, (settle, fail) => {
      connection.connect((error) => (error ? fail(error) : settle(undefined)));
    });
    // The escaping of placeholders relies on backslashes, and an idle session is to stay.
    await this.query("SET SESSION sql_mode='', SESSION wait_timeout=31536000", [], bounds);
  }

  /** Ends the connection without a word; the next statement makes another one. */
  renew(): void {
    if (this.#connection !== undefined) this.#drop(this.#connection);
  }

  /** Ends the connection without a word, for good; statements in flight fail. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.renew();
  }

  #drop(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
    connection.destroy();
  }

  #bounded<T>(
    connection: Connection,
    { timeoutMs, signal }: Bounds,
    run: (settle: (value: T) => void, fail: (error: unknown) => void) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        act();
      };
      const giveUp = (code: string, message: string): void =>
        finish(() => {
          this.#drop(connection);
          reject(new ServerUnreachable(message, { code }));
        });
      const abort = (): void => giveUp('Aborted', 'the call was ended by its caller');
      const timer = setTimeout(() => giveUp('Timeout', `no answer within ${timeoutMs} ms`), timeoutMs);
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      const fail = (error: unknown): void => finish(() => reject(this.#translated(connection, error)));
      run((value) => finish(() => resolve(value)), fail);
    });
  }

  #translated(connection: Connection, error: unknown): ServerUnreachable | ServerRefused {
    const code = textOf(error, 'code') ?? 'Unknown';
    const message = (textOf(error, 'sqlMessage') ?? textOf(error, 'message') ?? code).replaceAll(
      this.#access.password || '\0',
      '[secret]',
    );
    const isAnswer = textOf(error, 'sqlState') !== undefined && !LOST.has(code) && connection.threadId !== null;
    if (isAnswer && (error as { fatal?: unknown }).fatal !== true) return new ServerRefused(message, { code });
    this.#drop(connection);
    return new ServerUnreachable(message, { code });
  }
}

const rowsOf = (result: Result): readonly Row[] => (Array.isArray(result) ? result : []);

function textOf(error: unknown, key: string): string | undefined {
  const value = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
