/**
 * A daemon that runs in a lab: its process number on the machine, what it said, and the signals that a test sends.
 */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Enough to see why a daemon did not start. */
const OUTPUT_CHARACTERS_MAX = 64_000;

export class LabProcess {
  readonly argv: readonly string[];
  /** On the machine, not inside the lab. */
  readonly pid: number;
  readonly #entry: ChildProcess;
  #output = '';

  /** @param entry the program that entered the lab and waits for its only child, the daemon `pid`. */
  constructor(argv: readonly string[], entry: ChildProcess, pid: number) {
    this.argv = argv;
    this.pid = pid;
    this.#entry = entry;
    for (const stream of [entry.stdout, entry.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output = (this.#output + chunk).slice(-OUTPUT_CHARACTERS_MAX);
      });
    }
  }

  /** The end of what it wrote to both of its outputs. */
  get output(): string {
    return this.#output;
  }

  get isRunning(): boolean {
    return this.#entry.exitCode === null && this.#entry.signalCode === null;
  }

  /** SIGSTOP freezes it: the kernel still accepts its connections, but nobody answers. */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT');
    // nsenter stops itself along with its child.
    process.kill(this.#entry.pid as number, 'SIGCONT');
  }

  /** Sends the signal and waits for the end. Returns at once if it has ended already. */
  async kill(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.#entry, 'exit');
    this.thaw();
    process.kill(this.pid, signal);
    await exited;
  }
}
