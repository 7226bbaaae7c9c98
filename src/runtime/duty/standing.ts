/**
 * Remembers for how long something has been seen the way it is. A decision may depend on that time, so it is counted
 * on the reader's own monotonic clock and starts at zero with the reader: a successor waits, it never hurries.
 */
import type { Instant } from '../../core/time.ts';

type Look = string | bigint | boolean;

export class Standing {
  readonly #since = new Map<string, { readonly value: Look; readonly at: Instant }>();

  /**
   * @param key - what is looked at
   * @param value - what it is like now; anything that is compared by its value and changes when the thing does
   * @returns for how long it has been like this, in ms; 0 at the first look
   */
  see(key: string, value: Look, now: Instant): number {
    const known = this.#since.get(key);
    if (known?.value === value) return now - known.at;
    this.#since.set(key, { value, at: now });
    return 0;
  }

  /** Forgets everything that is not in `keys`, so that what vanished starts anew when it comes back. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key);
  }
}
