/**
 * A client beside a server: writes rows through that server's own socket, past every proxy, and keeps what it was told. It
 * shows what a server would acknowledge to whoever still reaches it.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { leaderOf } from '../bed/exec.ts';
import { waitUntil } from '../bed/wait.ts';
import { nowMs } from './moment.ts';
import { RowWriter } from './row-writer.ts';
import type { Sample } from './sample.ts';

const EVERY_MS = 50;
const ROW_TIMEOUT_MS = 1_000;
const FIRST_SUCCESS_TIMEOUT_MS = 10_000;

export class DirectClient {
  readonly host: string;
  readonly #samples: Sample[] = [];
  readonly #running: Promise<void>;
  #isStopping = false;

  /** Begins to write. */
  constructor(host: string, { password, namePrefix }: { readonly password: string; readonly namePrefix: string }) {
    this.host = host;
    this.#running = this.#run(password, namePrefix);
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** @throws NotInTime when the server acknowledged nothing since the call */
  async firstSuccess(): Promise<void> {
    const sinceMs = nowMs();
    const options = { timeoutMs: FIRST_SUCCESS_TIMEOUT_MS, pauseMs: EVERY_MS };
    await waitUntil(`a row that ${this.host} acknowledges`, options, async () => ({
      ok: this.#samples.some(({ ok, startMs }) => ok && startMs >= sinceMs),
      detail: this.#samples.at(-1)?.detail ?? 'nothing tried',
    }));
  }

  /** Waits for what is on its way. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #run(password: string, namePrefix: string): Promise<void> {
    const socketPath = `/proc/${await leaderOf(this.host)}/root/run/mysqld/mysqld.sock`;
    const writer = new RowWriter({ socketPath, user: 'keystone', password });
    for (let count = 1; !this.#isStopping; count++) {
      const startMs = nowMs();
      const id = `${namePrefix}${count}`;
      const outcome = await writer.insert(id, ROW_TIMEOUT_MS);
      this.#samples.push({ kind: 'row', startMs, endMs: nowMs(), id, ...outcome });
      await delay(EVERY_MS);
    }
    writer.close();
  }
}
