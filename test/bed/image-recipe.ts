/**
 * What every host of the bed is made of: Debian 12 with the daemons of an OpenStack controller, all of them masked until
 * a host's own configuration enables them. Data only; the cache key is the hash of what is said here.
 */

import { createHash } from 'node:crypto';

export const SUITE = 'bookworm';
export const DEFAULT_MIRROR = 'http://deb.debian.org/debian';

/** Packages of the image. libatomic1 is needed by Node.js; the rest are the daemons and what people look around with. */
export const PACKAGES = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'iproute2',
  'iputils-arping',
  'nftables',
  'procps',
  'less',
  'curl',
  'socat',
  'ca-certificates',
  'openssl',
  'libatomic1',
  'keepalived',
  'haproxy',
  'mariadb-server',
  'mariadb-backup',
  'memcached',
  'libfaketime',
  'etcd-server',
  'etcd-client',
  'keystone',
  'placement-api',
  'glance-api',
  'uwsgi-core',
  'uwsgi-plugin-python3',
  'python3-pymysql',
  'python3-memcache',
  'python3-openstackclient',
] as const;

/** Units that a host enables by itself, once it has been configured. */
export const MASKED_UNITS = [
  'etcd.service',
  'glance-api.service',
  'haproxy.service',
  'keepalived.service',
  'keystone.service',
  'mariadb.service',
  'memcached.service',
  'nftables.service',
  'placement-api.service',
] as const;

/** Where the image keeps configuration files as packages ship them: `<directory>/<package>/<path>`. */
export const FIXTURES = '/usr/share/regent-fixtures';

/** Packages of Keystone's consumers whose configuration files are kept, without being installed. */
const FIXTURE_PACKAGES = [
  'nova-common',
  'nova-compute-qemu',
  'neutron-common',
  'glance-common',
  'cinder-common',
  'placement-common',
  'heat-common',
  'barbican-common',
  'swift',
  'swift-proxy',
  'openstack-dashboard',
] as const;

/** Units that only make sense on a machine with its own clock, disks and consoles. */
const USELESS_UNITS = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'console-getty.service',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'getty.target',
  'rsync.service',
  'systemd-logind.service',
  'systemd-networkd.service',
  'systemd-pstore.service',
  'systemd-update-utmp.service',
  'systemd-update-utmp-runlevel.service',
  'x11-common.service',
] as const;

const SETUP_HOOK = [
  'mkdir -p "$1/usr/sbin"',
  'printf "#!/bin/sh\\nexit 101\\n" >"$1/usr/sbin/policy-rc.d"',
  'chmod 755 "$1/usr/sbin/policy-rc.d"',
].join('; ');

/** Debian ships some files in /etc, and those that debconf fills in below /usr/share/<package>. */
const FIXTURES_HOOK = `set -e
mkdir -p "$1/tmp/fixtures" "$1${FIXTURES}"
chroot "$1" sh -ec "cd /tmp/fixtures; apt-get -q -o APT::Sandbox::User=root download ${FIXTURE_PACKAGES.join(' ')}"
for deb in "$1"/tmp/fixtures/*.deb; do
  name="$(basename "$deb")"
  to="$1${FIXTURES}/\${name%%_*}"
  mkdir "$to"
  dpkg-deb -x "$deb" "$1/tmp/fixtures/whole"
  cd "$1/tmp/fixtures/whole"
  find etc usr/share -type f ! -path "usr/share/doc/*" \\( -name "*.conf" -o -name "*.ini" -o -name local_settings.py \\) \
    -exec cp --parents -p {} "$to/" ";"
  cd /
  rm -r "$1/tmp/fixtures/whole"
done
rm -r "$1/tmp/fixtures"
`;

const CUSTOMIZE_HOOK = [
  'rm -rf "$1"/etc/systemd/system/*.wants "$1"/etc/systemd/system/*.service',
  `for unit in ${[...MASKED_UNITS, ...USELESS_UNITS].join(' ')}; do ln -sf /dev/null "$1/etc/systemd/system/$unit"; done`,
  'rm -rf "$1"/var/lib/mysql/* "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/*',
  ': >"$1/etc/machine-id"',
].join('; ');

/** Documentation and translations are left out: nobody reads them in a host that lives for minutes. */
const DPKG_OPTIONS = [
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/locale/*',
  'path-exclude=/usr/share/doc/*',
  'force-unsafe-io',
] as const;

/** The arguments of mmdebstrap that build the image in `target` from `mirror`. */
export function buildArguments(target: string, mirror: string): readonly string[] {
  return [
    'mmdebstrap',
    '--variant=minbase',
    '--mode=root',
    '--format=directory',
    `--include=${PACKAGES.join(',')}`,
    ...DPKG_OPTIONS.map((option) => `--dpkgopt=${option}`),
    `--setup-hook=${SETUP_HOOK}`,
    `--customize-hook=${FIXTURES_HOOK}`,
    `--customize-hook=${CUSTOMIZE_HOOK}`,
    SUITE,
    target,
    `deb ${mirror} ${SUITE} main`,
    `deb ${mirror} ${SUITE}-updates main`,
    `deb ${mirror.replace(/\/debian\/?$/, '/debian-security')} ${SUITE}-security main`,
  ];
}

/** The image's cache key: changes whenever anything said in this file does. */
export function recipeHash(): string {
  return createHash('sha256')
    .update(JSON.stringify(buildArguments('', DEFAULT_MIRROR)))
    .digest('hex')
    .slice(0, 12);
}
