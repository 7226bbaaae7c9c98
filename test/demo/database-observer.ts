/**
 * Watches from outside which databases are open for writing: asks every server through its own socket, again and again,
 * and adds up the time in which two took writes at once. A server that does not answer (frozen, dead) is not open: nobody
 * can write to it. Where two are open, all are asked at once whether a commit would be answered (writable.ts). It must
 * not change anything, and it is not regent: it looks at the servers themselves.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { leaderOf } from '../bed/exec.ts';
import type { Secrets } from '../bed/seed.ts';
import { type Host, hostsWithRole } from '../bed/topology.ts';
import { nowMs } from './moment.ts';
import { takingWrites, type WritableLook } from './writable.ts';

/** As a server was seen: `unknown` when it did not answer in time. */
export type Openness = 'open' | 'read-only' | 'unknown';

export interface OpennessChange {
  readonly atMs: number;
  readonly host: string;
  readonly to: Openness;
}

const ROUND_MS = 100;
const ANSWER_TIMEOUT_MS = 250;

export class DatabaseObserver {
  readonly #servers: readonly Server[];
  readonly #roundMs: number;
  readonly #changes: OpennessChange[] = [];
  readonly #state = new Map<string, Openness>();
  #dualMs = 0;
  #isStopping = false;
  #running: Promise<void> | undefined;

  /** @param options.roundMs time between two rounds of asking; less measures finer and costs the hosts more */
  constructor(secrets: Secrets, { roundMs = ROUND_MS }: { readonly roundMs?: number } = {}) {
    this.#roundMs = roundMs;
    this.#servers = hostsWithRole('db').map((host) => new Server(host, secrets.REGENT_DATABASE_PASSWORD));
  }

  start(): void {
    this.#running = this.#watch();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  /** Time in which two servers would have taken writes, in ms since the observer started; a multiple of its round. */
  get dualWritableMs(): number {
    return this.#dualMs;
  }

  /** Hosts whose database is open now. */
  get open(): readonly string[] {
    return [...this.#state].filter(([, state]) => state === 'open').map(([host]) => host);
  }

  stateOf(host: string): Openness {
    return this.#state.get(host) ?? 'unknown';
  }

  changesSince(ms: number): readonly OpennessChange[] {
    return this.#changes.filter((each) => each.atMs >= ms);
  }

  async #watch(): Promise<void> {
    let lastMs = nowMs();
    let wasDual = false;
    while (!this.#isStopping) {
      const roundMs = nowMs();
      if (wasDual) this.#dualMs += roundMs - lastMs;
      lastMs = roundMs;
      const seen = await Promise.all(this.#servers.map((server) => server.ask()));
      for (const [index, state] of seen.entries()) this.#note(this.#servers[index]?.host ?? '', state);
      wasDual = seen.filter((state) => state === 'open').length > 1 && (await this.#doTwoTakeWrites());
      await delay(Math.max(0, roundMs + this.#roundMs - nowMs()));
    }
  }

  async #doTwoTakeWrites(): Promise<boolean> {
    const looks = await Promise.all(this.#servers.map((server) => server.look()));
    return takingWrites(looks).length > 1;
  }

  #note(host: string, to: Openness): void {
    if (this.#state.get(host) === to) return;
    this.#state.set(host, to);
    this.#changes.push({ atMs: nowMs(), host, to });
  }
}

const READ_ONLY = 'SELECT @@global.read_only AS readOnly';
const SEMI_SYNC = "SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_master_status'";
const SOURCES = 'SHOW ALL SLAVES STATUS';

/** One server, asked over a connection that is made again whenever it breaks. */
class Server {
  readonly #place: Host;
  readonly #password: string;
  #connection: Connection | undefined;

  constructor(place: Host, password: string) {
    this.#place = place;
    this.#password = password;
  }

  get host(): string {
    return this.#place.name;
  }

  async ask(): Promise<Openness> {
    const rows = await this.#query(READ_ONLY);
    if (rows === undefined) return 'unknown';
    return rows[0]?.readOnly === 0 ? 'open' : 'read-only';
  }

  /** What it does not answer counts against it: it takes writes, and acknowledges everybody's. Not open is not open. */
  async look(): Promise<WritableLook> {
    const sources = await this.#query(SOURCES);
    const semiSync = await this.#query(SEMI_SYNC);
    const readOnly = await this.#query(READ_ONLY);
    return {
      host: this.host,
      address: this.#place.address,
      isOpen: readOnly?.[0]?.readOnly === 0,
      waitsForReplica: semiSync?.[0]?.Value === 'ON',
      sources: sources?.filter((row) => row.Slave_IO_Running !== 'No').map((row) => String(row.Master_Host)),
    };
  }

  async #query(sql: string): Promise<readonly RowDataPacket[] | undefined> {
    try {
      this.#connection ??= await this.#connect();
      const [rows] = await this.#connection.query<RowDataPacket[]>({ sql, timeout: ANSWER_TIMEOUT_MS });
      return rows;
    } catch {
      // Whatever the reason, the server did not say that it is open; the next round connects again.
      this.#connection?.destroy();
      this.#connection = undefined;
      return undefined;
    }
  }

  async close(): Promise<void> {
    this.#connection?.destroy();
  }

  async #connect(): Promise<Connection> {
    const socketPath = `/proc/${await leaderOf(this.host)}/root/run/mysqld/mysqld.sock`;
    const connection = await createConnection({
      socketPath,
      user: 'regent',
      password: this.#password,
      connectTimeout: ANSWER_TIMEOUT_MS,
    });
    connection.on('error', () => undefined);
    return connection;
  }
}
