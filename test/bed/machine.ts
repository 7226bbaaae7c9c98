/**
 * One host: its file system (an overlay on the image, the seed data and its own configuration), its boot under
 * systemd-nspawn, and where its first process is. Data that is synced often lives in memory: all hosts share one disk, and
 * its latency would be mistaken for theirs.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, open, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FileSpec, HostPart } from './config/file-spec.ts';
import { createGroups, machineRunsSystemd, scopeCommand } from './control-group.ts';
import { hostDirectory, hostRoot, networkNamespace, networkNamespacePath, PREFIX } from './paths.ts';
import { must } from './run.ts';
import type { Host } from './topology.ts';

/** The clone that the bed runs from; every host sees it, read-only, where regent is installed. */
export const CLONE = resolve(import.meta.dirname, '../..');

const BOOT_TIMEOUT_MS = 30_000;
const BOOT_POLL_MS = 20;

interface Volume {
  readonly name: string;
  readonly mountedAt: string;
  readonly options: string;
  readonly owner: string;
}

/**
 * A full database must not fill its neighbours' disks, and etcd's fsyncs must not wait for theirs. Each etcd takes two
 * log files of 64 MB from the start and may keep seven; some hosts run two.
 */
const VOLUMES: readonly Volume[] = [
  { name: 'mysql', mountedAt: '/var/lib/mysql', options: 'size=768m,mode=0750', owner: 'mysql' },
  { name: 'etcd', mountedAt: '/var/lib/etcd', options: 'size=1g,mode=0700', owner: 'etcd' },
];

/** Lays the host's file system out; the host must not be running. */
export async function createFileSystem(host: Host, image: string, plan: HostPart): Promise<void> {
  const directory = hostDirectory(host.name);
  const root = hostRoot(host.name);
  for (const name of ['upper', 'work', 'root']) await mkdir(`${directory}/${name}`, { recursive: true, mode: 0o755 });
  const layers = `lowerdir=${image},upperdir=${directory}/upper,workdir=${directory}/work`;
  await must(['mount', '-t', 'overlay', `${PREFIX}${host.name}`, '-o', layers, root]);
  const accounts = await readAccounts(root);
  for (const volume of VOLUMES) {
    const path = `${directory}/${volume.name}`;
    await mkdir(path, { recursive: true });
    await must(['mount', '-t', 'tmpfs', '-o', volume.options, `${PREFIX}${host.name}`, path]);
    await chown(path, ...ownerOf(accounts, volume.owner));
  }
  await mkdir(`${root}/opt/regent`, { recursive: true });
  await writeFiles(host.name, plan.files);
  await enableUnits(root, plan.units);
}

/** Writes files into a host, running or not, with their owners. Parents are made as needed. */
export async function writeFiles(host: string, files: readonly FileSpec[]): Promise<void> {
  const root = hostRoot(host);
  const accounts = await readAccounts(root);
  for (const file of files) {
    const path = `${root}${file.path}`;
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await rm(path, { force: true });
    await writeFile(path, file.content, { mode: file.mode ?? 0o644 });
    await chmod(path, file.mode ?? 0o644);
    if (file.owner !== undefined) await chown(path, ...ownerOf(accounts, file.owner));
  }
}

/** Copies a seed directory into a host, owners and permissions included. */
export async function copyTree(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await must(['cp', '--archive', '--no-target-directory', source, target], { timeoutMs: 60_000 });
}

/** The directory that a host sees as one of its volumes. */
export function volumeDirectory(host: string, volume: 'mysql' | 'etcd'): string {
  return `${hostDirectory(host)}/${volume}`;
}

/**
 * Boots the host and returns as soon as its systemd runs; units may still be starting.
 *
 * @throws Error with the end of the console when the first process does not appear in time
 */
export async function boot(host: Host): Promise<void> {
  const directory = hostDirectory(host.name);
  const console = await open(`${directory}/console.log`, 'a');
  const [file, ...argv] = await bootCommand(host);
  const child = spawn(file ?? 'false', argv, { detached: true, stdio: ['ignore', console.fd, console.fd] });
  child.unref();
  await console.close();
  await writeFile(`${directory}/supervisor.pid`, `${child.pid}\n`);
  const deadlineMs = performance.now() + BOOT_TIMEOUT_MS;
  for (;;) {
    const leader = await findLeader(child.pid ?? 0);
    if (leader !== undefined) {
      await writeFile(`${directory}/leader.pid`, `${leader}\n`);
      return;
    }
    if (performance.now() > deadlineMs || child.exitCode !== null) {
      const said = await readFile(`${directory}/console.log`, 'utf8');
      throw new Error(`${host.name} did not boot: ${said.trim().split('\n').slice(-8).join('\n')}`);
    }
    await delay(BOOT_POLL_MS);
  }
}

async function bootCommand(host: Host): Promise<readonly string[]> {
  const nspawn = [
    'systemd-nspawn',
    '--quiet',
    '--register=no',
    '--keep-unit',
    '--boot',
    `--machine=${PREFIX}${host.name}`,
    `--hostname=${host.name}`,
    `--directory=${hostRoot(host.name)}`,
    `--network-namespace-path=${networkNamespacePath(networkNamespace(host.name))}`,
    '--capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_SYS_NICE,CAP_IPC_LOCK',
    '--timezone=off',
    '--resolv-conf=off',
    '--link-journal=no',
    '--console=pipe',
    `--bind-ro=${CLONE}:/opt/regent`,
    ...VOLUMES.map((volume) => `--bind=${hostDirectory(host.name)}/${volume.name}:${volume.mountedAt}`),
  ];
  if (machineRunsSystemd()) return [...scopeCommand(host.name), ...nspawn];
  const join = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"';
  return ['sh', '-c', join, 'sh', ...(await createGroups(host.name)), '--', ...nspawn];
}

/** The host's process 1: the only descendant of the supervisor that is number 1 in its own process namespace. */
async function findLeader(supervisor: number): Promise<number | undefined> {
  for (const child of await childrenOf(supervisor)) {
    const status = await readFile(`/proc/${child}/status`, 'utf8').catch(() => '');
    const isFirst = /^NSpid:\s+\d+\s+1$/m.test(status) && /^Name:\s+systemd$/m.test(status);
    if (isFirst) return child;
    const below = await findLeader(child);
    if (below !== undefined) return below;
  }
  return undefined;
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text
    .split(' ')
    .filter((each) => each.trim() !== '')
    .map(Number);
}

async function enableUnits(root: string, units: readonly string[]): Promise<void> {
  const wants = `${root}/etc/systemd/system/multi-user.target.wants`;
  await mkdir(wants, { recursive: true });
  for (const unit of units) {
    const own = `${root}/etc/systemd/system/${unit}`;
    const isMasked = (await readlink(own).catch(() => '')) === '/dev/null';
    if (isMasked) await rm(own);
    const target = existsSync(own) ? `/etc/systemd/system/${unit}` : `/lib/systemd/system/${unit}`;
    await symlink(target, `${wants}/${unit}`);
  }
}

async function readAccounts(root: string): Promise<string> {
  return readFile(`${root}/etc/passwd`, 'utf8');
}

function ownerOf(accounts: string, name: string): [number, number] {
  const fields = accounts
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':');
  if (fields === undefined) throw new RangeError(`the image has no account "${name}"`);
  return [Number(fields[2]), Number(fields[3])];
}
