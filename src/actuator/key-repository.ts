/**
 * One key repository of Keystone on this node: what is in it, and putting a set of keys into place. Keystone opens every
 * regular file in there for each token, before it looks at the name (keystone 22.0, keystone/common/fernet_utils.py,
 * `_get_key_files`), so a file that the Keystone user cannot read, or that goes in that moment, costs requests:
 *
 * - files are made in a directory of their own inside the repository, which Keystone passes over, get owner and mode there,
 *   and are renamed into place complete; that directory is also the mark of a writer that was interrupted;
 * - the primary is the last to be written, and only then keys are removed;
 * - a directory that is not plain, or holds anything else, is left alone and reported.
 *
 * Owner and group are those of the directory, as the deployment made it. It is read back before it counts as done.
 */
import type { Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Grants } from '../core/grants.ts';
import { type KeySet, primaryOf, STAGED, sameSet, sorted } from '../core/keys/key-set.ts';
import type { KeyProblem } from '../core/keys/key-state.ts';
import type { Outcome } from './actuator.ts';
import { removeGranted, writeGranted } from './atomic-file.ts';
import { FernetKey } from './fernet-key.ts';

export interface IndexedKey {
  readonly index: number;
  readonly key: FernetKey;
}

export type RepositoryLook =
  | {
      readonly ok: true;
      readonly keys: readonly IndexedKey[];
      /** A writer was interrupted here. */
      readonly isUnfinished: boolean;
      /** The node's grants name what is in here. */
      readonly isGranted: boolean;
    }
  | { readonly ok: false; readonly problem: KeyProblem; readonly detail: string };

/** Level-triggered: apply a set again at any time. */
export interface KeyRepository {
  look(): Promise<RepositoryLook>;
  /**
   * Puts exactly these keys into place.
   * @param from - what was seen when that was decided; if it is something else by now, nothing is touched
   * @returns never throws, and names no key
   */
  apply(keys: readonly IndexedKey[], from: KeySet, signal?: AbortSignal): Promise<Outcome>;
}

export interface KeyRepositoryOptions {
  /** The real path. */
  readonly directory: string;
  readonly grants: Grants;
}

/** Of a directory that others may look into, and of a key that others may read. */
const GROUP_AND_OTHER = 0o077;
const KEY_MODE = 0o600;
const STAGING_MODE = 0o700;
const STAGING = '.regent';
const KEY_NAME = /^(0|[1-9]\d{0,8})$/;

export const printsOf = (keys: readonly IndexedKey[]): KeySet =>
  keys.map(({ index, key }) => ({ index, fingerprint: key.fingerprint }));

export class KeystoneKeyRepository implements KeyRepository {
  readonly #directory: string;
  readonly #grants: Grants;

  constructor({ directory, grants }: KeyRepositoryOptions) {
    this.#directory = directory;
    this.#grants = grants;
  }

  async look(): Promise<RepositoryLook> {
    try {
      const owner = await this.#owner();
      if ('problem' in owner) return owner;
      return await this.#contents(owner.uid);
    } catch (error) {
      return { ok: false, problem: 'Failed', detail: `${this.#directory}: ${messageOf(error)}` };
    }
  }

  async apply(keys: readonly IndexedKey[], from: KeySet, signal?: AbortSignal): Promise<Outcome> {
    const refused = this.#notGranted(keys);
    if (refused !== undefined) return { ok: false, refusal: 'NotGranted', detail: refused };
    const before = await this.look();
    if (!before.ok) return { ok: false, refusal: 'PreconditionUnmet', detail: before.detail };
    if (!sameSet(printsOf(before.keys), from))
      return { ok: false, refusal: 'PreconditionUnmet', detail: `${this.#directory} has changed in this moment` };
    try {
      const wanted = printsOf(keys);
      const isThere = sameSet(printsOf(before.keys), wanted);
      if (isThere && !before.isUnfinished)
        return { ok: true, changed: false, detail: `${this.#directory} is as wanted` };
      const failed = await this.#write(keys, before.keys, signal);
      if (failed !== undefined) return failed;
      const after = await this.look();
      if (after.ok && sameSet(printsOf(after.keys), wanted)) {
        return { ok: true, changed: true, detail: `${this.#directory} has ${keys.length} keys as wanted` };
      }
      return { ok: false, refusal: 'Failed', detail: `${this.#directory} was written but reads otherwise` };
    } catch (error) {
      return { ok: false, refusal: 'Failed', detail: `${this.#directory}: ${messageOf(error)}` };
    }
  }

