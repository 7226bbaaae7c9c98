/** What the services that consume Keystone have in common: how they validate tokens, and the uWSGI that they run under. */

import type { Secrets } from '../seed.ts';
import { type Host, PORTS, type RegionName, virtualAddress } from '../topology.ts';
import { NATIVE_THREADS } from './native-threads.ts';

/** Through the region's own virtual address, as a service user with a password. */
export function authtokenSection(
  host: Host,
  region: RegionName,
  { secrets, user, password }: { readonly secrets: Secrets; readonly user: string; readonly password: string },
): string {
  const identity = `http://${virtualAddress(region)}:${PORTS.keystone}`;
  return `[keystone_authtoken]
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
username = ${user}
password = ${password}
`;
}

/** One process is enough for a bed. */
export function uwsgiConfiguration(
  host: Host,
  { port, script, threads }: { readonly port: number; readonly script: string; readonly threads: number },
): string {
  return `[uwsgi]
plugins = python3
import = ${NATIVE_THREADS.path}
wsgi-file = ${script}
http-socket = ${host.address}:${port}
master = true
processes = 1
threads = ${threads}
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

/** The unit's drop-in. @param configuration of uWSGI */
export function uwsgiDropIn(configuration: string): string {
  return `[Service]
ExecStart=
ExecStart=/usr/bin/uwsgi --ini ${configuration}
TimeoutStopSec=5
`;
}
