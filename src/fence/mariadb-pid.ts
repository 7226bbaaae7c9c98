/**
 * The process of this node's MariaDB, for the fence: asked of systemd while there is time, checked in /proc to be still
 * that process before it is killed.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { GuardedProcess } from './close-server.ts';

interface Life {
  readonly pid: number;
  /** Clock ticks from the boot to its start (proc_pid_stat(5), field 22): a number that is used again differs in it. */
  readonly startTicks: string;
  readonly invocation: string;
}

/** Runs a program. @returns what it printed. @throws Error if it failed */
export type RunProgram = (argv: readonly [string, ...string[]]) => Promise<string>;

const SYSTEMCTL = '/usr/bin/systemctl';
const ANSWER_WITHIN_MS = 5_000;
/** A process that SIGKILL does not end in this time hangs in the kernel. */
const GONE_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 5;

export class MariadbPid implements GuardedProcess {
  readonly #unit: string;
  readonly #run: RunProgram;
  #known: Life | undefined;

  constructor(unit: string, run: RunProgram = runProgram) {
    this.#unit = unit;
    this.#run = run;
  }

  /** Learns which process it is, unless the known one lives. @throws Error if systemd does not answer */
  async prepare(): Promise<void> {
    if (this.#known !== undefined && !isGone(this.#known)) return;
    this.#known = await this.#ask();
  }

  async kill(invocation: string | undefined): Promise<boolean> {
    await this.prepare();
    const life = this.#known;
    if (life === undefined || (invocation !== undefined && life.invocation !== invocation)) return false;
    try {
      process.kill(life.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    for (let waitedMs = 0; !isGone(life); waitedMs += LOOK_EVERY_MS) {
      if (waitedMs >= GONE_WITHIN_MS) throw new Error(`process ${life.pid} of ${this.#unit} does not end by SIGKILL`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    this.#known = undefined;
    return true;
  }

  async #ask(): Promise<Life | undefined> {
    const said = await this.#run([SYSTEMCTL, 'show', '--property=MainPID,InvocationID', this.#unit]);
    const pid = Number(/^MainPID=(\d+)$/m.exec(said)?.[1]);
    const invocation = /^InvocationID=(\S+)$/m.exec(said)?.[1];
    if (!(pid > 0) || invocation === undefined) return undefined;
    const stat = statOf(pid);
    return stat === undefined ? undefined : { pid, startTicks: stat.startTicks, invocation };
  }
}

/** Has this life ended with all of its threads? A main thread may be a zombie while another one still writes. */
function isGone({ pid, startTicks }: Life): boolean {
  const stat = statOf(pid);
  if (stat === undefined || stat.startTicks !== startTicks) return true;
  return stat.hasEnded && threadsOf(pid) <= 1;
}

function statOf(pid: number): { readonly startTicks: string; readonly hasEnded: boolean } | undefined {
  const text = readProc(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The name is in parentheses and may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state = '', startTicks] = [fields[0], fields[19]];
  return startTicks === undefined ? undefined : { startTicks, hasEnded: state === 'Z' || state.toUpperCase() === 'X' };
}

const threadsOf = (pid: number): number => readProc(() => readdirSync(`/proc/${pid}/task`))?.length ?? 0;

/** @returns undefined when there is no such process any more */
function readProc<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

export const runProgram: RunProgram = ([file, ...args]) =>
  new Promise((resolve, reject) => {
    const options = { timeout: ANSWER_WITHIN_MS, killSignal: 'SIGKILL' as const };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.join(' ')} failed: ${stderr.trim() || error.message}`));
    });
  });
