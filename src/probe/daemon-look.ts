/**
 * Whether a daemon runs on this node: the process that its pid file names is there, is called so and is not stopped.
 */
import { readFile } from 'node:fs/promises';
import type { Observation } from '../core/observation.ts';

/** Field 3 of /proc/PID/stat (proc_pid_stat(5)) when nothing of a process runs. */
const NOT_RUNNING: Readonly<Record<string, string>> = {
  T: 'is stopped',
  t: 'is stopped by a debugger',
  Z: 'has ended',
  X: 'has ended',
  x: 'has ended',
};

/**
 * @param name - what its process is called, at most 15 characters (proc_pid_comm(5))
 * @param pidFile - absolute path
 */
export async function lookAtDaemon(name: string, pidFile: string): Promise<Observation> {
  try {
    const pidText = await readIfThere(pidFile);
    if (pidText === undefined) return failed(`${name} does not run: there is no ${pidFile}`);
    const pid = /^\s*([1-9]\d*)\s*$/.exec(pidText)?.[1];
    if (pid === undefined) return unknown(`${pidFile} holds no process number`);
    const stat = await readIfThere(`/proc/${pid}/stat`);
    if (stat === undefined) return failed(`${name} does not run: ${pidFile} names ${pid}, which is gone`);
    return understand(name, Number(pid), pidFile, stat);
  } catch (error) {
    return unknown(`could not look: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function understand(name: string, pid: number, pidFile: string, stat: string): Observation {
  // The name is in parentheses and may hold anything.
  const end = stat.lastIndexOf(')');
  const found = stat.slice(stat.indexOf('(') + 1, end);
  const state = stat.slice(end + 2, end + 3);
  if (found !== name) return failed(`${name} does not run: ${pidFile} names ${pid}, which is ${found}`);
  const problem = NOT_RUNNING[state];
  if (problem !== undefined) return failed(`${name} (${pid}) ${problem}`);
  return { health: 'ok', detail: `${name} runs`, facts: { pid } };
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
