/**
 * Starts clients in the regions' client networks and keeps what they report. A client is one process with one plan; to
 * change what is tried, stop it and start another. It must not judge samples: `outage.ts` does.
 */

import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { spawnInClient } from '../bed/exec.ts';
import { adminLogin } from '../bed/readiness.ts';
import type { Secrets } from '../bed/seed.ts';
import { hostsWithRole, PORTS, type RegionName, virtualAddress } from '../bed/topology.ts';
import { type Attempt, waitUntil } from '../bed/wait.ts';
import type { ClientPlan, Task } from './client-plan.ts';
import { DirectClient } from './direct-client.ts';
import { nowMs } from './moment.ts';
import { parseSample, type Sample, type SampleKind } from './sample.ts';

/**
 * Light enough for two cores that carry seven hosts, and fewer at once when answers are slow, or the outage that is measured
 * is the client's own; close enough together to measure seconds.
 */
export const TASKS = {
  tokens: { kinds: ['token'], everyMs: 500, waitingMax: 2, timeoutMs: 3_000 },
  /** About 20 requests a second: one token, and its use at both placement-apis. */
  steadyTokens: { kinds: ['token'], everyMs: 150, waitingMax: 8, timeoutMs: 5_000 },
  /** 20 requests a second: one token, and all that were issued before, at every Keystone of every region in turn. */
  validations: { kinds: ['validation'], everyMs: 50, waitingMax: 8, timeoutMs: 5_000 },
  writes: { kinds: ['write'], everyMs: 400, waitingMax: 4, timeoutMs: 3_000 },
  writesAndReads: { kinds: ['write', 'read'], everyMs: 400, waitingMax: 1, timeoutMs: 3_000 },
  address: { kinds: ['address'], everyMs: 50, waitingMax: 8, timeoutMs: 300 },
  rows: { kinds: ['row'], everyMs: 20, waitingMax: 1, timeoutMs: 1_000 },
  /** The same without waiting for an answer that does not come: an outage is seen to end within 20 ms. */
  steadyRows: { kinds: ['row'], everyMs: 20, waitingMax: 50, timeoutMs: 1_000 },
  /** Where the primary may come: refused until then, so a few a second are enough. */
  fewRows: { kinds: ['row'], everyMs: 200, waitingMax: 1, timeoutMs: 1_000 },
} as const satisfies Record<string, Task>;

export type TaskName = keyof typeof TASKS;

export interface ClientOptions {
  readonly region: RegionName;
  readonly tasks: readonly TaskName[];
  /** Regions whose placement-api must accept each token; default: the client's own. */
  readonly placements?: readonly RegionName[];
}

const FIRST_SUCCESS_TIMEOUT_MS = 15_000;
const CLIENT_FILE = `${import.meta.dirname}/client.ts`;

/** Makes clients whose writes all start with one prefix, and ends all of them. */
export class Clients {
  readonly namePrefix = `demo-${randomBytes(4).toString('hex')}-`;
  readonly #secrets: Secrets;
  readonly #started: (ClientProcess | DirectClient)[] = [];
  #count = 0;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /** Starts a client; it has begun to try when this returns. */
  async start(options: ClientOptions): Promise<ClientProcess> {
    this.#count += 1;
    const plan = this.#plan(options, `${this.namePrefix}${this.#count}-`);
    const file = `/run/regent-demo-${process.pid}-${this.#count}.json`;
    await writeFile(file, JSON.stringify(plan), { mode: 0o600 });
    const client = new ClientProcess(options, file);
    this.#started.push(client);
    return client;
  }

  /** Starts a client beside a host's database, which writes past the proxies. */
  direct(host: string): DirectClient {
    this.#count += 1;
    const password = this.#secrets.KEYSTONE_DATABASE_PASSWORD;
    const client = new DirectClient(host, { password, namePrefix: `${this.namePrefix}${this.#count}-` });
    this.#started.push(client);
    return client;
  }

  /** Everything that any client has tried so far. */
  get samples(): readonly Sample[] {
    return this.#started.flatMap((each) => each.samples);
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#started.map((each) => each.stop()));
  }

  #plan(options: ClientOptions, namePrefix: string): ClientPlan {
    const { region } = options;
    return {
      keystone: `http://${virtualAddress(region)}:${PORTS.keystone}`,
      placements: (options.placements ?? [region]).map((each) => `http://${virtualAddress(each)}:${PORTS.placement}`),
      validators: hostsWithRole('api').map(({ address }) => `http://${address}:${PORTS.keystone}`),
      account: adminLogin(this.#secrets),
      database: {
        host: virtualAddress(region),
        port: PORTS.database,
        user: 'keystone',
        password: this.#secrets.KEYSTONE_DATABASE_PASSWORD,
      },
      namePrefix,
      tasks: options.tasks.map((name) => ({ ...TASKS[name], kinds: [...TASKS[name].kinds] })),
    };
  }
}

export class ClientProcess {
  readonly region: RegionName;
  readonly #samples: Sample[] = [];
  readonly #kinds: readonly SampleKind[];
  readonly #child: ReturnType<typeof spawnInClient>;
  readonly #file: string;
  #complaint = '';
  #isRunning = true;
  #isStopped = false;

  constructor(options: ClientOptions, planFile: string) {
    this.region = options.region;
    this.#kinds = options.tasks.flatMap((name) => [...TASKS[name].kinds]);
    this.#file = planFile;
    this.#child = spawnInClient(options.region, [process.execPath, CLIENT_FILE, planFile]);
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#samples.push(parseSample(line)));
    this.#child.stderr.on('data', (chunk) => {
      this.#complaint = `${this.#complaint}${chunk}`.slice(-1_000);
    });
    void this.#child.then(() => {
      this.#isRunning = false;
    });
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** @throws NotInTime when something that the client tries has not succeeded once */
  async firstSuccess(): Promise<void> {
    const since = nowMs();
    const options = { timeoutMs: FIRST_SUCCESS_TIMEOUT_MS, pauseMs: 50 };
    await waitUntil(`first success of the client in ${this.region}`, options, async () => this.#succeeded(since));
  }

  /** Lets what is on its way come back. Idempotent. @throws Error when the client had ended by itself */
  async stop(): Promise<void> {
    if (!this.#isRunning && !this.#isStopped) throw new Error(`the client in ${this.region} ended: ${this.#complaint}`);
    this.#isStopped = true;
    this.#child.kill('SIGTERM');
    await this.#child;
    await rm(this.#file, { force: true });
  }

  #succeeded(sinceMs: number): Attempt {
    if (!this.#isRunning) throw new Error(`the client in ${this.region} ended: ${this.#complaint}`);
    const missing = this.#kinds.filter(
      (kind) => !this.#samples.some((each) => each.kind === kind && each.ok && each.endMs >= sinceMs),
    );
    const last = this.#samples.at(-1);
    return {
      ok: missing.length === 0,
      detail: `no ${missing.join(', ')} yet; last: ${last?.detail ?? 'nothing tried'}`,
    };
  }
}
