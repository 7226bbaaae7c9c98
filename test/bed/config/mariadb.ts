/**
 * The identity database's servers. They start read-only and replicate nothing until somebody decides (`read_only`,
 * `skip_slave_start`, `Restart=no`): a server that came back by itself must never be taken for the primary. Semi-sync roles
 * are set at run time for the same reason. Sizes are small because four of them share one machine.
 */

import { type Host, PORTS } from '../topology.ts';
import { type HostPart, NOTHING } from './file-spec.ts';

/** Below the volume, because a rebuild renames it, and a mount point cannot be renamed. */
export const DATA_DIRECTORY = '/var/lib/mysql/data';

export function mariadbPart(host: Host): HostPart {
  if (host.serverId === undefined) return NOTHING;
  return {
    files: [
      {
        path: '/etc/mysql/mariadb.conf.d/90-bed.cnf',
        content: serverConfiguration(host.address, host.serverId, host.name),
      },
      { path: '/etc/systemd/system/mariadb.service.d/bed.conf', content: DROP_IN },
    ],
    units: ['mariadb.service'],
  };
}

function serverConfiguration(address: string, serverId: number, name: string): string {
  return `[mysqld]
datadir = ${DATA_DIRECTORY}
bind-address = ${address}
port = ${PORTS.database}
report-host = ${name}
skip-name-resolve = 1
server-id = ${serverId}
gtid-domain-id = 0
gtid-strict-mode = 1
log-bin = binlog
relay-log = relay
binlog-format = ROW
log-slave-updates = 1
sync-binlog = 1
sync-relay-log = 1
innodb-flush-log-at-trx-commit = 1
read-only = 1
skip-slave-start = 1
event-scheduler = OFF
slave-net-timeout = 4
rpl-semi-sync-master-wait-point = AFTER_SYNC
rpl-semi-sync-master-timeout = 4294967295
rpl-semi-sync-master-wait-no-slave = ON
rpl-semi-sync-slave-kill-conn-timeout = 1
max-connections = 300
max-connect-errors = 4294967295
innodb-buffer-pool-size = 32M
innodb-log-file-size = 16M
innodb-log-buffer-size = 4M
key-buffer-size = 1M
aria-pagecache-buffer-size = 8M
performance-schema = OFF
`;
}

/** Debian's check of all tables after each start is left out: on a replica it would be one more writer. */
const DROP_IN = `[Service]
Restart=no
ExecStartPost=
TimeoutStopSec=20
`;
