/** Whether the services of one node take tokens that a region's Keystones have just issued, asked by a client past the proxies. */

import { currentBed } from '../../bed/bed.ts';
import { adminLogin } from '../../bed/readiness.ts';
import { hostByName, type RegionName } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import { askFrom, byPassword, IdentityApi } from '../isolation/identity-api.ts';
import { SERVICES } from './service-files.ts';

/** Of a service that has just been restarted, on a busy machine. */
const ANSWERS_WITHIN_MS = 20_000;

/**
 * @param from - whose Keystones issue the tokens, reached at that region's address
 * @returns what is wrong, in words; empty if each service takes one
 */
export async function refusals(node: string, region: RegionName, from: RegionName): Promise<string> {
  const { user, password, project } = adminLogin((await currentBed()).secrets);
  const keystone = new IdentityApi(from);
  const told: string[] = [];
  for (const { service, port, path } of SERVICES) {
    const token = await keystone.token(byPassword(user, password, project));
    const { status } = await askFrom(region, `http://${hostByName(node).address}:${port}${path}`, { token });
    if (status !== 200) told.push(`${service} of ${node} answers ${status}`);
  }
  return told.join(', ');
}

/** @throws NotInTime naming the service that takes none */
export async function untilTaken(nodes: readonly string[], region: RegionName, signal: AbortSignal): Promise<void> {
  await waitUntil('the services', { timeoutMs: ANSWERS_WITHIN_MS, pauseMs: 500, signal }, async () => {
    const told = await Promise.all(nodes.map((node) => refusals(node, region, region)));
    const detail = told.filter((each) => each !== '').join(', ');
    return { ok: detail === '', detail };
  });
}
