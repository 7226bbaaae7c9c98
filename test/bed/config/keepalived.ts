/**
 * keepalived as an operator has it by hand: one virtual address per region, unicast VRRPv3 with adverts every 100 ms, the
 * first host preferred. The main file only includes fragments, so that whoever manages an address owns exactly one file.
 * `garp_master_refresh` repeats the announcement: without it a healed isolation can leave neighbours with a stale entry
 * for half a minute.
 */

import { HOST_INTERFACE, HOSTS, type Host, type RegionName, VIRTUAL_ROUTER_ID, virtualAddress } from '../topology.ts';
import { type FileSpec, type HostPart, NOTHING } from './file-spec.ts';

export const FRAGMENT_DIRECTORY = '/etc/keepalived/conf.d';
export const NOTIFY_FIFO = '/run/keepalived/regent.fifo';

export function keepalivedPart(host: Host, region: RegionName): HostPart {
  if (host.vrrpPriority === undefined) return NOTHING;
  return {
    files: [
      { path: '/etc/keepalived/keepalived.conf', content: mainConfiguration(host) },
      fragment(host, region, host.vrrpPriority),
      { path: '/etc/tmpfiles.d/keepalived.conf', content: 'd /run/keepalived 0755 root root -\n' },
    ],
    units: ['keepalived.service'],
  };
}

function mainConfiguration(host: Host): string {
  return `global_defs {
    router_id ${host.name}
    vrrp_version 3
    enable_script_security
    script_user root
    vrrp_higher_prio_send_advert true
    notify_fifo ${NOTIFY_FIFO}
}

include ${FRAGMENT_DIRECTORY}/*.conf
`;
}

function fragment(host: Host, region: RegionName, priority: number): FileSpec {
  const peers = HOSTS.filter(
    (each) => each.site === region && each.vrrpPriority !== undefined && each.name !== host.name,
  );
  const content = `vrrp_instance vip-${region} {
    state BACKUP
    interface ${HOST_INTERFACE}
    virtual_router_id ${VIRTUAL_ROUTER_ID}
    priority ${priority}
    advert_int 0.1
    garp_master_refresh 1
    garp_lower_prio_repeat 3
    unicast_src_ip ${host.address}
    unicast_peer {
${peers.map((each) => `        ${each.address}`).join('\n')}
    }
    virtual_ipaddress {
        ${virtualAddress(region)}/24 dev ${HOST_INTERFACE}
    }
}
`;
  return { path: `${FRAGMENT_DIRECTORY}/vip-${region}.conf`, content };
}
