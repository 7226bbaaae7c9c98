/**
 * Lets the hosts go before whatever else the machine does: what is measured are their timers, and on two busy cores seven
 * hosts would otherwise miss their own deadlines. The kernel shares its time first among sessions (autogroups) and only then
 * by niceness, so both are set; a kernel without autogroups has no such file.
 */

import { writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { processesInGroups } from '../bed/control-group.ts';

const NICENESS = -10;

/**
 * This process and what it starts from here on, its session with it: a client that waits for the hosts' processors would
 * measure that.
 */
export async function preferThisProcess(): Promise<void> {
  setPriority(NICENESS);
  await writeFile('/proc/self/autogroup', String(NICENESS)).catch(ignoreMissing);
}

/** The sessions of all processes that run in the bed now; call it again after units were started. */
export async function preferHosts(): Promise<void> {
  const pids = await processesInGroups();
  await Promise.all(pids.map((pid) => writeFile(`/proc/${pid}/autogroup`, String(NICENESS)).catch(ignoreMissing)));
}

/** A process that has ended, or a kernel that does not know sessions, needs no priority. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT' && error.code !== 'ESRCH' && error.code !== 'EACCES' && error.code !== 'EAGAIN')
    throw error;
}
