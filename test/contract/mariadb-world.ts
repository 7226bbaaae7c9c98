/**
 * The real world of the database contract: MariaDB servers in a lab, driven by the adapter that production uses.
 */
import type { RowDataPacket } from 'mysql2';
import type { Connection } from 'mysql2/promise';
import type { StartRole } from '../../src/actuator/database-server.ts';
import { MariadbServer } from '../../src/actuator/mariadb-server.ts';
import type { DatabaseNode, DatabaseTrio, DatabaseWorld, WriteResult } from './database-world.ts';
import {
  connectApp,
  connectRegent,
  LAB_GRANTS,
  type LabDatabase,
  MariadbLab,
  REGENT,
  REPLICATION,
} from './mariadb-lab.ts';

/** As the start-role file of the process adapter says it. */
const ROLE_ARGUMENTS: Readonly<Record<StartRole, readonly string[]>> = {
  keep: ['--init-rpl-role=MASTER'],
  former: ['--init-rpl-role=SLAVE', '--rpl-semi-sync-slave-enabled=1'],
};

export class MariadbWorld implements DatabaseWorld {
  readonly #lab: MariadbLab;
  readonly #databases = new Map<DatabaseNode, LabDatabase>();
  #trios = 0;

  private constructor(lab: MariadbLab) {
    this.#lab = lab;
  }

  static async start(): Promise<MariadbWorld> {
    return new MariadbWorld(await MariadbLab.start());
  }

  async fresh(): Promise<DatabaseTrio> {
    this.#trios += 1;
    const [a, b, c] = await Promise.all([1, 2, 3].map((id) => this.#node(`t${this.#trios}-${id}`, id)));
    return { a, b, c } as DatabaseTrio;
  }

  async discard({ a, b, c }: DatabaseTrio): Promise<void> {
    for (const node of [a, b, c]) {
      await node.server.end();
      await this.#databases.get(node)?.process.kill();
    }
  }

  async stop(): Promise<void> {
    await this.#lab.stop();
  }

  async #node(name: string, serverId: number): Promise<DatabaseNode> {
    const database = await this.#lab.create(name, serverId, 3300 + this.#trios * 10 + serverId);
    const { socketPath, port } = database;
    const account = `repl-${serverId}`;
    const replication = { ...REPLICATION, user: account };
    const server = new MariadbServer({ socketPath, ...REGENT, replication, grants: LAB_GRANTS });
    const node: DatabaseNode = {
      server,
      serverId,
      account,
      host: '127.0.0.1',
      port,
      insert: (value) => insert(database, value),
      rows: async () => (await ask(database, 'SELECT v FROM app.t ORDER BY v')).map((row) => String(row.v)),
      clientSessions: async () => {
        const sql =
          "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE USER = 'app' OR INFO LIKE 'SET STATE%'";
        return Number((await ask(database, sql))[0]?.n);
      },
      stopApplier: async () => void (await ask(database, 'STOP SLAVE SQL_THREAD')),
      freeze: () => database.process.freeze(),
      thaw: () => database.process.thaw(),
      crash: () => database.process.kill(),
      restart: (role) => this.#lab.restart(database, ROLE_ARGUMENTS[role]),
    };
    this.#databases.set(node, database);
    return node;
  }
}

async function insert(database: LabDatabase, value: string): Promise<WriteResult> {
  let connection: Connection | undefined;
  try {
    connection = await connectApp(database);
    // Without a listener the end of the connection would end the test process.
    connection.on('error', () => {});
    await connection.query('INSERT INTO t (v) VALUES (?)', [value]);
    return 'ok';
  } catch (error) {
    const isAnswer =
      (error as { sqlState?: string }).sqlState !== undefined && (error as { fatal?: boolean }).fatal !== true;
    return isAnswer && (error as { errno?: number }).errno === 1290 ? 'refused' : 'lost';
  } finally {
    connection?.destroy();
  }
}

async function ask(database: LabDatabase, sql: string): Promise<readonly RowDataPacket[]> {
  const connection = await connectRegent(database);
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return Array.isArray(rows) ? rows : [];
  } finally {
    connection.destroy();
  }
}
