/**
 * What every host has whatever it runs: its name, everybody's names, a journal that forgets nothing in a burst, and short
 * stop times, so that taking the bed down does not wait for anybody.
 */

import { CLIENTS, HOSTS, type Host, REGIONS, virtualAddress } from '../topology.ts';
import type { HostPart } from './file-spec.ts';

export function basePart(host: Host): HostPart {
  return {
    files: [
      { path: '/etc/hostname', content: `${host.name}\n` },
      { path: '/etc/hosts', content: hostsFile() },
      { path: '/etc/resolv.conf', content: '' },
      {
        path: '/etc/systemd/journald.conf.d/bed.conf',
        content: '[Journal]\nStorage=volatile\nRuntimeMaxUse=64M\nRateLimitIntervalSec=0\nForwardToConsole=no\n',
      },
      { path: '/etc/systemd/system.conf.d/bed.conf', content: '[Manager]\nDefaultTimeoutStopSec=10s\n' },
    ],
    units: [],
  };
}

function hostsFile(): string {
  const lines = ['127.0.0.1 localhost'];
  for (const each of [...HOSTS, ...CLIENTS]) lines.push(`${each.address} ${each.name}`);
  for (const region of REGIONS) lines.push(`${virtualAddress(region)} vip-${region}`);
  return `${lines.join('\n')}\n`;
}
