/** The fake keeps the contract of the endpoint catalogue. */
import test from 'ava';
import { catalogContract } from '../contract/catalog-contract.ts';
import { CATALOG_GRANTS, type CatalogWorld, FIRST_URL } from '../contract/catalog-world.ts';
import { CatalogRows, MemoryCatalog } from './memory-catalog.ts';

catalogContract(test, async (): Promise<CatalogWorld> => {
  const rows = new CatalogRows();
  rows.services.push({ id: 'service-1', type: 'identity', name: 'keystone' });
  rows.regions.push('north');
  for (const each of ['public', 'internal', 'admin'])
    rows.add({ serviceId: 'service-1', interface: each, region: 'north', url: FIRST_URL });
  return {
    api: ({ grants = CATALOG_GRANTS, isReader = false } = {}) => {
      rows.isAdmin = !isReader;
      return new MemoryCatalog(rows, grants);
    },
    disable: async (id) => rows.change(id, { isEnabled: false }),
    setReadOnly: async (isReadOnly) => {
      rows.isReadOnly = isReadOnly;
    },
    kill: async () => {
      rows.isUp = false;
    },
    stop: async () => {},
  };
});
