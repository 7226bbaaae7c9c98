/**
 * Removes everything that a bed may have left, by looking at the machine instead of trusting any record: processes in the
 * bed's control groups, its mounts, its network namespaces, its work directory. Safe to repeat, and after any crash.
 */

import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { removeUnfinishedLayers } from './cache.ts';
import { isFrozen, processesInGroups, removeGroups, setFrozen } from './control-group.ts';
import { mountsBelow, removeTree, unmountBelow } from './mounts.ts';
import { removeNetwork } from './network.ts';
import { networkNamespacePath, PREFIX, WORK_DIRECTORY } from './paths.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';
import { HOSTS } from './topology.ts';

const KILL_TIMEOUT_MS = 15_000;
const KILL_POLL_MS = 50;

/** @throws Error when something of the bed cannot be removed; says what */
export async function removeEverything(progress: Progress): Promise<void> {
  await stopProcesses();
  progress('down: processes ended');
  await unmountBelow(WORK_DIRECTORY);
  await removeNetwork();
  progress('down: mounts and network removed');
  await removeGroups();
  await removeTree(WORK_DIRECTORY);
  await removeUnfinishedLayers();
}

/** What is left of a bed on this machine, in words; empty when there is nothing. */
export async function leftovers(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await bedProcesses()) found.push(`process ${pid}`);
  for (const path of await mountsBelow(WORK_DIRECTORY)) found.push(`mount ${path}`);
  const namespaces = await readdir('/run/netns').catch(() => []);
  for (const name of namespaces) if (name.startsWith(PREFIX)) found.push(`namespace ${name}`);
  if (existsSync(WORK_DIRECTORY)) found.push(`directory ${WORK_DIRECTORY}`);
  return found;
}

async function stopProcesses(): Promise<void> {
  for (const host of HOSTS) if (await isFrozen(host.name)) await setFrozen(host.name, false);
  const deadlineMs = performance.now() + KILL_TIMEOUT_MS;
  for (;;) {
    const pids = await bedProcesses();
    if (pids.length === 0) return;
    if (performance.now() > deadlineMs) throw new Error(`processes ${pids.join(', ')} of the bed do not end`);
    for (const pid of pids) kill(pid);
    await delay(KILL_POLL_MS);
  }
}

/** Processes in the bed's control groups or network namespaces, and supervisors of its machines. */
async function bedProcesses(): Promise<readonly number[]> {
  const found = new Set(await processesInGroups());
  const namespaces = await bedNetworkInodes();
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const network = await readlink(`/proc/${entry}/ns/net`).catch(() => '');
    if (namespaces.has(network)) found.add(pid);
    const commandLine = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.startsWith('systemd-nspawn\0') && commandLine.includes(`--machine=${PREFIX}`)) found.add(pid);
  }
  return [...found];
}

async function bedNetworkInodes(): Promise<ReadonlySet<string>> {
  const listed = await readdir('/run/netns').catch(() => []);
  const inodes = new Set<string>();
  for (const name of listed.filter((each) => each.startsWith(PREFIX))) {
    const status = await run(['stat', '--format=%i', networkNamespacePath(name)]);
    if (status.code === 0) inodes.add(`net:[${status.stdout.trim()}]`);
  }
  return inodes;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
