/**
 * Seals keys for the stores and opens them again: AES-256-GCM with a key that is in no store, but in a file of each node. A
 * sealed key is bound to its place (policy, index, generation): put anywhere else, also by somebody who may write to the
 * store, it does not open. Each sealing has a fresh random nonce of 96 bits; with a few hundred sealings a year, two alike are
 * out of the question (NIST SP 800-38D, 8.3, allows 2^32).
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { FernetKey } from './fernet-key.ts';

/** Where a sealed key stands. */
export interface SealPlace {
  /** Of the policy. */
  readonly name: string;
  readonly index: number;
  /** 0 for what a node hands in. */
  readonly generation: number;
}

/** What was sealed does not open: another sealing key, another place, or it was changed. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
  readonly code = 'SealBroken';
  readonly retryable = false;
}

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 'v1.';
const ID_LENGTH = 16;

export class KeySeal {
  /** Names the sealing key, so that nodes with different ones can tell. */
  readonly id: string;
  readonly #key: Buffer;

  private constructor(key: Buffer) {
    this.#key = key;
    this.id = createHash('sha256').update('regent sealing key').update(key).digest('hex').slice(0, ID_LENGTH);
  }

  /** @returns undefined if the text is not 32 bytes in base64 */
  static fromText(text: string): KeySeal | undefined {
    if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
    const key = Buffer.from(text, 'base64');
    return key.length === KEY_BYTES ? new KeySeal(key) : undefined;
  }

  seal(key: FernetKey, place: SealPlace): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(bindingOf(place));
    const text = Buffer.concat([cipher.update(key.reveal(), 'utf8'), cipher.final()]);
    return FORMAT + Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
  }

  /** @throws SealBroken, which names the place and nothing of the content */
  open(sealed: string, place: SealPlace): FernetKey {
    const key = FernetKey.parse(this.#opened(sealed, place));
    if (key === undefined) throw broken(place, 'it holds no key');
    return key;
  }

  #opened(sealed: string, place: SealPlace): string {
    if (!sealed.startsWith(FORMAT)) throw broken(place, 'it has a format that this version does not know');
    const bytes = Buffer.from(sealed.slice(FORMAT.length), 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw broken(place, 'it is too short');
    const decipher = createDecipheriv(ALGORITHM, this.#key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(bindingOf(place));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      throw broken(place, 'it was sealed with another key or for another place, or it was changed', cause);
    }
  }

  toJSON(): string {
    return `[sealing key ${this.id}]`;
  }
}

function bindingOf({ name, index, generation }: SealPlace): Buffer {
  return Buffer.from(JSON.stringify(['regent key', name, index, generation]));
}

function broken({ name, index, generation }: SealPlace, why: string, cause?: unknown): SealBroken {
  return new SealBroken(`key ${index} of ${name}, generation ${generation}, does not open: ${why}`, { cause });
}
