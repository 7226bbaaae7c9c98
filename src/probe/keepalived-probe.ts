/**
 * Whether keepalived runs on this node: the process that its pid file names is there, is a keepalived and is not stopped.
 * A stopped one is as bad as none, because the others take the address while it stays here.
 */
import { readFile } from 'node:fs/promises';
import type { Observation } from '../core/observation.ts';
import type { Probe } from './probe.ts';

export interface KeepalivedProbeOptions {
  readonly everyMs: number;
  /** Absolute path; keepalived's `--pid`. */
  readonly pidFile?: string;
}

/** Where keepalived 2.2 puts it unless told otherwise. */
const DEFAULT_PID_FILE = '/run/keepalived.pid';

/** Field 3 of /proc/PID/stat (proc_pid_stat(5)) when nothing of a process runs. */
const NOT_RUNNING: Readonly<Record<string, string>> = {
  T: 'is stopped',
  t: 'is stopped by a debugger',
  Z: 'has ended',
  X: 'has ended',
  x: 'has ended',
};

export function keepalivedProbe({ everyMs, pidFile = DEFAULT_PID_FILE }: KeepalivedProbeOptions): Probe {
  return { name: 'keepalived', everyMs, observe: () => look(pidFile) };
}

async function look(pidFile: string): Promise<Observation> {
  try {
    const pidText = await readIfThere(pidFile);
    if (pidText === undefined) return failed(`keepalived does not run: there is no ${pidFile}`);
    const pid = /^\s*([1-9]\d*)\s*$/.exec(pidText)?.[1];
    if (pid === undefined) return unknown(`${pidFile} holds no process number`);
    const stat = await readIfThere(`/proc/${pid}/stat`);
    if (stat === undefined) return failed(`keepalived does not run: ${pidFile} names ${pid}, which is gone`);
    return understand(Number(pid), pidFile, stat);
  } catch (error) {
    return unknown(`could not look: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function understand(pid: number, pidFile: string, stat: string): Observation {
  // The name is in parentheses and may hold anything.
  const end = stat.lastIndexOf(')');
  const name = stat.slice(stat.indexOf('(') + 1, end);
  const state = stat.slice(end + 2, end + 3);
  if (name !== 'keepalived') return failed(`keepalived does not run: ${pidFile} names ${pid}, which is ${name}`);
  const problem = NOT_RUNNING[state];
  if (problem !== undefined) return failed(`keepalived (${pid}) ${problem}`);
  return { health: 'ok', detail: 'keepalived runs', facts: { pid } };
}

/** @returns undefined when there is no such file, or its process ended between the opening and the reading */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

const failed = (detail: string): Observation => ({ health: 'failed', detail, facts: {} });
const unknown = (detail: string): Observation => ({ health: 'unknown', detail, facts: {} });
