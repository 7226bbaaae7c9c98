/**
 * An operator's pause: scoped, owned, and with an expiry, so that a forgotten one ends by itself. A hold stops
 * decisions from becoming actions; it undoes nothing. Its expiry is wall time because operators set and read it. That
 * is safe: a clock that jumps ends a pause early or late, and no right to act ever depends on it.
 */

export interface Hold {
  /** `*` for everything, or `vip/<name>`, `identity/<name>`, `database/<name>`, `keys/<name>`. */
  readonly scope: string;
  readonly owner: string;
  readonly reason: string;
  /** Wall time in ms since 1970; from this moment on the hold is over. */
  readonly expiresAtMs: number;
}

/** The scope that holds everything. */
export const EVERYTHING = '*';

/**
 * The hold that stands over a scope, if any: of several, the one that ends last.
 * @param scope a narrow scope such as `vip/north`
 * @param wallMs the wall clock now
 */
export function holdOver(scope: string, holds: readonly Hold[], wallMs: number): Hold | undefined {
  return holds
    .filter((hold) => (hold.scope === EVERYTHING || hold.scope === scope) && hold.expiresAtMs > wallMs)
    .toSorted((a, b) => b.expiresAtMs - a.expiresAtMs)[0];
}
