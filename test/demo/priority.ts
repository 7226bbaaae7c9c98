/**
 * Lets the hosts go before whatever else the machine does: what is measured are their timers, and on two busy cores seven
 * hosts would otherwise miss their own deadlines. The kernel shares its time first among sessions (autogroups) and only then
 * by niceness, so both are set. A kernel without autogroups has no such file; a process whose ancestors never began a
 * session is in the root group, whose share cannot be set and need not be: its threads compete by niceness (sched/autogroup.c).
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
  await setSessionNiceness(process.pid, NICENESS);
}

/** The sessions of all processes that run in the bed now; call it again after units were started. */
export async function preferHosts(): Promise<void> {
  const pids = await processesInGroups();
  await Promise.all(pids.map((pid) => setSessionNiceness(pid, NICENESS)));
}

/** Gives the session of a process a niceness (-20 to 19); nothing happens where there is no session. */
export async function setSessionNiceness(pid: number, niceness: number): Promise<void> {
  await writeFile(`/proc/${pid}/autogroup`, String(niceness)).catch(ignoreMissing);
}

/** No such file, ended, ended while it was written, changed a moment ago, in the root group (see above). */
const NO_SESSION: readonly (string | undefined)[] = ['ENOENT', 'ESRCH', 'EACCES', 'EAGAIN', 'EINVAL'];

/** A process without a session of its own needs no priority for it. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (!NO_SESSION.includes(error.code)) throw error;
}
