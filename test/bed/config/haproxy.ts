/**
 * HAProxy as an operator has it by hand in a healthy cloud: every server that may ever serve a region is declared, those
 * that must not serve now are `disabled`. South's identity goes to north's controllers (the home region); databases are the
 * primary in its own region and the local replicas elsewhere. Checks are frequent, because a frozen host still accepts
 * connections; the database check speaks the protocol for the same reason. Keystone has a second address for administrators,
 * and a layer in front that knows regions only; both follow the same decision.
 */

import {
  FIRST_PRIMARY,
  type Host,
  hostByName,
  hostsWithRole,
  PORTS,
  REGIONS,
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
  const front = REGIONS.map((name) => server({ name, address: virtualAddress(name) }, PORTS.keystone, name === home));
  const own = (port: number) => hostsWithRole('api', region).map((each) => server(each, port, true));
  const database = hostsWithRole('db').map((each) => server(each, PORTS.database, isDatabaseOf(each, region)));
  const services = [
    httpService(vip, { name: 'keystone', port: PORTS.keystone, check: 'GET /v3', expect: 200 }, keystone),
    httpService(vip, { name: 'keystone-admin', port: PORTS.keystoneAdmin, check: 'GET /v3', expect: 200 }, keystone),
    httpService(vip, { name: 'identity-front', port: PORTS.identityFront, check: 'GET /v3', expect: 200 }, front),
    httpService(vip, { name: 'placement', port: PORTS.placement, check: 'GET /', expect: 200 }, own(PORTS.placement)),
    httpService(vip, { name: 'glance', port: PORTS.glance, check: 'GET /', expect: 300 }, own(PORTS.glance)),
  ];
  return `${HEAD}
${services.join('\n')}
frontend database
    mode tcp
    timeout client 1h
    bind ${vip}:${PORTS.database}
    default_backend database

backend database
    mode tcp
    timeout server 1h
    option mysql-check user haproxy
    default-server on-marked-down shutdown-sessions
${database.join('\n')}
`;
}

const HEAD = `global
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
`;

interface HttpService {
  readonly name: string;
  readonly port: number;
  readonly check: string;
  readonly expect: number;
}

function httpService(vip: string, { name, port, check, expect }: HttpService, servers: readonly string[]): string {
  return `frontend ${name}
    bind ${vip}:${port}
    default_backend ${name}

backend ${name}
    option httpchk ${check}
    http-check expect status ${expect}
${servers.join('\n')}
`;
}

function isDatabaseOf(host: Host, region: RegionName): boolean {
  const primary = hostByName(FIRST_PRIMARY);
  return region === primary.site ? host.name === primary.name : host.site === region;
}

function server(host: Pick<Host, 'name' | 'address'>, port: number, enabled: boolean): string {
  return `    server ${host.name} ${host.address}:${port} check${enabled ? '' : ' disabled'}`;
}
