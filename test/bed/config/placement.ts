/**
 * placement-api: the service that consumes Keystone, the way every OpenStack service does. Its token validation goes through
 * its own region's virtual address, and its inventory is a local file, so that nothing but identity can break it.
 */

import type { Secrets } from '../seed.ts';
import { type Host, PORTS, type RegionName } from '../topology.ts';
import { authtokenSection, uwsgiConfiguration, uwsgiDropIn } from './consumer.ts';
import type { HostPart } from './file-spec.ts';
import { NATIVE_THREADS } from './native-threads.ts';

const UWSGI_FILE = '/etc/placement/bed-uwsgi.ini';
const UWSGI = { port: PORTS.placement, script: '/usr/bin/placement-api', threads: 8 };

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
      NATIVE_THREADS,
      { path: UWSGI_FILE, content: uwsgiConfiguration(host, UWSGI) },
      { path: '/etc/systemd/system/placement-api.service.d/bed.conf', content: uwsgiDropIn(UWSGI_FILE) },
    ],
    units: ['placement-api.service'],
  };
}

function placementConfiguration(host: Host, region: RegionName, secrets: Secrets): string {
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
${authtokenSection(host, region, { secrets, user: 'placement', password: secrets.PLACEMENT_PASSWORD })}`;
}

/** Readers may list, so that a probe needs no administrator's password. */
const POLICY = '"placement:resource_providers:list": "role:admin or role:reader or role:service"\n';
