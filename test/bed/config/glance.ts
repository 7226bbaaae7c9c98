/**
 * glance-api: the second service that consumes Keystone, and the one in which a user's story shows: an image that is stored.
 * Its token validation goes through its own region's virtual address, and its records and images are local files, so that
 * nothing but identity can break it.
 */

import type { Secrets } from '../seed.ts';
import { type Host, PORTS, type RegionName, virtualAddress } from '../topology.ts';
import type { HostPart } from './file-spec.ts';

export function glancePart(host: Host, region: RegionName, secrets: Secrets): HostPart {
  return {
    files: [
      {
        path: '/etc/glance/glance-api.conf',
        content: glanceConfiguration(host, region, secrets),
        mode: 0o640,
        owner: 'glance',
      },
      { path: '/etc/glance/bed-uwsgi.ini', content: uwsgiConfiguration(host) },
      { path: '/etc/systemd/system/glance-api.service.d/bed.conf', content: DROP_IN },
    ],
    units: ['glance-api.service'],
  };
}

function glanceConfiguration(host: Host, region: RegionName, secrets: Secrets): string {
  const identity = `http://${virtualAddress(region)}:${PORTS.keystone}`;
  return `[DEFAULT]
use_stderr = true
log_dir =
default_log_levels = sqlalchemy=WARNING,urllib3=WARNING,alembic=WARNING
[database]
connection = sqlite:////var/lib/glance/glance.sqlite
[glance_store]
stores = file
default_store = file
filesystem_store_datadir = /var/lib/glance/images
[paste_deploy]
flavor = keystone
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
username = glance
password = ${secrets.GLANCE_PASSWORD}
`;
}

function uwsgiConfiguration(host: Host): string {
  return `[uwsgi]
plugins = python3
wsgi-file = /usr/bin/glance-wsgi-api
http-socket = ${host.address}:${PORTS.glance}
master = true
processes = 1
threads = 4
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
ExecStart=/usr/bin/uwsgi --ini /etc/glance/bed-uwsgi.ini
TimeoutStopSec=5
`;
