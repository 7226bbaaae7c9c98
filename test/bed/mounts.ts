/**
 * Finds and removes mounts below a directory by asking the kernel, deepest first. Directories are only ever deleted after
 * this: deleting through a mount would delete what is mounted.
 */

import { readFile, rm } from 'node:fs/promises';
import { must } from './run.ts';

/** Mount points at or below `directory`, in the order in which they were mounted. */
export async function mountsBelow(directory: string): Promise<readonly string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  const paths = text.split('\n').map((line) => line.split(' ')[4] ?? '');
  return paths.filter((path) => path === directory || path.startsWith(`${directory}/`));
}

/** @throws CommandFailed when the kernel refuses */
export async function unmountBelow(directory: string): Promise<void> {
  for (const path of (await mountsBelow(directory)).toReversed()) await must(['umount', '--lazy', path]);
}

/** Unmounts everything below a directory, then deletes it. It need not exist. */
export async function removeTree(directory: string): Promise<void> {
  await unmountBelow(directory);
  await rm(directory, { recursive: true, force: true });
}
