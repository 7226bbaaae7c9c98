/**
 * HAProxy as an operator has it by hand in a healthy cloud: every server that may ever serve a region is declared, those
 * that must not serve now are `disabled`. South's identity goes to north's controllers (the home region); databases are the
 * primary in its own region and the local replicas elsewhere. Checks are frequent, because a frozen host still accepts
 * connections; the database check speaks the protocol for the same reason.
 */

import {
  FIRST_PRIMARY,
  type Host,
  hostByName,
  hostsWithRole,
  PORTS,
  type RegionName,
  virtualAddress,
} from '../topology.ts';
import type { HostPart } from './file-spec.ts';

export function haproxyPart(region: RegionName): HostPart {
  return {
    files: [{ path: '/etc/haproxy/haproxy.cfg', content: haproxyConfiguration(region) }],
    units: ['haproxy.service'],
  };
}

export function haproxyConfiguration(region: RegionName): string {
  const vip = virtualAddress(region);
  const home = hostByName(FIRST_PRIMARY).site;
  const keystone = hostsWithRole('api').map((each) => server(each, PORTS.keystone, each.site === home));
  const placement = hostsWithRole('api', region).map((each) => server(each, PORTS.placement, true));
  const glance = hostsWithRole('api', region).map((each) => server(each, PORTS.glance, true));
  const database = hostsWithRole('db').map((each) => server(each, PORTS.database, isDatabaseOf(each, region)));
  return `global
    log /dev/log local0 notice
    user haproxy
    group haproxy
    maxconn 4000
    stats socket /run/haproxy/admin.sock mode 660 level admin
    stats timeout 10s

defaults
    log global
    mode http
    option dontlognull
    option redispatch
    retries 2
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout queue 5s
    timeout check 800ms
    default-server inter 500ms fastinter 250ms downinter 500ms rise 2 fall 2

frontend keystone
    bind ${vip}:${PORTS.keystone}
    default_backend keystone

frontend placement
    bind ${vip}:${PORTS.placement}
    default_backend placement

frontend glance
    bind ${vip}:${PORTS.glance}
    default_backend glance

frontend database
    mode tcp
    timeout client 1h
    bind ${vip}:${PORTS.database}
    default_backend database

backend keystone
    option httpchk GET /v3
    http-check expect status 200
${keystone.join('\n')}

backend placement
    option httpchk GET /
    http-check expect status 200
${placement.join('\n')}

backend glance
    option httpchk GET /
    http-check expect status 300
${glance.join('\n')}

backend database
    mode tcp
    timeout server 1h
    option mysql-check user haproxy
    default-server on-marked-down shutdown-sessions
${database.join('\n')}
`;
}

function isDatabaseOf(host: Host, region: RegionName): boolean {
  const primary = hostByName(FIRST_PRIMARY);
  return region === primary.site ? host.name === primary.name : host.site === region;
}

function server(host: Host, port: number, enabled: boolean): string {
  return `    server ${host.name} ${host.address}:${port} check${enabled ? '' : ' disabled'}`;
}
