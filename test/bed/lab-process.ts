/**
 * A daemon that runs in a lab: its process number on the machine, what it said, and the signals that a test sends.
 */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

/** Enough to see why a daemon did not start. */
const OUTPUT_CHARACTERS_MAX = 64_000;

const STOP_TIMEOUT_MS = 5_000;

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

  /**
   * SIGSTOP freezes it: the kernel still accepts its connections, but nobody answers. A thread that runs on another
   * processor goes on for a moment, so that each one is seen stopped before this returns.
   */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
    const deadlineMs = performance.now() + STOP_TIMEOUT_MS;
    while (!areStopped(this.pid)) {
      if (performance.now() > deadlineMs) throw new Error(`process ${this.pid} does not stop`);
    }
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

/** The third field of a thread's stat is its state; the second, its name in brackets, may hold anything. */
function areStopped(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).every((task) => {
    const stat = statOf(`${tasks}/${task}/stat`);
    return stat === undefined || 'Tt'.includes(stat.slice(stat.lastIndexOf(')') + 2).charAt(0));
  });
}

/** Undefined: the thread has ended meanwhile. */
function statOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
