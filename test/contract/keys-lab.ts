/**
 * A lab with a real Keystone on SQLite under uWSGI, as the bed runs it, with its key repositories where a test can reach them.
 * It runs as the Keystone user, so a key that this user cannot read is as bad as in life.
 */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '../bed/lab.ts';
import type { LabProcess } from '../bed/lab-process.ts';

const PORT = 5000;
const PASSWORD = 'lab-secret';
const START_WITHIN_MS = 120_000;

const CONFIGURATION = `[DEFAULT]
use_stderr = true
log_dir =
[database]
connection = sqlite:////lab/keystone.sqlite
[cache]
enabled = false
[token]
provider = fernet
caching = false
[fernet_tokens]
key_repository = /lab/fernet-keys
max_active_keys = 3
[credential]
key_repository = /lab/credential-keys
[identity]
password_hash_rounds = 4
max_password_length = 72
`;

/** Keystone parses sys.argv when it is loaded and would take uWSGI's arguments for its own. */
const WSGI = `import sys
sys.argv = sys.argv[:1]
from keystone.server.wsgi import initialize_public_application
application = initialize_public_application()
`;

const SERVER = [
  ...[
    '/usr/bin/uwsgi',
    '--plugins',
    'python3',
    '--wsgi-file',
    '/lab/public.wsgi',
    '--http-socket',
    `127.0.0.1:${PORT}`,
  ],
  ...['--master', '--processes', '1', '--need-app', '--die-on-term', '--buffer-size', '65535'],
  ...['--uid', 'keystone', '--gid', 'keystone', '--catch-exceptions', '--add-header', 'Connection: close'],
];

const SETUP = `
set -e
cp /lab/keystone.conf /etc/keystone/keystone.conf
keystone-manage db_sync
keystone-manage fernet_setup --keystone-user keystone --keystone-group keystone
keystone-manage credential_setup --keystone-user keystone --keystone-group keystone
keystone-manage bootstrap --bootstrap-password ${PASSWORD}
chown keystone:keystone /lab/keystone.sqlite
`;

export class KeysLab {
  readonly #lab: Lab;
  readonly #url: string;
  readonly #server: LabProcess;

  private constructor(lab: Lab, url: string, server: LabProcess) {
    this.#lab = lab;
    this.#url = url;
    this.#server = server;
  }

  static async start(): Promise<KeysLab> {
    const lab = await Lab.start();
    // The Keystone user goes through it, and SQLite makes its journal in it.
    await chmod(lab.directory, 0o777);
    await writeFile(join(lab.directory, 'keystone.conf'), CONFIGURATION);
    await writeFile(join(lab.directory, 'public.wsgi'), WSGI);
    await lab.run(['sh', '-c', SETUP], { timeoutMs: START_WITHIN_MS });
    const server = await lab.spawn(SERVER);
    const { port } = await lab.forward(PORT);
    const keystone = new KeysLab(lab, `http://127.0.0.1:${port}/v3/auth/tokens`, server);
    await keystone.#untilAnswering();
    return keystone;
  }

  /** The key repository, as the test reaches it. */
  get fernetKeys(): string {
    return join(this.#lab.directory, 'fernet-keys');
  }

  /** As the operator of a single Keystone does it. */
  async rotate(): Promise<void> {
    const who = ['--keystone-user', 'keystone', '--keystone-group', 'keystone'];
    await this.#lab.run(['keystone-manage', 'fernet_rotate', ...who], { timeoutMs: START_WITHIN_MS });
  }

  /** @throws Error with what Keystone says when it issues none */
  async issue(): Promise<string> {
    const response = await this.#ask();
    const token = response.headers.get('x-subject-token');
    if (token === null) throw new Error(`Keystone issues no token: ${response.status} ${await response.text()}`);
    return token;
  }

  /** @returns the status of a validation of one token by another one: 200, or 404 if it cannot be read */
  async validate(token: string, by: string): Promise<number> {
    const response = await fetch(this.#url, { headers: { 'x-auth-token': by, 'x-subject-token': token } });
    await response.arrayBuffer();
    return response.status;
  }

  stop(): Promise<void> {
    return this.#lab.stop();
  }

  #ask(): Promise<Response> {
    const user = { name: 'admin', domain: { id: 'default' }, password: PASSWORD };
    const identity = { methods: ['password'], password: { user } };
    const scope = { project: { name: 'admin', domain: { id: 'default' } } };
    return fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth: { identity, scope } }),
    });
  }

  async #untilAnswering(): Promise<void> {
    for (let attempt = 0; attempt < 1_200; attempt++) {
      if (!this.#server.isRunning) throw new Error(`Keystone ended: ${this.#server.output}`);
      const response = await this.#ask().catch(() => undefined);
      if (response?.status === 201) return;
      await sleep(100);
    }
    throw new Error(`Keystone does not answer: ${this.#server.output}`);
  }
}
