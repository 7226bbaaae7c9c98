/**
 * What regent cannot drive on a node that Kolla deployed, and the line of globals.yml that changes it (kolla-ansible 2026,
 * `roles/loadbalancer/defaults/main.yml`). Reads Kolla's own copies of the configuration.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfPresent } from './atomic-file.ts';

const HAPROXY = '/etc/kolla/haproxy/haproxy.cfg';
const PROXYSQL = '/etc/kolla/proxysql';

/** @param root - where the node's file system begins; empty for everybody's */
export async function kollaObstacles(root: string): Promise<readonly string[]> {
  const haproxy = (await readIfPresent(join(root, HAPROXY))) ?? '';
  const sockets = haproxy.split('\n').filter((line) => /^\s*stats\s+socket\s/.test(line));
  const isClosed = sockets.length > 0 && !sockets.some((line) => /\slevel\s+admin\b/.test(line));
  const hasProxysql = await stat(join(root, PROXYSQL)).then(
    () => true,
    () => false,
  );
  const redeploy = 'in globals.yml and run kolla-ansible reconfigure';
  return [
    ...(isClosed
      ? [`HAProxy's socket lets nobody switch servers (${HAPROXY}); set haproxy_socket_level_admin: "yes" ${redeploy}`]
      : []),
    ...(hasProxysql
      ? [
          `ProxySQL stands in front of MariaDB (${PROXYSQL}), and regent does not drive it; set enable_proxysql: "no" ${redeploy}`,
        ]
      : []),
  ];
}
