/**
 * A Keystone that writes down when somebody last logged in, as every Keystone does since 2024.1 (launchpad bug 2074018). That
 * of Debian 12 does so with `disable_user_account_days_inactive`. It also remembers tokens, as Keystone does by default. It runs
 * beside the host's own one, with its memcached, on a port of its own, and serves nobody else.
 */

import { execHost } from '../../bed/exec.ts';
import { hostByName, type RegionName } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import { IdentityApi } from './identity-api.ts';

const UNIT = 'recording-keystone';
const PORT = 5001;
const DIRECTORY = '/run/recording-keystone';
const READY_MS = 60_000;

const START = `set -e
install -d -o keystone -g keystone ${DIRECTORY}
cp /etc/keystone/keystone.conf ${DIRECTORY}/
printf '[security_compliance]\\ndisable_user_account_days_inactive = 90\\n[token]\\ncaching = true\\n' >>${DIRECTORY}/keystone.conf
chown keystone:keystone ${DIRECTORY}/keystone.conf
systemd-run --quiet --unit=${UNIT} --uid=keystone --gid=keystone --setenv=OS_KEYSTONE_CONFIG_DIR=${DIRECTORY} \\
  /usr/bin/uwsgi --plugins python3 --wsgi-file /etc/keystone/public.wsgi --http-socket "$1" --master --processes 1 \\
  --enable-threads --threads 2 --die-on-term --need-app --buffer-size 65535 --catch-exceptions --disable-logging
`;

/** @returns that Keystone, as a client of its region reaches it */
export async function startRecording(region: RegionName, host: string): Promise<IdentityApi> {
  const { address } = hostByName(host);
  const { code, stderr } = await execHost(host, ['sh', '-c', START, 'sh', `${address}:${PORT}`]);
  if (code !== 0) throw new Error(`${host}: ${stderr.trim()}`);
  const api = new IdentityApi(region, { address, port: PORT });
  await waitUntil(`the recording Keystone on ${host}`, { timeoutMs: READY_MS }, async () => {
    const { status } = await api.keystone('');
    return { ok: status === 200, detail: String(status) };
  });
  return api;
}

/** Idempotent. */
export async function stopRecording(host: string): Promise<void> {
  await execHost(host, ['systemctl', 'stop', UNIT]);
}
