/**
 * Three real MariaDB servers in one lab, set up as regent wants them: started closed, GTID strict, semi-sync compiled in,
 * replication never starting by itself. Each has its own port, socket and data directory; all start from one copy.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { grantsOf } from '../../src/core/grants.ts';
import { Lab } from '../bed/lab.ts';
import type { LabProcess } from '../bed/lab-process.ts';

export const REGENT = { user: 'regent', password: 'regent-secret' } as const;
export const REPLICATION = { user: 'repl', password: "re'pl\\secret" } as const;

/** One for everybody, and one for each of three servers. */
const REPLICATION_USERS = [REPLICATION.user, 'repl-1', 'repl-2', 'repl-3'];

/** Every account may be locked. */
export const LAB_GRANTS = grantsOf({
  files: [],
  units: [],
  addresses: [],
  accounts: REPLICATION_USERS,
  haproxy: null,
});

const FORMAT = `
set -e
mkdir -p /var/lab/base && chown mysql:mysql /var/lab/base
mariadb-install-db --no-defaults --user=mysql --datadir=/var/lab/base --skip-test-db \
  --auth-root-authentication-method=socket >/dev/null
mariadbd --no-defaults --user=mysql --datadir=/var/lab/base --bootstrap <<'SQL'
FLUSH PRIVILEGES;
${REPLICATION_USERS.map((user) => `CREATE USER '${user}'@'%' IDENTIFIED BY 're\\'pl\\\\secret';\nGRANT REPLICATION SLAVE ON *.* TO '${user}'@'%';`).join('\n')}
CREATE USER 'regent'@'localhost' IDENTIFIED BY 'regent-secret';
GRANT READ_ONLY ADMIN, REPLICATION SLAVE ADMIN, REPLICATION MASTER ADMIN, SLAVE MONITOR, BINLOG MONITOR, BINLOG ADMIN,
  CONNECTION ADMIN, PROCESS, RELOAD, EVENT, SHOW DATABASES, CREATE USER, SUPER ON *.* TO 'regent'@'localhost';
CREATE DATABASE regent;
CREATE TABLE regent.heartbeat (id INT PRIMARY KEY, term BIGINT NOT NULL, node VARCHAR(255) NOT NULL, at_ms BIGINT NOT NULL);
CREATE DATABASE app;
CREATE TABLE app.t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(64)) ENGINE=InnoDB;
CREATE USER 'app'@'localhost' IDENTIFIED BY 'app';
GRANT ALL ON app.* TO 'app'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON regent.* TO 'regent'@'localhost';
GRANT SELECT ON app.* TO 'regent'@'localhost';
GRANT SELECT ON mysql.global_priv TO 'regent'@'localhost';
SQL
`;

export interface LabDatabase {
  readonly name: string;
  readonly serverId: number;
  readonly port: number;
  /** As the test reaches it. */
  readonly socketPath: string;
  /** Inside the lab. */
  readonly dataDirectory: string;
  process: LabProcess;
}

export class MariadbLab {
  readonly lab: Lab;
  private constructor(lab: Lab) {
    this.lab = lab;
  }

  static async start(): Promise<MariadbLab> {
    const lab = await Lab.start();
    await lab.run(['sh', '-c', FORMAT], { timeoutMs: 100_000 });
    return new MariadbLab(lab);
  }

  /** Makes a server's files and starts it. @param home directory of the lab in which the server's data lies */
  async create(name: string, serverId: number, port: number, home = '/var/lab'): Promise<LabDatabase> {
    const dataDirectory = `${home}/${name}`;
    await this.lab.run(['sh', '-c', `cp -a /var/lab/base ${dataDirectory} && install -d -o mysql /run/${name}`]);
    const database = { name, serverId, port, socketPath: this.lab.pathOf(`/run/${name}/s.sock`), dataDirectory };
    return { ...database, process: await this.#spawn(database, []) };
  }

  /** Starts it again after its process ended. */
  async restart(database: LabDatabase, extra: readonly string[] = []): Promise<void> {
    database.process = await this.#spawn(database, extra);
  }

  async #spawn(
    { name, serverId, port, socketPath, dataDirectory }: Omit<LabDatabase, 'process'>,
    extra: readonly string[],
  ): Promise<LabProcess> {
    const process = await this.lab.spawn([
      '/usr/sbin/mariadbd',
      '--no-defaults',
      '--user=mysql',
      `--datadir=${dataDirectory}`,
      `--socket=/run/${name}/s.sock`,
      `--pid-file=/run/${name}/pid`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--server-id=${serverId}`,
      `--report-host=${name}`,
      '--log-bin=binlog',
      '--relay-log=relay',
      '--binlog-format=ROW',
      '--log-slave-updates=1',
      '--gtid-strict-mode=1',
      '--gtid-domain-id=0',
      '--read-only=1',
      '--skip-slave-start=1',
      '--sync-binlog=1',
      '--innodb-flush-log-at-trx-commit=1',
      '--innodb-buffer-pool-size=32M',
      '--innodb-log-file-size=16M',
      '--performance-schema=OFF',
      '--rpl-semi-sync-master-timeout=4294967295',
      '--rpl-semi-sync-master-wait-point=AFTER_SYNC',
      '--rpl-semi-sync-slave-kill-conn-timeout=1',
      '--skip-name-resolve',
      ...extra,
    ]);
    await answering(socketPath, process);
    return process;
  }

  stop(): Promise<void> {
    return this.lab.stop();
  }
}

/** A connection as an application has it: without any right to write to a closed server. */
export function connectApp(database: LabDatabase): Promise<Connection> {
  return createConnection({ socketPath: database.socketPath, user: 'app', password: 'app', database: 'app' });
}

export function connectRegent(database: LabDatabase): Promise<Connection> {
  return createConnection({ socketPath: database.socketPath, ...REGENT });
}

async function answering(socketPath: string, process: LabProcess): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt++) {
    if (!process.isRunning) throw new Error(`mariadbd ended: ${process.output}`);
    const connection = await createConnection({ socketPath, ...REGENT }).catch(() => undefined);
    if (connection !== undefined) {
      await connection.end();
      return;
    }
    await sleep(50);
  }
  throw new Error(`mariadbd does not answer: ${process.output}`);
}
