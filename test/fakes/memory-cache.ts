/** Keystone's memory without memcached: keys in a map per server, behind the same port as the real one. */
import type { CacheActuator, Outcome } from '../../src/actuator/actuator.ts';
import type { Grants } from '../../src/core/grants.ts';

export interface MemoryCacheServer {
  readonly address: string;
  readonly kept: Map<string, string>;
  isUp: boolean;
}

export class MemoryCache implements CacheActuator {
  readonly #servers: readonly MemoryCacheServer[];
  readonly #grants: Grants;

  constructor(servers: readonly MemoryCacheServer[], grants: Grants) {
    this.#servers = servers;
    this.#grants = grants;
  }

  async empty(): Promise<Outcome> {
    const ungranted = this.#servers.filter(({ address }) => !this.#grants.mayEmpty(address));
    if (ungranted.length > 0)
      return {
        ok: false,
        refusal: 'NotGranted',
        detail: `caches: [${ungranted.map((each) => each.address).join(', ')}]`,
      };
    const down = this.#servers.filter(({ isUp }) => !isUp);
    for (const { kept, isUp } of this.#servers) if (isUp) kept.clear();
    if (down.length > 0) return { ok: false, refusal: 'Failed', detail: `${down[0]?.address}: it is down` };
    return { ok: true, changed: true, detail: `emptied ${this.#servers.map(({ address }) => address).join(', ')}` };
  }
}
