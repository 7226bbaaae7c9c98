/**
 * The control groups of a host's processes: made before the host boots, so that every process of it is inside, and used to
 * stop them all at once. Knows both kernels' freezers (version 1: freezer.state; version 2: cgroup.freeze). On a machine
 * that runs systemd the host gets a delegated scope instead, because systemd owns the tree there.
 */

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { PREFIX } from './paths.ts';
import { run } from './run.ts';

const MOUNT = '/sys/fs/cgroup';
const GROUP = 'regent-bed';
const SLICE = 'regentbed.slice';
const FREEZE_TIMEOUT_MS = 5_000;
const FREEZE_POLL_MS = 5;

/** Hierarchies of a version 1 machine in which each host needs a place of its own. */
const HIERARCHIES = ['systemd', 'unified', 'freezer'] as const;

/** Whether systemd runs this machine, and so owns its control groups. */
export function machineRunsSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

/** Makes the groups of a host and returns their directories; a process joins by writing its number to cgroup.procs. */
export async function createGroups(host: string): Promise<readonly string[]> {
  const directories = groupRoots().map((root) => `${root}/${host}`);
  for (const directory of directories) await mkdir(directory, { recursive: true });
  return directories;
}

/** Stops (or lets go on) every process of a host, and waits until the kernel says that it is so. */
export async function setFrozen(host: string, frozen: boolean): Promise<void> {
  const versionOne = `${MOUNT}/freezer/${GROUP}/${host}/freezer.state`;
  if (existsSync(versionOne)) {
    const wanted = frozen ? 'FROZEN' : 'THAWED';
    await settle(host, versionOne, async () => {
      await writeFile(versionOne, wanted);
      return (await readFile(versionOne, 'utf8')).trim() === wanted;
    });
    return;
  }
  const directory = versionTwoDirectory(host);
  await writeFile(`${directory}/cgroup.freeze`, frozen ? '1' : '0');
  const events = `${directory}/cgroup.events`;
  await settle(host, events, async () => (await readFile(events, 'utf8')).includes(`frozen ${frozen ? 1 : 0}`));
}

/** Whether the host's processes are stopped; false when there is no such host. */
export async function isFrozen(host: string): Promise<boolean> {
  const versionOne = `${MOUNT}/freezer/${GROUP}/${host}/freezer.state`;
  if (existsSync(versionOne)) return (await readFile(versionOne, 'utf8')).trim() !== 'THAWED';
  const text = await readFile(`${versionTwoDirectory(host)}/cgroup.freeze`, 'utf8').catch(() => '0');
  return text.trim() === '1';
}

/** Numbers of all processes that are in any of the bed's groups. */
export async function processesInGroups(): Promise<readonly number[]> {
  const found = new Set<number>();
  for (const root of groupRoots()) {
    for (const directory of await tree(root)) {
      const text = await readFile(`${directory}/cgroup.procs`, 'utf8').catch(() => '');
      for (const line of text.split('\n')) if (line !== '') found.add(Number(line));
    }
  }
  return [...found];
}

/** Removes the bed's groups; they must be empty of processes. systemd removes scopes by itself, slices when told. */
export async function removeGroups(): Promise<void> {
  if (machineRunsSystemd()) {
    await run(['systemctl', 'stop', SLICE]);
    return;
  }
  for (const root of groupRoots()) {
    for (const directory of (await tree(root)).toReversed()) await rmdir(directory).catch(ignoreBusy);
  }
}

/** The words that, put before a command, run it in a delegated scope of its own on a machine with systemd. */
export function scopeCommand(host: string): readonly string[] {
  const options = ['--scope', '--quiet', '--collect', `--slice=${SLICE}`, '--property=Delegate=yes'];
  return ['systemd-run', ...options, `--unit=${scopeName(host)}`];
}

function scopeName(host: string): string {
  return `${PREFIX}${host}.scope`;
}

function groupRoots(): readonly string[] {
  if (machineRunsSystemd()) return [`${MOUNT}/${SLICE}`];
  if (existsSync(`${MOUNT}/cgroup.controllers`)) return [`${MOUNT}/${GROUP}`];
  return HIERARCHIES.filter((name) => existsSync(`${MOUNT}/${name}/cgroup.procs`)).map(
    (name) => `${MOUNT}/${name}/${GROUP}`,
  );
}

function versionTwoDirectory(host: string): string {
  return machineRunsSystemd() ? `${MOUNT}/${SLICE}/${scopeName(host)}` : `${MOUNT}/${GROUP}/${host}`;
}

async function settle(host: string, file: string, isThere: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + FREEZE_TIMEOUT_MS;
  while (!(await isThere())) {
    if (performance.now() > deadlineMs) throw new Error(`${host} did not reach the wanted state in ${file}`);
    await delay(FREEZE_POLL_MS);
  }
}

async function tree(root: string): Promise<readonly string[]> {
  if (!existsSync(root)) return [];
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const below = await Promise.all(
    entries.filter((each) => each.isDirectory()).map((each) => tree(`${root}/${each.name}`)),
  );
  return [root, ...below.flat()];
}

/** A group whose last process is still being reaped stays for the next call. */
function ignoreBusy(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EBUSY' && error.code !== 'ENOENT') throw error;
}
