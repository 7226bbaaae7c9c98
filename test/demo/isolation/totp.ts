/** A time-based one-time password (RFC 6238 with SHA-1, 30 s and six digits), as Keystone's `totp` method expects it. */

import { createHmac } from 'node:crypto';

const STEP_MS = 30_000;
const MODULUS = 1_000_000;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** @param secret - base32 without padding, of whole bytes */
export function oneTimePassword(secret: string, atMs: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / STEP_MS)));
  const digest = createHmac('sha1', bytesOf(secret)).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 0x0f;
  const number = (digest.readUInt32BE(at) & 0x7fff_ffff) % MODULUS;
  return String(number).padStart(6, '0');
}

function bytesOf(secret: string): Buffer {
  const bits = [...secret].map((each) => BASE32.indexOf(each).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((each) => Number.parseInt(each, 2)));
}
