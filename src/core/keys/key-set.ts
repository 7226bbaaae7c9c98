/**
 * The keys of one Keystone repository, by their indexes and fingerprints; no key itself is ever seen here. What Keystone
 * makes of the files (keystone 22.0, keystone/common/fernet_utils.py and keystone/token/token_formatters.py):
 *
 * - Each regular file whose name is a number is a key (`_get_key_files`). All files are opened before their names are
 *   looked at, so one that the Keystone user cannot read costs every request, whatever it is called.
 * - The highest index is the primary, which encrypts; all keys decrypt (`load_keys` sorts descending, `MultiFernet` takes the
 *   first). Index 0 is the staged key: the next primary, which only decrypts until then. All others are secondaries.
 * - Files are read for each token that is issued or validated (`TokenFormatter.crypto`): nothing has to be reloaded.
 * - `rotate_keys` renames 0 to the highest index + 1, makes a new 0, and removes the lowest beyond `max_active_keys`.
 * - A token says nothing of its key. A node validates what another one has issued only if it has that key: so a key is
 *   staged everywhere before it is promoted anywhere.
 */

/** Which of Keystone's repositories: `[fernet_tokens] key_repository` or `[credential] key_repository`. */
export type RepositoryKind = 'fernet' | 'credential';

export interface KeyPrint {
  /** Name of the file, a whole number from 0. */
  readonly index: number;
  /** Tells keys apart and tells nothing about them. */
  readonly fingerprint: string;
}

/** Each index at most once, in any order. */
export type KeySet = readonly KeyPrint[];

/** Where the staged key is. */
export const STAGED = 0;

/** @returns the key that encrypts; undefined in an empty repository, with which Keystone serves nothing */
export function primaryOf(set: KeySet): KeyPrint | undefined {
  return set.reduce<KeyPrint | undefined>(
    (best, each) => (best !== undefined && best.index > each.index ? best : each),
    undefined,
  );
}

export function fingerprintAt(set: KeySet, index: number): string | undefined {
  return set.find((each) => each.index === index)?.fingerprint;
}

/** Can a node with this set decrypt what that key has encrypted? */
export function decrypts(set: KeySet, { fingerprint }: KeyPrint): boolean {
  return set.some((each) => each.fingerprint === fingerprint);
}

export function sameSet(one: KeySet, other: KeySet): boolean {
  return one.length === other.length && one.every((each) => fingerprintAt(other, each.index) === each.fingerprint);
}

/** Is each file as in `before` or as in `after`? So it is when somebody goes from one to the other, file by file. */
export function isBetween(found: KeySet, before: KeySet, after: KeySet): boolean {
  const indexes = new Set([...found, ...before, ...after].map(({ index }) => index));
  return [...indexes].every((index) => {
    const here = fingerprintAt(found, index);
    return here === fingerprintAt(before, index) || here === fingerprintAt(after, index);
  });
}

/** Does each file stand like this in one of the sets? */
export function isMadeOf(found: KeySet, sets: readonly KeySet[]): boolean {
  return found.every(({ index, fingerprint }) => sets.some((set) => fingerprintAt(set, index) === fingerprint));
}

export function sorted<K extends KeyPrint>(set: readonly K[]): readonly K[] {
  return set.toSorted((a, b) => a.index - b.index);
}

/** Enough to tell keys apart when people compare them. */
const SHOWN = 8;

/** For people: indexes and the beginnings of fingerprints, `0:3f2a9c01 1:77b0d4e2`. */
export function setText(set: KeySet): string {
  if (set.length === 0) return 'none';
  return sorted(set)
    .map(({ index, fingerprint }) => `${index}:${fingerprint.slice(0, SHOWN)}`)
    .join(' ');
}
