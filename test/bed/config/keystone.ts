/**
 * Keystone on every controller, behind its own region's virtual address and with its region's database path. Passwords
 * are hashed with few rounds, so that the bed measures failover and not bcrypt. A lost database is given up quickly
 * (one attempt, short connect time): the next request tries again. Keystone lets database errors escape to its server, which
 * must answer 500 for them (`catch-exceptions`), as Apache does: uWSGI by itself would just close the connection.
 */

import type { Secrets } from '../seed.ts';
import { type Host, PORTS, type RegionName, virtualAddress } from '../topology.ts';
import type { HostPart } from './file-spec.ts';

export function keystonePart(host: Host, region: RegionName, secrets: Secrets): HostPart {
  return {
    files: [
      {
        path: '/etc/keystone/keystone.conf',
        content: keystoneConfiguration(host, region, secrets),
        mode: 0o640,
        owner: 'keystone',
      },
      { path: '/etc/keystone/bed-uwsgi.ini', content: uwsgiConfiguration(host) },
      { path: '/etc/keystone/public.wsgi', content: KEYSTONE_WSGI },
      { path: '/etc/systemd/system/keystone.service.d/bed.conf', content: DROP_IN },
    ],
    units: ['keystone.service'],
  };
}

function keystoneConfiguration(host: Host, region: RegionName, secrets: Secrets): string {
  const vip = virtualAddress(region);
  const account = `keystone:${secrets.KEYSTONE_DATABASE_PASSWORD}`;
  return `[DEFAULT]
use_stderr = true
log_dir =
default_log_levels = sqlalchemy=WARNING,dogpile=WARNING,keystone.server.flask=WARNING,keystone.common.rbac_enforcer=WARNING
public_endpoint = http://${vip}:${PORTS.keystone}
[database]
connection = mysql+pymysql://${account}@${vip}:${PORTS.database}/keystone?charset=utf8&connect_timeout=2
max_retries = 1
retry_interval = 1
max_pool_size = 5
max_overflow = 20
[cache]
enabled = true
backend = oslo_cache.memcache_pool
memcache_servers = ${host.address}:${PORTS.memcached}
memcache_socket_timeout = 0.5
memcache_dead_retry = 5
[token]
provider = fernet
# A token is accepted because its Keystone can read keys and database, never because somebody remembers it.
caching = false
[auth]
methods = password,token,totp,application_credential
[identity]
password_hash_rounds = 4
max_password_length = 72
[oslo_middleware]
enable_proxy_headers_parsing = true
`;
}

function uwsgiConfiguration(host: Host): string {
  return `[uwsgi]
plugins = python3
wsgi-file = /etc/keystone/public.wsgi
http-socket = ${host.address}:${PORTS.keystone}
master = true
processes = 2
threads = 8
enable-threads = true
lazy-apps = false
die-on-term = true
need-app = true
thunder-lock = true
buffer-size = 65535
listen = 100
disable-logging = true
disable-write-exception = true
catch-exceptions = true
ignore-write-errors = true
ignore-sigpipe = true
add-header = Connection: close
`;
}

/** Keystone parses sys.argv when it is loaded and would take uWSGI's arguments for its own. */
export const KEYSTONE_WSGI = `import sys
sys.argv = sys.argv[:1]
from keystone.server.wsgi import initialize_public_application
application = initialize_public_application()
`;

const DROP_IN = `[Service]
ExecStart=
ExecStart=/usr/bin/uwsgi --ini /etc/keystone/bed-uwsgi.ini
TimeoutStopSec=5
`;
