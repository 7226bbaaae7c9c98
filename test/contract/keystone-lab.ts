/**
 * Real Keystones in one lab, on one identity database of MariaDB: Debian's packages, bootstrapped as an operator does it,
 * each Keystone one process under uWSGI. Each has a port and key directories of its own (copies of one set at the
 * start), so that what differs between two Keystones of one cloud can be made to differ. Nothing is cached: what is read
 * is what is there.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { issueToken, keystoneRequest } from '../../src/probe/keystone-token.ts';
import { KEYSTONE_WSGI } from '../bed/config/keystone.ts';
import { Lab } from '../bed/lab.ts';
import type { Forward } from '../bed/lab-forward.ts';
import type { LabProcess } from '../bed/lab-process.ts';

/** May do everything, by its role on the project `admin`. */
export const KEYSTONE_ADMIN = { username: 'admin', password: 'admin-secret', project: 'admin' } as const;

/** What the bootstrap writes: three identity rows (public, internal, admin) of this region that lead here. */
export const BOOTSTRAP = { region: 'north', url: 'http://192.0.2.10:5000/v3' } as const;

const HOME = '/var/lab/keystone';
const SOCKET = '/run/database/s.sock';
const COMMAND_TIMEOUT_MS = 200_000;

const SETUP_DATABASE = `
set -e
install -d -o mysql -g mysql /run/database /var/lab /var/lab/mysql
mariadb-install-db --no-defaults --user=mysql --datadir=/var/lab/mysql --skip-test-db \
  --auth-root-authentication-method=socket >/dev/null
`;

const DATABASE = [
  '/usr/sbin/mariadbd',
  '--no-defaults',
  '--user=mysql',
  '--datadir=/var/lab/mysql',
  `--socket=${SOCKET}`,
  '--skip-networking',
  '--innodb-log-file-size=16M',
  '--innodb-buffer-pool-size=32M',
  '--innodb-flush-log-at-trx-commit=0',
  '--performance-schema=OFF',
];

/** The schema is made by root; Keystone's own account may be stopped from writing by `read_only`. */
const SETUP_KEYSTONE = `
set -e
mariadb --socket=${SOCKET} <<'SQL'
CREATE DATABASE keystone CHARACTER SET utf8mb3;
CREATE USER 'keystone'@'localhost' IDENTIFIED BY 'keystone-secret';
GRANT SELECT, INSERT, UPDATE, DELETE ON keystone.* TO 'keystone'@'localhost';
SQL
install -d -o keystone -g keystone -m 0750 ${HOME} ${HOME}/base
manage() { keystone-manage --config-file /lab/base/keystone.conf "$@"; }
sed 's/keystone:keystone-secret@/root@/' /lab/base/keystone.conf >/lab/base/root.conf
keystone-manage --config-file /lab/base/root.conf db_sync
manage fernet_setup --keystone-user keystone --keystone-group keystone
manage credential_setup --keystone-user keystone --keystone-group keystone
manage bootstrap --bootstrap-password ${KEYSTONE_ADMIN.password} --bootstrap-region-id ${BOOTSTRAP.region} \
  --bootstrap-public-url ${BOOTSTRAP.url} --bootstrap-internal-url ${BOOTSTRAP.url} --bootstrap-admin-url ${BOOTSTRAP.url}
`;

/** One Keystone of the lab. */
export interface LabKeystone {
  readonly name: string;
  /** As the test reaches it, with its version. */
  readonly url: string;
  /** The way to it, which can be frozen and broken. */
  readonly way: Forward;
  /** Directories as the test reaches them; inside the lab their owner is `keystone`. */
  readonly fernetKeys: string;
  readonly credentialKeys: string;
  process: LabProcess;
}

export class KeystoneLab {
  readonly lab: Lab;
  #nextPort = 5_001;

  private constructor(lab: Lab) {
    this.lab = lab;
  }

  static async start(): Promise<KeystoneLab> {
    const lab = await Lab.start();
    try {
      // Keystone is not root, and reads its configuration there.
      await chmod(lab.directory, 0o755);
      await lab.run(['sh', '-c', SETUP_DATABASE], { timeoutMs: COMMAND_TIMEOUT_MS });
      await databaseAnswering(lab, await lab.spawn(DATABASE));
      await writeConfiguration(lab, 'base', '');
      await lab.run(['sh', '-c', SETUP_KEYSTONE], { timeoutMs: COMMAND_TIMEOUT_MS });
    } catch (error) {
      await lab.stop();
      throw error;
    }
    return new KeystoneLab(lab);
  }

