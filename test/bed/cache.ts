/**
 * The cached layers' directory: what may be thrown away and when. A layer that somebody is building is never touched: the
 * cache's lock says so.
 */

import { access, readdir } from 'node:fs/promises';
import { LockHeld, withLock } from './lock.ts';
import { removeTree } from './mounts.ts';
import { CACHE_DIRECTORY, CACHE_LOCK } from './paths.ts';

const UNFINISHED = /^\.building-/;
const LAYER = /^(image|seed)-/;

/** Where a layer is built before it is renamed to `directory`. */
export function unfinishedName(directory: string): string {
  return directory.replace(`${CACHE_DIRECTORY}/`, `${CACHE_DIRECTORY}/.building-`);
}

/** Removes finished layers that are not in `keep`. Call it only while no bed is up. */
export async function removeStaleLayers(keep: readonly string[]): Promise<void> {
  await withLock(CACHE_LOCK, { wait: true }, () =>
    removeEntries((name) => LAYER.test(name) && !keep.includes(`${CACHE_DIRECTORY}/${name}`)),
  );
}

/** Removes what a crash left half-built, unless somebody is building right now. */
export async function removeUnfinishedLayers(): Promise<void> {
  try {
    await withLock(CACHE_LOCK, {}, () => removeEntries((name) => UNFINISHED.test(name)));
  } catch (error) {
    if (!(error instanceof LockHeld)) throw error;
  }
}

/** Removes the whole cache. */
export async function removeCache(): Promise<void> {
  await withLock(CACHE_LOCK, {}, () => removeTree(CACHE_DIRECTORY));
}

/** Whether a finished layer is there. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function removeEntries(isWanted: (name: string) => boolean): Promise<void> {
  const names = await readdir(CACHE_DIRECTORY).catch(() => []);
  for (const name of names.filter(isWanted)) await removeTree(`${CACHE_DIRECTORY}/${name}`);
}
