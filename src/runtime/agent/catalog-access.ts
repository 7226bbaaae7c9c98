/** How this node reaches the endpoint catalogue: its own Keystone and the account of its configuration. */
import { type CatalogApi, CatalogError } from '../../actuator/catalog-api.ts';
import { KeystoneCatalog } from '../../actuator/keystone-catalog.ts';
import type { Catalog } from '../../core/catalog/rows.ts';
import { type Grants, noGrants } from '../../core/grants.ts';
import type { AgentConfig } from '../config-schema.ts';
import { readSecret, SecretUnusable } from '../secret-file.ts';

/** Far below the lease of a presence, so that its end can be waited for. */
export const WRITE_WITHIN_MS = 4_000;

/** @throws SecretUnusable naming the file of the account's password */
export async function openCatalog(
  { keystone: url, credentials }: NonNullable<AgentConfig['api']>,
  grants: Grants,
): Promise<CatalogApi> {
  const { username, project, passwordFile } = credentials;
  const password = (await readSecret(passwordFile)).reveal();
  return new KeystoneCatalog({ url, username, project, password, grants, writeTimeoutMs: WRITE_WITHIN_MS });
}

export type CatalogLook =
  | { readonly ok: true; readonly catalog: Catalog }
  | { readonly ok: false; readonly detail: string };

/** One look, for a command; whatever its node is granted, it writes nothing. */
export async function lookAtCatalog({ api }: Pick<AgentConfig, 'api'>): Promise<CatalogLook> {
  if (api === undefined) return { ok: false, detail: 'this node has no role api; run it on a node that has' };
  try {
    return { ok: true, catalog: await (await openCatalog(api, noGrants)).read() };
  } catch (error) {
    if (error instanceof CatalogError || error instanceof SecretUnusable) return { ok: false, detail: error.message };
    throw error;
  }
}
