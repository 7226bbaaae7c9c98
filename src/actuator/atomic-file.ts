/**
 * Writes a whole file, or nothing: a temporary file in the same directory, flushed, renamed over the old one, read back.
 * Every file that regent writes for another program goes through here, so here the grants are asked, and here a link
 * that would lead out of a granted directory is refused. An unchanged file is not written, so that nobody who watches
 * it is woken.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Grants } from '../core/grants.ts';
import type { Outcome } from './actuator.ts';

export interface WantedFile {
  readonly path: string;
  readonly content: string;
  /** Permission bits, e.g. 0o644. */
  readonly mode: number;
  /** Owner and group; without them the writer's own. */
  readonly uid?: number;
  readonly gid?: number;
  /** Directory for the temporary file, on the same file system; without it, that of the file. */
  readonly staging?: string;
}

/** Writes `wanted`, unless it is there already. `NotGranted` without a grant; `Failed` with the system's reason. */
export async function writeGranted(grants: Grants, wanted: WantedFile): Promise<Outcome> {
  const { path } = wanted;
  const notGranted = await whyNotGranted(grants, path);
  if (notGranted !== undefined) return { ok: false, refusal: 'NotGranted', detail: notGranted };
  try {
    if (await isThere(wanted)) return { ok: true, changed: false, detail: `${path} is as wanted` };
    await replace(wanted);
    if (!(await isThere(wanted)))
      return { ok: false, refusal: 'Failed', detail: `${path} was written but reads otherwise` };
    return { ok: true, changed: true, detail: `wrote ${path}` };
  } catch (error) {
    return { ok: false, refusal: 'Failed', detail: `${path}: ${error instanceof Error ? error.message : error}` };
  }
}

/** Removes a granted file. Not being there is success. */
export async function removeGranted(grants: Grants, path: string): Promise<Outcome> {
  const notGranted = await whyNotGranted(grants, path);
  if (notGranted !== undefined) return { ok: false, refusal: 'NotGranted', detail: notGranted };
  try {
    const isPresent = (await readIfPresent(path)) !== undefined;
    await rm(path, { force: true });
    return { ok: true, changed: isPresent, detail: isPresent ? `removed ${path}` : `${path} is not there` };
  } catch (error) {
    return { ok: false, refusal: 'Failed', detail: `${path}: ${error instanceof Error ? error.message : error}` };
  }
}

/** The text of a file, undefined when there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function whyNotGranted(grants: Grants, path: string): Promise<string | undefined> {
  if (!grants.mayWrite(path)) return `the grants of this node do not name ${path}`;
  const parent = dirname(path);
  const real = await realpath(parent).catch(() => undefined);
  if (real === undefined) return `the directory ${parent} does not exist`;
  if (real !== parent) return `${parent} is a link to ${real}; grant the real path`;
  const found = await lstat(path).catch(() => undefined);
  return found === undefined || found.isFile() ? undefined : `${path} is not a regular file`;
}

async function isThere({ path, content, mode, uid, gid }: WantedFile): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || !found.isFile() || (found.mode & 0o7777) !== mode) return false;
  if ((uid !== undefined && found.uid !== uid) || (gid !== undefined && found.gid !== gid)) return false;
  return (await readFile(path, 'utf8')) === content;
}

async function replace({ path, content, mode, uid, gid, staging = dirname(path) }: WantedFile): Promise<void> {
  // Starts with a dot and does not keep the suffix: no include pattern (`*.conf`, `*.cnf`) picks it up.
  const temporary = join(staging, `.${basename(path)}.regent-${process.pid}`);
  await rm(temporary, { force: true });
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    await withHandle(await open(temporary, flags, 0o600), async (file) => {
      await file.writeFile(content);
      if (uid !== undefined || gid !== undefined) {
        const own = await file.stat();
        await file.chown(uid ?? own.uid, gid ?? own.gid);
      }
      await file.chmod(mode);
      await file.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await withHandle(await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY), (directory) =>
    directory.sync(),
  );
}

async function withHandle(handle: FileHandle, use: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}
