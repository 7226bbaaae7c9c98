/**
 * Builds the image that all hosts share, once: cached by the hash of its recipe, made under a temporary name and renamed
 * when it is whole, so that a half-built image is never used. Safe to call from several processes at once.
 */

import { mkdir, rename } from 'node:fs/promises';
import { exists, unfinishedName } from './cache.ts';
import { buildArguments, DEFAULT_MIRROR, recipeHash } from './image-recipe.ts';
import { withLock } from './lock.ts';
import { removeTree } from './mounts.ts';
import { CACHE_DIRECTORY, CACHE_LOCK } from './paths.ts';
import { ensurePrerequisites } from './prerequisites.ts';
import type { Progress } from './progress.ts';
import { endingWithUs, must } from './run.ts';

const BUILD_TIMEOUT_MS = 900_000;

/** Where the current recipe's image is, or will be. */
export function imageDirectory(): string {
  return `${CACHE_DIRECTORY}/image-${recipeHash()}`;
}

/**
 * Makes sure that the image exists; installs the machine's prerequisites first.
 * The environment variable REGENT_DEBIAN_MIRROR names another Debian mirror.
 *
 * @returns the directory of the image: read-only by convention, enter it with chroot or lay an overlay on it
 * @throws CommandFailed when the build fails; nothing is left in the cache then
 */
export async function ensureImage(progress: Progress, signal?: AbortSignal): Promise<string> {
  const directory = imageDirectory();
  if (await exists(directory)) return directory;
  await ensurePrerequisites(progress, signal);
  await mkdir(CACHE_DIRECTORY, { recursive: true, mode: 0o755 });
  return withLock(CACHE_LOCK, { wait: true }, async () => {
    if (!(await exists(directory))) await build(directory, progress, signal);
    return directory;
  });
}

async function build(directory: string, progress: Progress, signal?: AbortSignal): Promise<void> {
  const unfinished = unfinishedName(directory);
  await removeTree(unfinished);
  progress('image: building Debian 12 with all daemons (about a minute and 1 GB, once)');
  const mirror = process.env.REGENT_DEBIAN_MIRROR ?? DEFAULT_MIRROR;
  try {
    await must(endingWithUs(buildArguments(unfinished, mirror)), {
      timeoutMs: BUILD_TIMEOUT_MS,
      onLine: (line) => {
        const step = /^I: ((?:download|extract|install|clean).*?)(\.\.\.)?$/.exec(line)?.[1];
        if (step !== undefined) progress(`image: ${step}`);
      },
      ...(signal === undefined ? {} : { signal }),
    });
    await rename(unfinished, directory);
  } catch (error) {
    await removeTree(unfinished);
    throw error;
  }
  progress(`image: ready in ${directory}`);
}
