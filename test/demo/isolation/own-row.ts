/**
 * A catalogue row whose address is that of the Keystone that lists it: `$(public_endpoint)s` is filled in when it is read
 * (keystone/common/utils.py, `format_url`), so that such a row survives the isolation of its region. The API takes none (its
 * schema wants a scheme first); `keystone-manage bootstrap` does.
 */

import { execHost } from '../../bed/exec.ts';
import type { Cloud } from './cloud.ts';
import type { IdentityApi } from './identity-api.ts';

export const OWN_URL = '$(public_endpoint)s/v3';
/** A region of its own, so that it is nobody's row but this one's. */
const REGION = 'wherever-it-is-read';

interface Catalogue {
  readonly catalog?: readonly { readonly type: string; readonly endpoints: readonly Endpoint[] }[];
}

interface Endpoint {
  readonly id: string;
  readonly region: string;
  readonly interface: string;
  readonly url: string;
}

/** @param host a node of the home region */
export async function addOwnRow(host: string, adminPassword: string): Promise<void> {
  const variables = [`OS_BOOTSTRAP_PASSWORD=${adminPassword}`, `OS_BOOTSTRAP_PUBLIC_URL=${OWN_URL}`];
  const argv = ['env', ...variables, `OS_BOOTSTRAP_REGION_ID=${REGION}`, 'keystone-manage', 'bootstrap'];
  const { code, stderr } = await execHost(host, argv, { timeoutMs: 60_000 });
  if (code !== 0) throw new Error(`${host}: ${stderr.trim()}`);
}

/** What the API says to such a row. */
export async function offerOwnRow({ home, adminToken }: Cloud): Promise<number> {
  const services = await home.keystone('/services?type=placement', { token: adminToken });
  const [service] = (services.body as { services?: readonly { id: string }[] }).services ?? [];
  const endpoint = { service_id: service?.id, interface: 'public', region_id: 'north', url: OWN_URL };
  return (await home.keystone('/endpoints', { method: 'POST', token: adminToken, body: { endpoint } })).status;
}

/** The address in the row, as a Keystone lists it. */
export async function ownRowAt(api: IdentityApi, token: string): Promise<string> {
  return (await rowsAt(api, token)).map(({ url }) => url).join();
}

export async function removeOwnRow({ home, adminToken }: Cloud): Promise<void> {
  for (const { id } of await rowsAt(home, adminToken))
    await home.keystone(`/endpoints/${id}`, { method: 'DELETE', token: adminToken });
}

async function rowsAt(api: IdentityApi, token: string): Promise<readonly Endpoint[]> {
  const { body } = await api.keystone('/auth/catalog', { token });
  const services = (body as Catalogue | undefined)?.catalog ?? [];
  return services.flatMap(({ endpoints }) => endpoints.filter(({ region }) => region === REGION));
}