  /**
   * Starts a Keystone with copies of the lab's first keys.
   * @param name - unique in the lab
   * @param added - sections of keystone.conf beside the lab's own; oslo.config takes the last value of an option
   */
  async create(name: string, added = ''): Promise<LabKeystone> {
    const port = this.#nextPort++;
    await writeConfiguration(this.lab, name, added);
    await writeFile(join(this.lab.directory, name, 'uwsgi.ini'), uwsgiConfiguration(name, port));
    await this.lab.run(['cp', '-a', `${HOME}/base`, `${HOME}/${name}`]);
    const process = await this.#spawn(name);
    const way = await this.lab.forward(port);
    const url = `http://${way.address}/v3`;
    await answering(url, process);
    const keys = (kind: string) => this.lab.pathOf(`${HOME}/${name}/${kind}-keys`);
    return { name, url, way, fernetKeys: keys('fernet'), credentialKeys: keys('credential'), process };
  }

  /** Starts it again after its process ended. */
  async restart(keystone: LabKeystone): Promise<void> {
    keystone.process = await this.#spawn(keystone.name);
    await answering(keystone.url, keystone.process);
  }

  /** `keystone-manage` with the configuration of one Keystone. @returns what it printed */
  manage({ name }: Pick<LabKeystone, 'name'>, ...argv: readonly string[]): Promise<string> {
    const run = ['keystone-manage', '--config-file', `/lab/${name}/keystone.conf`, ...argv];
    return this.lab.run(run, { timeoutMs: COMMAND_TIMEOUT_MS });
  }

  /** A request of the administrator to Keystone's API. @returns the body of its answer. @throws Error with it, unless 2xx */
  async ask({ url }: Pick<LabKeystone, 'url'>, method: string, path: string, body?: object): Promise<unknown> {
    const signal = AbortSignal.timeout(COMMAND_TIMEOUT_MS);
    const issued = await issueToken(url, KEYSTONE_ADMIN, { signal });
    if (!issued.ok) throw new Error(issued.verdict.detail);
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await keystoneRequest(url, {
      method,
      path,
      headers: { 'x-auth-token': issued.token },
      signal,
      ...init,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** The database is a closed one, as a replica is: every Keystone reads on, and answers 500 to what would write. */
  async setReadOnly(isReadOnly: boolean): Promise<void> {
    await this.sql(`SET GLOBAL read_only=${isReadOnly ? 1 : 0}`);
  }

  /** @returns what the identity database answers, in columns separated by tabs */
  sql(statement: string): Promise<string> {
    const run = ['mariadb', `--socket=${SOCKET}`, '--skip-column-names', '--batch', 'keystone', '-e', statement];
    return this.lab.run(run, { timeoutMs: COMMAND_TIMEOUT_MS });
  }

  stop(): Promise<void> {
    return this.lab.stop();
  }

  #spawn(name: string): Promise<LabProcess> {
    const run = ['/usr/bin/uwsgi', '--ini', `/lab/${name}/uwsgi.ini`];
    return this.lab.spawn(run, { OS_KEYSTONE_CONFIG_DIR: `/lab/${name}` });
  }
}

async function writeConfiguration(lab: Lab, name: string, added: string): Promise<void> {
  const directory = join(lab.directory, name);
  await mkdir(directory);
  await writeFile(join(directory, 'keystone.conf'), keystoneConfiguration(name) + added);
  await writeFile(join(directory, 'public.wsgi'), KEYSTONE_WSGI);
}

function keystoneConfiguration(name: string): string {
  return `[DEFAULT]
use_stderr = true
log_dir =
[database]
connection = mysql+pymysql://keystone:keystone-secret@localhost/keystone?unix_socket=${SOCKET}
[cache]
enabled = false
[token]
provider = fernet
[fernet_tokens]
key_repository = ${HOME}/${name}/fernet-keys
[credential]
key_repository = ${HOME}/${name}/credential-keys
[identity]
password_hash_rounds = 4
max_password_length = 72
`;
}

function uwsgiConfiguration(name: string, port: number): string {
  return `[uwsgi]
plugins = python3
wsgi-file = /lab/${name}/public.wsgi
http-socket = 127.0.0.1:${port}
uid = keystone
gid = keystone
master = true
processes = 1
threads = 4
enable-threads = true
die-on-term = true
need-app = true
buffer-size = 65535
disable-logging = true
disable-write-exception = true
catch-exceptions = true
ignore-sigpipe = true
add-header = Connection: close
`;
}

async function databaseAnswering(lab: Lab, process: LabProcess): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt++) {
    if (!process.isRunning) throw new Error(`mariadbd ended: ${process.output}`);
    const isUp = await lab.run(['mariadb-admin', `--socket=${SOCKET}`, 'ping']).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await sleep(50);
  }
  throw new Error(`mariadbd does not answer: ${process.output}`);
}

async function answering(url: string, process: LabProcess): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt++) {
    if (!process.isRunning) throw new Error(`Keystone ended: ${process.output}`);
    const answer = await fetch(url, { headers: { connection: 'close' } }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await sleep(50);
  }
  throw new Error(`Keystone does not answer: ${process.output}`);
}
