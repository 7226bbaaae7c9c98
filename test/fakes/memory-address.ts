/**
 * Addresses in memory: what each host was told, and who owns an address after VRRP has made up its mind, at once.
 */
import type { AddressActuator, Outcome, WantedAddress } from '../../src/actuator/actuator.ts';
import { renderFragment } from '../../src/actuator/keepalived-fragment.ts';
import type { Grants } from '../../src/core/grants.ts';

/** One network with its hosts; a host that is not `up` takes no part. */
export class MemoryAddresses {
  readonly interfaces: ReadonlySet<string>;
  readonly down = new Set<string>();
  readonly #told = new Map<string, Map<string, WantedAddress>>();

  constructor(interfaces: readonly string[]) {
    this.interfaces = new Set(interfaces);
  }

  /** What a host serves, by the name of its file. */
  of(host: string): Map<string, WantedAddress> {
    const told = this.#told.get(host) ?? new Map<string, WantedAddress>();
    this.#told.set(host, told);
    return told;
  }

  /** The fit host with the highest priority, undefined when there is none. */
  owner(name: string): string | undefined {
    const fit = [...this.#told].flatMap(([host, told]) => {
      const wanted = told.get(name);
      return wanted === undefined || wanted.unfit || this.down.has(host) ? [] : [{ host, priority: wanted.priority }];
    });
    return fit.sort((a, b) => b.priority - a.priority)[0]?.host;
  }
}

export class MemoryAddress implements AddressActuator {
  readonly #addresses: MemoryAddresses;
  readonly #host: string;
  readonly #grants: Grants;

  constructor(addresses: MemoryAddresses, host: string, grants: Grants) {
    this.#addresses = addresses;
    this.#host = host;
    this.#grants = grants;
  }

  async apply(wanted: WantedAddress): Promise<Outcome> {
    const told = this.#addresses.of(this.#host);
    if (!this.#grants.mayServe(wanted.address)) return { ok: false, refusal: 'NotGranted', detail: wanted.address };
    const rendered = renderFragment(wanted, '/run/track');
    if (!rendered.ok) return { ok: false, refusal: 'Failed', detail: rendered.detail };
    const conflict = [...told.values()].find((each) => each.name !== wanted.name && isSame(each, wanted));
    if (conflict !== undefined) return { ok: false, refusal: 'PreconditionUnmet', detail: conflict.name };
    if (!this.#addresses.interfaces.has(wanted.interface))
      return { ok: false, refusal: 'Failed', detail: 'no interface' };
    const changed = JSON.stringify(told.get(wanted.name)) !== JSON.stringify(wanted);
    told.set(wanted.name, wanted);
    return { ok: true, changed, detail: wanted.name };
  }
}

function isSame(a: WantedAddress, b: WantedAddress): boolean {
  const isSameRouter = a.virtualRouterId === b.virtualRouterId && a.interface === b.interface;
  return isSameRouter || a.address.split('/')[0] === b.address.split('/')[0];
}
