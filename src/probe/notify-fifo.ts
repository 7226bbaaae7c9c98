/**
 * Reads what keepalived says through its notify FIFO. It wakes; the interfaces decide. keepalived makes the FIFO if there
 * is none when it starts, so it is opened again after each end, while there is none, and when another has taken its
 * place. The reading is the event loop's (no thread waits in it) and does not keep the process alive.
 * A FIFO gives each line to one reader only: there must be one of these for a FIFO.
 */
import { close, constants, fstat, open, type Stats, stat } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import type { Timer, Timers } from '../core/clock.ts';
import { LineSplitter } from './line-splitter.ts';
import { parseNotice, type VrrpState } from './vrrp-notice.ts';

export interface NotifyFifoOptions {
  /** keepalived's `notify_fifo`, an absolute path. */
  readonly path: string;
  readonly timers: Timers;
  /** Between tries to open it, and between checks that it is still the same, in ms. */
  readonly retryMs?: number;
  /** @param state null when keepalived no longer runs the instance. Must not throw. */
  readonly onState: (instance: string, state: VrrpState | null) => void;
  /** Called when the FIFO cannot be used for a reason other than that there is none; once per reason. Must not throw. */
  readonly onProblem?: (problem: string) => void;
}

/** What is late by this is not lost: the FIFO keeps it, and the interface is looked at anyway. */
const DEFAULT_RETRY_MS = 1_000;

export class NotifyFifo {
  readonly #options: NotifyFifoOptions;
  #isRunning = false;
  #socket: Socket | undefined;
  /** Of the FIFO that the socket reads. */
  #identity = '';
  #timer: Timer | undefined;
  #step: Promise<void> = Promise.resolve();
  #problem: string | undefined;

  /** Does no I/O. */
  constructor(options: NotifyFifoOptions) {
    this.#options = options;
  }

  /** Idempotent; may be called again after `stop`. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#next();
  }

  /** Idempotent. Nothing is called after it was called. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#drop();
    await this.#step;
  }

  /** One step after the other, also when it was stopped and started in the middle of one. */
  #next(): void {
    this.#step = this.#step.then(async () => {
      if (!this.#isRunning) return;
      await this.#openOrCheck();
      if (!this.#isRunning) return this.#drop();
      this.#timer?.cancel();
      this.#timer = this.#options.timers.after(this.#options.retryMs ?? DEFAULT_RETRY_MS, () => this.#next());
    });
  }

  async #openOrCheck(): Promise<void> {
    const { path } = this.#options;
    try {
      const there = await promisify(stat)(path);
      if (this.#socket !== undefined && this.#identity === identity(there)) return;
      this.#drop();
      const { descriptor, stats } = await openFifo(path);
      this.#read(descriptor);
      this.#identity = identity(stats);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'ENOENT') this.#tell(error);
    }
  }

  #read(descriptor: number): void {
    const socket = new Socket({ fd: descriptor, readable: true, writable: false });
    const lines = new LineSplitter((line) => {
      const notice = this.#socket === socket ? parseNotice(line) : undefined;
      if (notice !== undefined) this.#options.onState(notice.instance, notice.state);
    });
    this.#socket = socket;
    this.#problem = undefined;
    socket.unref();
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => lines.push(chunk));
    socket.on('error', (error) => this.#tell(error));
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #tell(error: unknown): void {
    const problem = `${this.#options.path}: ${error instanceof Error ? error.message : String(error)}`;
    if (this.#problem === problem || !this.#isRunning) return;
    this.#problem = problem;
    this.#options.onProblem?.(problem);
  }
}

function identity({ dev, ino }: Stats): string {
  return `${dev} ${ino}`;
}

/** Without O_NONBLOCK the opening would wait, in a thread, until somebody writes. */
async function openFifo(path: string): Promise<{ readonly descriptor: number; readonly stats: Stats }> {
  const descriptor = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await promisify(fstat)(descriptor);
  if (stats.isFIFO()) return { descriptor, stats };
  await promisify(close)(descriptor);
  throw new Error('this is not a FIFO');
}
