/**
 * Brings the bed up and takes it down. Up is idempotent: it first removes whatever an earlier bed left. Callers hold the
 * machine's bed lock (`withBedLock`) for as long as they use the bed.
 */

import { mkdir, readlink, symlink } from 'node:fs/promises';
import { installAgents } from './agents.ts';
import { removeStaleLayers } from './cache.ts';
import { ETCD_PKI } from './config/etcd.ts';
import { hostPlan } from './config/host-plan.ts';
import { onEveryHost } from './every-host.ts';
import { ensureImage } from './image.ts';
import { withLock } from './lock.ts';
import { boot, copyTree, createFileSystem, volumeDirectory, writeFiles } from './machine.ts';
import { createNetwork } from './network.ts';
import { nodePki } from './node-pki.ts';
import { BED_LOCK, hostRoot, WORK_DIRECTORY } from './paths.ts';
import { ensurePrerequisites } from './prerequisites.ts';
import type { Progress } from './progress.ts';
import { waitForServices, waitForStores } from './readiness.ts';
import { startReplication } from './replication.ts';
import { ensureSeed, openSeed, type Seed } from './seed.ts';
import { leftovers, removeEverything } from './teardown.ts';
import type { Host } from './topology.ts';

export interface UpOptions {
  readonly progress: Progress;
  /** Also install and start regent on every host; default true. */
  readonly agents?: boolean;
  readonly signal?: AbortSignal;
}

/** Names the seed data that a running bed was made from. */
const SEED_IN_USE = `${WORK_DIRECTORY}/seed`;

/** What a running bed is known by: passwords, keys and certificates in use. */
export type Bed = Seed;

/**
 * Runs `action` as the only user of this machine's bed.
 *
 * @throws LockHeld when another process builds, uses or removes it
 */
export async function withBedLock<T>(action: () => Promise<T>): Promise<T> {
  return withLock(BED_LOCK, {}, action);
}

/**
 * Builds everything anew and returns when a client of each region gets tokens that both regions' services accept.
 *
 * @throws CommandFailed, NotInTime or the signal's reason; what was made so far is left for `bedDown`
 */
export async function bedUp(options: UpOptions): Promise<Bed> {
  const { progress, signal } = options;
  await ensurePrerequisites(progress, signal);
  const image = await ensureImage(progress, signal);
  const seed = await ensureSeed(progress, signal);
  if ((await leftovers()).length > 0) {
    progress('up: removing what an earlier bed left');
    await bedDown(progress);
  }
  await removeStaleLayers([image, seed.directory]);
  await mkdir(WORK_DIRECTORY, { recursive: true, mode: 0o755 });
  await symlink(seed.directory, SEED_IN_USE);
  await createNetwork();
  signal?.throwIfAborted();
  progress('up: network ready, booting the hosts');
  await onEveryHost((host) => prepareAndBoot(host, image, seed));
  progress('up: hosts booted, waiting for services');
  await waitForStores(signal);
  progress('up: both etcd stores answer');
  await startReplication(seed.secrets, signal);
  progress('up: databases replicate');
  await waitForServices(seed.secrets, signal);
  progress('up: tokens of both regions are accepted in both regions');
  if (options.agents !== false) await installAgents(seed, progress, signal);
  return seed;
}

/** Removes all of the bed; the cached image and seed data stay. Safe at any time, also after a crash. */
export async function bedDown(progress: Progress): Promise<void> {
  await removeEverything(progress);
}

/**
 * The bed that is up, for processes that did not bring it up themselves.
 *
 * @throws Error when none is up
 */
export async function currentBed(): Promise<Bed> {
  const directory = await readlink(SEED_IN_USE).catch(() => undefined);
  if (directory === undefined) throw new Error('the bed is not up; bring it up first');
  return openSeed(directory);
}

async function prepareAndBoot(host: Host, image: string, seed: Seed): Promise<void> {
  await createFileSystem(host, image, hostPlan(host, seed.secrets));
  const root = hostRoot(host.name);
  if (host.serverId !== undefined) {
    await copyTree(`${seed.directory}/mysql`, `${volumeDirectory(host.name, 'mysql')}/data`);
  }
  if (host.roles.includes('api')) {
    await copyTree(`${seed.directory}/keystone/fernet-keys`, `${root}/etc/keystone/fernet-keys`);
    await copyTree(`${seed.directory}/keystone/credential-keys`, `${root}/etc/keystone/credential-keys`);
    await copyTree(`${seed.directory}/placement`, `${root}/var/lib/placement`);
    await copyTree(`${seed.directory}/glance`, `${root}/var/lib/glance`);
  }
  await writeFiles(host.name, await nodePki(host, seed, ETCD_PKI, 'etcd'));
  await boot(host);
}
