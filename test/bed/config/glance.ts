/**
 * glance-api: the second service that consumes Keystone, and the one in which a user's story shows: an image that is stored.
 * Its token validation goes through its own region's virtual address, and its records and images are local files, so that
 * nothing but identity can break it.
 */

import type { Secrets } from '../seed.ts';
import { type Host, PORTS, type RegionName } from '../topology.ts';
import { authtokenSection, uwsgiConfiguration, uwsgiDropIn } from './consumer.ts';
import type { HostPart } from './file-spec.ts';
import { NATIVE_THREADS } from './native-threads.ts';

const UWSGI_FILE = '/etc/glance/bed-uwsgi.ini';
const UWSGI = { port: PORTS.glance, script: '/usr/bin/glance-wsgi-api', threads: 4 };

export function glancePart(host: Host, region: RegionName, secrets: Secrets): HostPart {
  return {
    files: [
      {
        path: '/etc/glance/glance-api.conf',
        content: glanceConfiguration(host, region, secrets),
        mode: 0o640,
        owner: 'glance',
      },
      NATIVE_THREADS,
      { path: UWSGI_FILE, content: uwsgiConfiguration(host, UWSGI) },
      { path: '/etc/systemd/system/glance-api.service.d/bed.conf', content: uwsgiDropIn(UWSGI_FILE) },
    ],
    units: ['glance-api.service'],
  };
}

function glanceConfiguration(host: Host, region: RegionName, secrets: Secrets): string {
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
${authtokenSection(host, region, { secrets, user: 'glance', password: secrets.GLANCE_PASSWORD })}`;
}
