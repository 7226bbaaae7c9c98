/**
 * memcached on every controller, on the host's own address and small.
 */

import { type Host, PORTS } from '../topology.ts';
import type { HostPart } from './file-spec.ts';

export function memcachedPart(host: Host): HostPart {
  const lines = [
    '-m 32',
    `-p ${PORTS.memcached}`,
    '-u memcache',
    `-l ${host.address}`,
    '-P /var/run/memcached/memcached.pid',
  ];
  return {
    files: [{ path: '/etc/memcached.conf', content: `${lines.join('\n')}\n` }],
    units: ['memcached.service'],
  };
}
