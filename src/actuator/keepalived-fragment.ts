/**
 * Writes down one virtual IP in keepalived's words. Every value is checked here against a strict pattern, although the
 * policy did so before: nothing that comes from a store may become a second line of this file (I9).
 */
import { parseIp, parseNetwork } from '../core/ip-address.ts';
import type { WantedAddress } from './actuator.ts';

export type Rendered = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly detail: string };

/** Every fragment of regent begins with this. */
export const FRAGMENT_MARK = '# Written by regent; the next change overwrites it.';

/**
 * A node that returns hears a lower owner for this long before it takes the address back, so that its own services,
 * and a veto, come first. Without `nopreempt`: the preference holds, and hysteresis of health is the leader's part.
 */
const PREEMPT_DELAY_SECONDS = 2;

/**
 * After a healed cut both owners agree at once, but a neighbour keeps the loser's MAC until somebody announces the
 * address again (seen for 29 s without this). One small frame a second ends that within a second.
 */
const ANNOUNCE_SECONDS = 1;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const INTERFACE = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}$/;
const PATH = /^(\/[A-Za-z0-9][A-Za-z0-9._@-]*)+$/;

/** VRRPv3 counts in hundredths of a second, 12 bits (RFC 5798, 5.2.7). */
const ADVERT_MS_MAX = 40_950;

/** @param trackFile the file whose content vetoes this node, as keepalived sees it. */
export function renderFragment(wanted: WantedAddress, trackFile: string): Rendered {
  const problem = whatIsWrong(wanted, trackFile);
  if (problem !== undefined) return { ok: false, detail: problem };
  const { name, interface: device, address } = wanted;
  const text = `${FRAGMENT_MARK}
track_file regent_${name} {
    file "${trackFile}"
    weight 0
}

vrrp_instance ${name} {
    version 3
    state BACKUP
    interface ${device}
    virtual_router_id ${wanted.virtualRouterId}
    priority ${wanted.priority}
    advert_int ${wanted.advertIntervalMs / 1000}
    preempt_delay ${PREEMPT_DELAY_SECONDS}
    garp_master_delay ${ANNOUNCE_SECONDS}
    garp_master_refresh ${ANNOUNCE_SECONDS}
    unicast_src_ip ${wanted.unicastSource}
    unicast_peer {
${wanted.unicastPeers.map((peer) => `        ${peer}\n`).join('')}    }
    track_file {
        regent_${name}
    }
    virtual_ipaddress {
        ${address} dev ${device}
    }
}
`;
  return { ok: true, text };
}

/** @returns the first problem as a sentence, undefined when every value may be written */
function whatIsWrong(wanted: WantedAddress, trackFile: string): string | undefined {
  const { address, unicastSource, unicastPeers, advertIntervalMs } = wanted;
  if (!NAME.test(wanted.name)) return `not a name: ${JSON.stringify(wanted.name)}`;
  if (!INTERFACE.test(wanted.interface)) return `not an interface: ${JSON.stringify(wanted.interface)}`;
  if (!PATH.test(trackFile)) return `not a plain path: ${JSON.stringify(trackFile)}`;
  if (!isWholeWithin(wanted.virtualRouterId, 1, 255)) return `virtual router id ${wanted.virtualRouterId} is not 1–255`;
  if (!isWholeWithin(wanted.priority, 1, 254)) return `priority ${wanted.priority} is not 1–254`;
  if (!isWholeWithin(advertIntervalMs, 10, ADVERT_MS_MAX) || advertIntervalMs % 10 !== 0)
    return `an interval of ${advertIntervalMs} ms is not 10–${ADVERT_MS_MAX} in steps of 10`;
  const virtual = parseNetwork(address);
  if (virtual === undefined || !address.includes('/'))
    return `not an address with a prefix length: ${JSON.stringify(address)}`;
  if (unicastPeers.length === 0) return 'no other node may own the address: VRRP needs at least one peer';
  const stranger = [unicastSource, ...unicastPeers].find((peer) => parseIp(peer)?.bits !== virtual.bits);
  if (stranger !== undefined) return `${JSON.stringify(stranger)} is no address of the same kind as ${address}`;
  if (unicastPeers.includes(unicastSource)) return `the node ${unicastSource} is its own peer`;
  return undefined;
}

function isWholeWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
