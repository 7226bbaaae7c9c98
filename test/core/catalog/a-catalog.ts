/** A catalogue of two regions and two services, and the policy that declares it. */
import type { Catalog, CatalogEndpoint } from '../../../src/core/catalog/rows.ts';
import { INTERFACES } from '../../../src/core/catalog/rows.ts';
import type { EndpointCatalog } from '../../../src/core/policy.ts';

export const urlOf = (type: string, region: string): string => `http://${type}.${region}.example`;

const urls = (type: string, region: string) =>
  Object.fromEntries(INTERFACES.map((each) => [each, urlOf(type, region)]));

export const catalogPolicy: EndpointCatalog = {
  kind: 'EndpointCatalog',
  name: 'catalog',
  mode: 'enforce',
  database: 'keystone',
  everyMs: 60_000,
  prune: false,
  services: ['identity', 'image'].map((type) => ({
    type,
    endpoints: { north: urls(type, 'north'), south: urls(type, 'south') },
  })),
};

export const endpoint = (difference: Partial<CatalogEndpoint> = {}): CatalogEndpoint => ({
  id: 'id',
  serviceId: 's-identity',
  interface: 'public',
  region: 'north',
  url: urlOf('identity', 'north'),
  isEnabled: true,
  ...difference,
});

/** As declared. */
export const catalog: Catalog = {
  services: ['identity', 'image', 'volume'].map((type) => ({ id: `s-${type}`, type, name: `the-${type}` })),
  endpoints: ['identity', 'image'].flatMap((type) =>
    ['north', 'south'].flatMap((region) =>
      INTERFACES.map((each) =>
        endpoint({
          id: `${type}-${region}-${each}`,
          serviceId: `s-${type}`,
          interface: each,
          region,
          url: urlOf(type, region),
        }),
      ),
    ),
  ),
  regions: ['north', 'south'],
};

/** Rows changed by id; null removes one. */
export function withRows(rows: Readonly<Record<string, Partial<CatalogEndpoint> | null>>): Catalog {
  const endpoints = catalog.endpoints.flatMap((each) => {
    const difference = rows[each.id];
    return difference === null ? [] : [{ ...each, ...difference }];
  });
  return { ...catalog, endpoints };
}
