/**
 * Tells one life of a process from another that has got its number: by the time it started, as /proc has it. Reading
 * one small file is cheap enough to be done many times a second.
 */
import { readdir, readFile } from 'node:fs/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the boot to its start. */
  readonly startTicks: string;
}

interface Stat {
  readonly state: string;
  readonly startTicks: string;
}

/** Zombie and dead: nothing of it runs any more. */
const ENDED = new Set(['Z', 'X', 'x']);

/** @returns undefined when no such process runs */
export async function processIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readStat(pid);
  return stat === undefined || ENDED.has(stat.state) ? undefined : { pid, startTicks: stat.startTicks };
}

/**
 * Has this life ended, with all of its threads? A main thread that is a zombie proves nothing while another thread
 * still hangs in a write.
 */
export async function isGone({ pid, startTicks }: ProcessIdentity): Promise<boolean> {
  const stat = await readStat(pid);
  if (stat === undefined || stat.startTicks !== startTicks) return true;
  if (!ENDED.has(stat.state)) return false;
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  return threads.length <= 1;
}

async function readStat(pid: number): Promise<Stat | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name is in parentheses and may hold anything; state is field 3, the start is field 22 (proc_pid_stat(5)).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const startTicks = fields[19];
    return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // ESRCH: it ended between the opening and the reading.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
