/**
 * What a policy may say and what its operator should know all the same. Nothing is refused for it: `regentctl policy check`,
 * `apply` and `show` say it.
 */
import { declaredRows } from '../core/catalog/rows.ts';
import type { EndpointCatalog, Policy } from '../core/policy.ts';

export function policyWarnings(policy: Policy): readonly string[] {
  return policy.kind === 'EndpointCatalog' ? identityWarnings(policy) : [];
}

/**
 * keystonemiddleware validates tokens at the address that the catalogue has for its own region. A row that leads to the
 * address of another region's row leads out of the region, and cannot be changed while the region is cut off.
 */
function identityWarnings(policy: EndpointCatalog): readonly string[] {
  const rows = declaredRows(policy).filter(({ type }) => type === 'identity');
  const byAddress = Map.groupBy(rows, ({ url }) => addressOf(url));
  return [...byAddress].flatMap(([address, sharing]) => {
    const regions = [...new Set(sharing.map(({ region }) => region))];
    if (address === undefined || regions.length < 2) return [];
    return [
      `IdentityRowRemote: the identity rows of ${regions.join(' and ')} lead to one address (${address}): at most one of these ` +
        'regions could validate tokens while it is cut off; give each its own virtual address',
    ];
  });
}

/** Undefined: every Keystone puts its own address there. */
function addressOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
