/** A key repository in memory, written file by file as the real one is; the disk outlives whoever writes to it. */
import type { Outcome } from '../../src/actuator/actuator.ts';
import type { FernetKey } from '../../src/actuator/fernet-key.ts';
import {
  type IndexedKey,
  type KeyRepository,
  printsOf,
  type RepositoryLook,
} from '../../src/actuator/key-repository.ts';
import { type KeySet, primaryOf, sameSet } from '../../src/core/keys/key-set.ts';
import type { KeyProblem } from '../../src/core/keys/key-state.ts';

/** The directory itself. */
export class MemoryKeyDirectory {
  /** Grows with each change of a file. */
  version = 0;
  /** The writer's own directory is there. */
  isMarked = false;
  /** What is wrong with the directory; undefined: nothing. */
  trouble: KeyProblem | undefined;

  readonly #files = new Map<number, FernetKey>();

  get keys(): readonly IndexedKey[] {
    return [...this.#files].map(([index, key]) => ({ index, key })).toSorted((a, b) => a.index - b.index);
  }

  at(index: number): FernetKey | undefined {
    return this.#files.get(index);
  }

  put(index: number, key: FernetKey): void {
    this.version += 1;
    this.#files.set(index, key);
  }

  remove(index: number): void {
    this.version += 1;
    this.#files.delete(index);
  }

  empty(): void {
    this.version += 1;
    this.#files.clear();
    this.isMarked = false;
  }
}

export interface MemoryKeyRepositoryOptions {
  readonly directory: MemoryKeyDirectory;
  readonly isGranted?: boolean;
  /** Called before each change of a file; a writer that is killed never comes back from it. */
  readonly beforeEach?: () => Promise<void>;
}

export class MemoryKeyRepository implements KeyRepository {
  readonly #options: MemoryKeyRepositoryOptions;

  constructor(options: MemoryKeyRepositoryOptions) {
    this.#options = options;
  }

  async look(): Promise<RepositoryLook> {
    const { directory, isGranted = true } = this.#options;
    if (directory.trouble !== undefined) return { ok: false, problem: directory.trouble, detail: 'the directory' };
    return { ok: true, keys: directory.keys, isUnfinished: directory.isMarked, isGranted };
  }

  async apply(keys: readonly IndexedKey[], from: KeySet, signal?: AbortSignal): Promise<Outcome> {
    const { directory, isGranted = true, beforeEach = async () => {} } = this.#options;
    if (!isGranted) return { ok: false, refusal: 'NotGranted', detail: 'the grants' };
    if (directory.trouble !== undefined) return { ok: false, refusal: 'PreconditionUnmet', detail: 'the directory' };
    if (!sameSet(printsOf(directory.keys), from))
      return { ok: false, refusal: 'PreconditionUnmet', detail: 'the directory has changed in this moment' };
    const wanted = printsOf(keys);
    if (sameSet(printsOf(directory.keys), wanted) && !directory.isMarked)
      return { ok: true, changed: false, detail: 'as wanted' };
    const change = async (make: () => void): Promise<boolean> => {
      if (signal?.aborted === true) return false;
      await beforeEach();
      make();
      return true;
    };
    const primary = primaryOf(wanted)?.index;
    const ordered = [
      ...keys.filter((each) => each.index !== primary),
      ...keys.filter((each) => each.index === primary),
    ];
    directory.isMarked = true;
    const changes = [
      ...ordered
        .filter(({ index, key }) => directory.at(index)?.fingerprint !== key.fingerprint)
        .map(
          ({ index, key }) =>
            () =>
              directory.put(index, key),
        ),
      ...directory.keys
        .filter(({ index }) => !keys.some((each) => each.index === index))
        .map(
          ({ index }) =>
            () =>
              directory.remove(index),
        ),
      () => {
        directory.isMarked = false;
      },
    ];
    for (const each of changes) {
      if (!(await change(each))) return { ok: false, refusal: 'Failed', detail: 'ended half way' };
    }
    return { ok: true, changed: true, detail: `${keys.length} keys` };
  }
}