  #notGranted(keys: readonly IndexedKey[]): string | undefined {
    const paths = keys.map(({ index }) => this.#path(index));
    const path = paths.find((each) => !this.#grants.mayWrite(each));
    return path === undefined ? undefined : `the grants of this node do not name ${path}`;
  }

  /** @returns what went wrong; undefined if nothing did */
  async #write(
    keys: readonly IndexedKey[],
    before: readonly IndexedKey[],
    signal: AbortSignal | undefined,
  ): Promise<Outcome | undefined> {
    const { uid, gid } = await lstat(this.#directory);
    const staging = join(this.#directory, STAGING);
    await mkdir(staging, { recursive: true, mode: STAGING_MODE });
    const primary = primaryOf(printsOf(keys))?.index;
    const ordered = [
      ...keys.filter(({ index }) => index !== primary),
      ...keys.filter(({ index }) => index === primary),
    ];
    for (const { index, key } of ordered) {
      if (signal?.aborted === true)
        return { ok: false, refusal: 'Failed', detail: `${this.#directory}: ended half way` };
      const file = { path: this.#path(index), content: key.reveal(), mode: KEY_MODE, uid, gid, staging };
      const outcome = await writeGranted(this.#grants, file);
      if (!outcome.ok) return outcome;
    }
    for (const { index } of sorted(printsOf(before))) {
      if (keys.some((each) => each.index === index)) continue;
      const outcome = await removeGranted(this.#grants, this.#path(index));
      if (!outcome.ok) return outcome;
    }
    await rm(staging, { recursive: true });
    const directory = await open(this.#directory);
    await directory.sync().finally(() => directory.close());
    return undefined;
  }

  async #owner(): Promise<Stats | Extract<RepositoryLook, { ok: false }>> {
    const directory = this.#directory;
    const found = await lstat(directory).catch(() => undefined);
    if (found === undefined) return { ok: false, problem: 'Missing', detail: `${directory} does not exist` };
    if (!found.isDirectory() || (await realpath(directory)) !== directory)
      return { ok: false, problem: 'Foreign', detail: `${directory} is not a plain directory` };
    if (found.uid === 0) return unsafe(`${directory} is owned by root, and Keystone cannot read it`);
    if ((found.mode & GROUP_AND_OTHER) !== 0) return unsafe(`${directory} is open to others than its owner`);
    return found;
  }

  async #contents(uid: number): Promise<RepositoryLook> {
    const keys: IndexedKey[] = [];
    let isUnfinished = false;
    for (const entry of await readdir(this.#directory, { withFileTypes: true })) {
      const path = join(this.#directory, entry.name);
      if (entry.name === STAGING && entry.isDirectory()) {
        isUnfinished = true;
        continue;
      }
      if (!entry.isFile() || !KEY_NAME.test(entry.name)) return foreign(`${path} is not a key`);
      const { uid: owner, mode } = await lstat(path);
      if (owner !== uid) return unsafe(`${path} is not owned by the owner of the directory`);
      if ((mode & GROUP_AND_OTHER) !== 0) return unsafe(`${path} can be read by others than its owner`);
      const key = FernetKey.parse(await readFile(path, 'utf8'));
      if (key === undefined) return foreign(`${path} does not hold the 44 characters of a key, and nothing else`);
      keys.push({ index: Number(entry.name), key });
    }
    const isGranted = this.#grants.mayWrite(this.#path(STAGED));
    return { ok: true, keys: keys.toSorted((a, b) => a.index - b.index), isUnfinished, isGranted };
  }

  #path(index: number): string {
    return join(this.#directory, String(index));
  }
}

const unsafe = (detail: string): Extract<RepositoryLook, { ok: false }> => ({ ok: false, problem: 'Unsafe', detail });
const foreign = (detail: string): Extract<RepositoryLook, { ok: false }> => ({ ok: false, problem: 'Foreign', detail });

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
