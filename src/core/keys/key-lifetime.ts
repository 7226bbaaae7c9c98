/**
 * For how long a key has to stay after it was the primary, and how many keys that makes. Keystone's own rule, from its
 * "Fernet - Frequently Asked Questions" and the help of `[fernet_tokens] max_active_keys`:
 * `max_active_keys = (token expiration + allow_expired_window) / rotation + 2`, one for the staged key and one for the
 * primary. `[token] allow_expired_window` (48 h by default) counts, because a service may validate an expired token for
 * another service for so long (keystone/token/provider.py, `_is_valid_token`). The rule takes for granted that nobody rotates
 * more often; so the time of each single key is kept and asked as well, before anything is dropped.
 */
import type { FernetKeys } from '../policy.ts';
import { primaryOf, STAGED, sorted } from './key-set.ts';
import type { StoredKey } from './key-state.ts';

/** A staged key, a primary, and one that was the primary before: with fewer, each rotation makes tokens invalid. */
export const ACTIVE_MIN = 3;

/** `MAX_ACTIVE_KEYS` of keystone/credential/providers/fernet/core.py, which is no option there. */
export const CREDENTIAL_ACTIVE = 3;

/** For how long a token may be validated after it was issued, in ms. */
export function tokenLifetimeMs({ tokens }: Pick<FernetKeys, 'tokens'>): number {
  return tokens.expirationMs + tokens.allowExpiredWindowMs;
}

/** The least `maxActive` with which no token becomes invalid before its time, if a key is the primary for `rotateEveryMs`. */
export function activeNeeded(lifetimeMs: number, rotateEveryMs: number): number {
  return Math.max(ACTIVE_MIN, Math.ceil(lifetimeMs / rotateEveryMs) + 2);
}

/** The keys that a rotation would leave over: of the secondaries the oldest, beyond `maxActive` with staged and primary. */
export function excessOf(keys: readonly StoredKey[], maxActive: number): readonly StoredKey[] {
  const primary = primaryOf(keys);
  const secondaries = sorted(keys).filter(({ index }) => index !== STAGED && index !== primary?.index);
  return secondaries.slice(0, Math.max(0, secondaries.length - (maxActive - 2)));
}

/**
 * When the last token of a key cannot be validated any more, by wall time; 0 for credential keys, which encrypt no tokens.
 * A clock that jumps makes a rotation wait, or drops a key early by as much as it jumped.
 */
export function neededUntilMs({ retiredAtMs }: StoredKey, policy: FernetKeys): number {
  if (policy.repository === 'credential') return 0;
  return (retiredAtMs ?? Number.POSITIVE_INFINITY) + tokenLifetimeMs(policy);
}
