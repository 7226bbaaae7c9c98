/**
 * Empties the memcached servers that hold what Keystone remembers. Each must be granted by its address (I9): everything
 * that shares such a server loses what it kept there as well, so that its root decides.
 */
import type { Grants } from '../core/grants.ts';
import { askMemcached } from '../probe/memcached-client.ts';
import type { CacheActuator, Outcome } from './actuator.ts';

export interface KeystoneCacheOptions {
  /** `host:port`, an IPv6 address in brackets. */
  readonly servers: readonly string[];
  readonly grants: Grants;
  /** For each server; they are asked at the same time. */
  readonly timeoutMs: number;
}

export class KeystoneCache implements CacheActuator {
  readonly #options: KeystoneCacheOptions;

  constructor(options: KeystoneCacheOptions) {
    this.#options = options;
  }

  async empty(signal: AbortSignal): Promise<Outcome> {
    const { servers, grants, timeoutMs } = this.#options;
    const ungranted = servers.filter((address) => !grants.mayEmpty(address));
    if (ungranted.length > 0) {
      const detail = `not granted: add "caches: [${ungranted.join(', ')}]" to /etc/regent/grants.yaml`;
      return { ok: false, refusal: 'NotGranted', detail };
    }
    const asked = await Promise.all(
      servers.map(async (address) => {
        const answer = await askMemcached({ address, timeoutMs, signal }, (client) => client.flush());
        return { address, problem: answer.ok ? undefined : answer.detail };
      }),
    );
    const failed = asked.filter(({ problem }) => problem !== undefined);
    if (failed.length > 0) {
      const detail = failed.map(({ address, problem }) => `${address}: ${problem}`).join('; ');
      return { ok: false, refusal: 'Failed', detail };
    }
    return { ok: true, changed: servers.length > 0, detail: `emptied ${servers.join(', ')}` };
  }
}
