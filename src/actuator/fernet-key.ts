/**
 * One key of Keystone, and its making. Its text gets out by `reveal` only: printing or serialising it shows a mark. A Fernet
 * key is 32 random bytes in the URL-safe alphabet of base64 (cryptography, fernet.Fernet.generate_key); Keystone's files hold
 * that text and nothing else, not even a line break.
 */
import { createHash, randomBytes } from 'node:crypto';

const TEXT = /^[A-Za-z0-9_-]{43}=$/;
const BYTES = 32;
/** Of SHA-256, in hexadecimal digits: 128 bits are enough to tell keys apart. */
const FINGERPRINT_LENGTH = 32;

export class FernetKey {
  /** SHA-256 of the text, shortened. The key is random, so nothing can be told from it. */
  readonly fingerprint: string;
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
    this.fingerprint = createHash('sha256').update(text).digest('hex').slice(0, FINGERPRINT_LENGTH);
  }

  static generate(): FernetKey {
    return new FernetKey(`${randomBytes(BYTES).toString('base64url')}=`);
  }

  /** @returns undefined if this is not the text of a key */
  static parse(text: string): FernetKey | undefined {
    return TEXT.test(text) ? new FernetKey(text) : undefined;
  }

  /** For the file, and for the seal. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[key]';
  }

  toJSON(): string {
    return '[key]';
  }
}
