/**
 * placement-api: the service that consumes Keystone, the way every OpenStack service does. Its token validation goes through
 * its own region's virtual address, and its inventory is a local file, so that nothing but identity can break it.
 */

import type { Secrets } from '../seed.ts';
import { type Host, PORTS, type RegionName, virtualAddress } from '../topology.ts';
import type { HostPart } from './file-spec.ts';

export function placementPart(host: Host, region: RegionName, secrets: Secrets): HostPart {
  return {
    files: [
      {
        path: '/etc/placement/placement.conf',
        content: placementConfiguration(host, region, secrets),
        mode: 0o640,
        owner: 'placement',
      },
      { path: '/etc/placement/policy.yaml', content: POLICY },
      { path: '/etc/placement/bed-uwsgi.ini', content: uwsgiConfiguration(host) },
      { path: '/etc/systemd/system/placement-api.service.d/bed.conf', content: DROP_IN },
    ],
    units: ['placement-api.service'],
  };
}

function placementConfiguration(host: Host, region: RegionName, secrets: Secrets): string {
  const identity = `http://${virtualAddress(region)}:${PORTS.keystone}`;
  return `[DEFAULT]
use_stderr = true
log_dir =
default_log_levels = placement.requestlog=WARNING,sqlalchemy=WARNING,urllib3=WARNING
[api]
auth_strategy = keystone
[placement_database]
connection = sqlite:////var/lib/placement/placement.sqlite
[oslo_policy]
policy_file = policy.yaml
[keystone_authtoken]
# By hand: the address of this region.
www_authenticate_uri = ${identity}
auth_url = ${identity}
region_name = ${region}
interface = internal
memcached_servers = ${host.address}:${PORTS.memcached}
memcache_security_strategy = ENCRYPT
memcache_secret_key = ${secrets.MEMCACHE_SECRET}
memcache_pool_dead_retry = 5
token_cache_time = 15
http_connect_timeout = 2
http_request_max_retries = 1
auth_type = password
project_domain_name = Default
user_domain_name = Default
project_name = service
username = placement
password = ${secrets.PLACEMENT_PASSWORD}
`;
}

/** Readers may list, so that a probe needs no administrator's password. */
const POLICY = '"placement:resource_providers:list": "role:admin or role:reader or role:service"\n';

function uwsgiConfiguration(host: Host): string {
  return `[uwsgi]
plugins = python3
wsgi-file = /usr/bin/placement-api
http-socket = ${host.address}:${PORTS.placement}
master = true
processes = 1
threads = 8
enable-threads = true
die-on-term = true
need-app = true
buffer-size = 65535
listen = 100
disable-logging = true
disable-write-exception = true
ignore-write-errors = true
ignore-sigpipe = true
add-header = Connection: close
`;
}

const DROP_IN = `[Service]
ExecStart=
ExecStart=/usr/bin/uwsgi --ini /etc/placement/bed-uwsgi.ini
TimeoutStopSec=5
`;
