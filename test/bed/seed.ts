/**
 * The data that every bed starts from: certificates, keys and databases of a cloud that is already in service. Made once in
 * a scratch copy of the image, without a network, and cached under the hash of all that goes into it.
 */

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { exists, unfinishedName } from './cache.ts';
import { imageDirectory } from './image.ts';
import { withLock } from './lock.ts';
import { removeTree } from './mounts.ts';
import { CACHE_DIRECTORY, CACHE_LOCK } from './paths.ts';
import type { Progress } from './progress.ts';
import { endingWithUs, must } from './run.ts';
import {
  FIRST_PRIMARY,
  HOSTS,
  hostByName,
  hostsWithRole,
  PORTS,
  REGIONS,
  replicationAccount,
  virtualAddress,
} from './topology.ts';

const SCRIPTS = `${import.meta.dirname}/seed`;
const SEED_TIMEOUT_MS = 300_000;

const SECRET_NAMES = [
  'ADMIN_PASSWORD',
  'DEMO_PASSWORD',
  'GLANCE_PASSWORD',
  'KEYSTONE_DATABASE_PASSWORD',
  'MEMCACHE_SECRET',
  'PLACEMENT_PASSWORD',
  'REGENT_DATABASE_PASSWORD',
  'REGENT_IDENTITY_PASSWORD',
  'REPLICATION_PASSWORD',
  'SEALING_SECRET',
] as const;

export type SecretName = (typeof SECRET_NAMES)[number];

/** Passwords of the bed's accounts, by name; they live as long as the cached seed data. */
export type Secrets = Readonly<Record<SecretName, string>>;

export interface Seed {
  readonly directory: string;
  readonly secrets: Secrets;
}

/**
 * Makes sure that the seed data of the current image and topology exist. The image must exist already.
 *
 * @throws CommandFailed when a step fails; the message holds the end of its output
 */
export async function ensureSeed(progress: Progress, signal?: AbortSignal): Promise<Seed> {
  const directory = await seedDirectory();
  await withLock(CACHE_LOCK, { wait: true }, async () => {
    if (!(await exists(directory))) await build(directory, progress, signal);
  });
  return openSeed(directory);
}

/** Seed data that exist already. */
export async function openSeed(directory: string): Promise<Seed> {
  return { directory, secrets: await readSecrets(directory) };
}

/** Where the seed data of the current image and topology are, or will be. */
export async function seedDirectory(): Promise<string> {
  const hash = createHash('sha256')
    .update(basename(imageDirectory()))
    .update(plan() + SECRET_NAMES);
  for (const name of (await readdir(SCRIPTS)).sort()) hash.update(await readFile(`${SCRIPTS}/${name}`));
  return `${CACHE_DIRECTORY}/seed-${hash.digest('hex').slice(0, 12)}`;
}

async function build(directory: string, progress: Progress, signal?: AbortSignal): Promise<void> {
  const unfinished = unfinishedName(directory);
  const scratch = `${unfinished}.scratch`;
  await discard(unfinished, scratch);
  progress('seed: making certificates, keys and databases (about half a minute, once)');
  try {
    for (const each of [unfinished, `${scratch}/upper`, `${scratch}/work`, `${scratch}/root`]) {
      await mkdir(each, { recursive: true, mode: 0o755 });
    }
    const layers = `lowerdir=${imageDirectory()},upperdir=${scratch}/upper,workdir=${scratch}/work`;
    await must(['mount', '-t', 'overlay', 'overlay', '-o', layers, `${scratch}/root`]);
    await writeFile(`${unfinished}/secrets.env`, newSecrets(), { mode: 0o600 });
    await writeFile(`${unfinished}/plan.json`, plan());
    await must(endingWithUs(scratchRun(`${scratch}/root`, unfinished)), {
      timeoutMs: SEED_TIMEOUT_MS,
      onLine: (line) => {
        if (line.startsWith('step: ')) progress(`seed: ${line.slice('step: '.length).trim()}`);
      },
      ...(signal === undefined ? {} : { signal }),
    });
    await discard(scratch, scratch);
    await rename(unfinished, directory);
  } catch (error) {
    await discard(unfinished, scratch);
    throw error;
  }
  progress('seed: ready');
}

function scratchRun(root: string, output: string): readonly string[] {
  return [
    'systemd-nspawn',
    '--quiet',
    '--register=no',
    '--keep-unit',
    '--private-network',
    '--timezone=off',
    '--resolv-conf=off',
    `--directory=${root}`,
    `--bind=${output}:/seed`,
    `--bind-ro=${SCRIPTS}:/opt/seed`,
    '--console=pipe',
    '/bin/bash',
    '/opt/seed/seed.sh',
  ];
}

function plan(): string {
  return JSON.stringify({
    hosts: HOSTS.map(({ name, address }) => ({ name, address })),
    regions: REGIONS.map((name) => ({
      name,
      identity: `http://${virtualAddress(name)}:${PORTS.keystone}/v3`,
      placement: `http://${virtualAddress(name)}:${PORTS.placement}`,
      image: `http://${virtualAddress(name)}:${PORTS.glance}`,
    })),
  });
}

function newSecrets(): string {
  const lines = SECRET_NAMES.map((name) => `${name}=${randomBytes(12).toString('hex')}`);
  const accounts = hostsWithRole('db').map(replicationAccount).join(' ');
  const facts = [`FIRST_SERVER_ID=${hostByName(FIRST_PRIMARY).serverId}`, `REPLICATION_ACCOUNTS='${accounts}'`];
  return [...lines, ...facts, ''].join('\n');
}

async function readSecrets(directory: string): Promise<Secrets> {
  const text = await readFile(`${directory}/secrets.env`, 'utf8');
  const found = new Map(text.split('\n').map((line) => line.split('=', 2) as [string, string]));
  const secrets: Partial<Record<SecretName, string>> = {};
  for (const name of SECRET_NAMES) {
    const value = found.get(name);
    if (value === undefined) throw new Error(`${directory}/secrets.env lacks ${name}; remove that directory`);
    secrets[name] = value;
  }
  return secrets as Secrets;
}

async function discard(path: string, scratch: string): Promise<void> {
  await removeTree(scratch);
  await removeTree(path);
}
