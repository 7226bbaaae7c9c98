/**
 * A Keystone that writes down when somebody last logged in, as every Keystone does since 2024.1 (launchpad bug 2074018). That
 * of Debian 12 does so with `disable_user_account_days_inactive`; while it is asked for, one Keystone of a region has it.
 */

import { execHost } from '../../bed/exec.ts';
import { hostByName, type RegionName } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import { IdentityApi } from './identity-api.ts';

const FILE = '/etc/keystone/keystone.conf';
const KEPT = `${FILE}.before-recording`;
const READY_MS = 60_000;

/** @returns the Keystone of this host, past its region's address */
export async function startRecording(region: RegionName, host: string): Promise<IdentityApi> {
  const option = '\n[security_compliance]\ndisable_user_account_days_inactive = 90\n';
  await must(host, `cp -p ${FILE} ${KEPT} && printf '%s' "$1" >> ${FILE} && systemctl restart keystone`, option);
  const api = new IdentityApi(region, hostByName(host).address);
  await waitUntil(`Keystone on ${host}`, { timeoutMs: READY_MS }, async () => {
    const { status } = await api.keystone('');
    return { ok: status === 200, detail: String(status) };
  });
  return api;
}

/** Idempotent. */
export async function stopRecording(host: string): Promise<void> {
  await must(host, `if [ -e ${KEPT} ]; then mv ${KEPT} ${FILE} && systemctl restart keystone; fi`);
}

async function must(host: string, script: string, argument = ''): Promise<void> {
  const { code, stderr } = await execHost(host, ['sh', '-c', script, 'sh', argument], { timeoutMs: READY_MS });
  if (code !== 0) throw new Error(`${host}: ${stderr.trim()}`);
}
