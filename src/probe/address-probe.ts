/**
 * Whether this node has a virtual address. The interfaces are the truth: an address counts while it is on one that is
 * up. What keepalived said last stands beside it as a fact, for people; it decides nothing.
 */
import { networkInterfaces } from 'node:os';
import { parseIp, parseNetwork } from '../core/ip-address.ts';
import type { Probe } from './probe.ts';
import type { VrrpState } from './vrrp-notice.ts';

export interface AddressProbeOptions {
  /** The policy's name; the probe's is `vip-` and it. */
  readonly policy: string;
  /** With or without a prefix length. */
  readonly address: string;
  readonly everyMs: number;
  /** What keepalived said last of the policy's instance; null = nothing yet. */
  readonly vrrp?: () => VrrpState | null;
  /** The addresses of the interfaces that are up; the machine's own unless a test says otherwise. */
  readonly addresses?: () => readonly string[];
}

export function addressProbe({
  policy,
  address,
  everyMs,
  vrrp = () => null,
  addresses = ownAddresses,
}: AddressProbeOptions): Probe {
  const wanted = parseNetwork(address);
  return {
    name: `vip-${policy}`,
    everyMs,
    observe: async () => {
      if (wanted === undefined) return { health: 'unknown', detail: `${address} is not an IP address`, facts: {} };
      try {
        const owner = addresses().some((each) => {
          const has = parseIp(each);
          return has?.bits === wanted.bits && has.value === wanted.value;
        });
        const detail = owner ? `${address} is on this node` : `${address} is not on this node`;
        return { health: 'ok', detail, facts: { owner, vrrp: vrrp() } };
      } catch (error) {
        return { health: 'unknown', detail: `the interfaces cannot be read: ${error}`, facts: {} };
      }
    },
  };
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map((entry) => entry.address));
}
