/**
 * What the contract of an address needs around it: two hosts on one network, of which `h1` is preferred, with keepalived
 * and an operator's own fragment `vip.conf` that serves the address 192.0.2.10 already.
 */
import type { AddressActuator, WantedAddress } from '../../src/actuator/actuator.ts';
import type { Grants } from '../../src/core/grants.ts';

export type AddressHost = 'h1' | 'h2';

export interface AddressWorld {
  actuator(host: AddressHost, grants?: Grants): AddressActuator;
  /** The hosts that have the address now, joined by a space; empty = nobody. */
  owners(): Promise<string>;
  /** The answers of `owners` since the last call of this, without repetitions, the standing one first. */
  history(): readonly string[];
  stop(): Promise<void>;
}

/** What regent wants of one host for the operator's address, under the name of the operator's file. */
export function wantedOf(host: AddressHost, change: Partial<WantedAddress> = {}): WantedAddress {
  const [source, peer] = host === 'h1' ? ['192.0.2.11', '192.0.2.12'] : ['192.0.2.12', '192.0.2.11'];
  return {
    name: 'vip',
    address: '192.0.2.10/24',
    interface: 'host0',
    virtualRouterId: 51,
    advertIntervalMs: 100,
    // Below what an operator may have given the present owner: agents apply one by one, in any order.
    priority: host === 'h1' ? 200 : 90,
    unicastSource: source,
    unicastPeers: [peer],
    unfit: false,
    ...change,
  };
}
