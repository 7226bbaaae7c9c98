/**
 * A client of the cloud, run as a process of its own in a region's client network: does what its plan says, over and over,
 * and writes one line for every attempt. It judges nothing, retries nothing, and remembers nothing but the token that its
 * writes use. SIGTERM: begins nothing more, waits for what is on its way, ends.
 */

import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type ClientPlan, clientPlan, type Task } from './client-plan.ts';
import { type Answer, call, issueToken } from './identity-requests.ts';
import { nowMs } from './moment.ts';
import { RowWriter } from './row-writer.ts';
import type { Sample, SampleKind } from './sample.ts';
import { TokenPool } from './token-pool.ts';

type Outcome = Pick<Sample, 'ok' | 'status' | 'id' | 'detail' | 'server'>;

const FINGERPRINT_LENGTH = 16;

class Client {
  readonly #plan: ClientPlan;
  readonly #rows: RowWriter;
  readonly #tokens: TokenPool;
  #isStopping = false;
  #written = 0;
  #token: string | undefined;

  constructor(plan: ClientPlan) {
    this.#plan = plan;
    this.#rows = new RowWriter(plan.database);
    this.#tokens = new TokenPool(plan);
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** Runs until `stop` and until the last attempt has ended. */
  async run(): Promise<void> {
    await Promise.all(this.#plan.tasks.map((task) => this.#repeat(task)));
    this.#rows.close();
  }

  async #repeat(task: Task): Promise<void> {
    const waiting = new Set<Promise<void>>();
    for (let count = 0; !this.#isStopping; count++) {
      const nextMs = nowMs() + task.everyMs;
      while (waiting.size >= task.waitingMax) await Promise.race(waiting);
      if (this.#isStopping) break;
      const kind = task.kinds[count % task.kinds.length] as SampleKind;
      const attempt = this.#attempt(kind, task.timeoutMs).finally(() => waiting.delete(attempt));
      waiting.add(attempt);
      await delay(Math.max(0, nextMs - nowMs()));
    }
    await Promise.all(waiting);
  }

  async #attempt(kind: SampleKind, timeoutMs: number): Promise<void> {
    const startMs = nowMs();
    const outcome = await this.#outcomeOf(kind, timeoutMs);
    const sample: Sample = { kind, startMs, endMs: nowMs(), ...outcome };
    process.stdout.write(`${JSON.stringify(sample)}\n`);
  }

  #outcomeOf(kind: SampleKind, timeoutMs: number): Promise<Outcome> {
    switch (kind) {
      case 'token':
        return this.#useToken(timeoutMs);
      case 'write':
        return this.#write(timeoutMs);
      case 'read':
        return this.#read(timeoutMs);
      case 'address':
        return this.#touch(timeoutMs);
      case 'row':
        return this.#insert(timeoutMs);
      case 'validation':
        return this.#tokens.validate(timeoutMs);
    }
  }

  async #useToken(timeoutMs: number): Promise<Outcome> {
    const { token, answer } = await issueToken(this.#plan.keystone, this.#plan.account, timeoutMs);
    if (token === undefined) return outcome(answer, false, '', 'no token issued');
    const id = createHash('sha256').update(token).digest('hex').slice(0, FINGERPRINT_LENGTH);
    const used = await Promise.all(
      this.#plan.placements.map((placement) => call(`${placement}/resource_providers`, { token, timeoutMs })),
    );
    const refused = used.find((each) => each.status !== 200);
    return outcome(refused ?? used[0] ?? answer, refused === undefined, id, 'placement did not accept the token');
  }

  async #write(timeoutMs: number): Promise<Outcome> {
    this.#written += 1;
    const name = `${this.#plan.namePrefix}${this.#written}`;
    const project = { name, domain_id: 'default', enabled: true };
    const answer = await this.#authorized('/v3/projects', timeoutMs, { project });
    return outcome(answer, answer.status === 201, name, 'not created');
  }

  async #insert(timeoutMs: number): Promise<Outcome> {
    this.#written += 1;
    const id = `${this.#plan.namePrefix}${this.#written}`;
    return { id, ...(await this.#rows.insert(id, timeoutMs)) };
  }

  async #read(timeoutMs: number): Promise<Outcome> {
    const answer = await this.#authorized('/v3/projects?name=admin', timeoutMs);
    return outcome(answer, answer.status === 200, '', 'not listed');
  }

  async #touch(timeoutMs: number): Promise<Outcome> {
    const answer = await call(`${this.#plan.keystone}/v3`, { timeoutMs });
    return outcome(answer, answer.status === 200, '', 'no answer');
  }

  async #authorized(path: string, timeoutMs: number, body?: object): Promise<Answer> {
    if (this.#token === undefined) {
      const { token, answer } = await issueToken(this.#plan.keystone, this.#plan.account, timeoutMs);
      if (token === undefined) return answer;
      this.#token = token;
    }
    const options = body === undefined ? {} : { method: 'POST' as const, body };
    const answer = await call(`${this.#plan.keystone}${path}`, { ...options, token: this.#token, timeoutMs });
    if (answer.status === 401) this.#token = undefined;
    return answer;
  }
}

function outcome(answer: Answer, ok: boolean, id: string, otherwise: string): Outcome {
  const detail = ok ? '' : `${otherwise}: ${answer.problem === '' ? `status ${answer.status}` : answer.problem}`;
  return { ok, status: answer.status, id, detail };
}

async function main(file: string): Promise<void> {
  const plan = clientPlan.parse(JSON.parse(await readFile(file, 'utf8')));
  await rm(file, { force: true });
  const client = new Client(plan);
  process.once('SIGTERM', () => client.stop());
  await client.run();
}

await main(process.argv[2] ?? '');
