/**
 * What the contract of the catalogue needs around it: a Keystone with one service (`identity`, named `keystone`) whose three
 * rows of region `north` are there, one database that can be closed, and an account that is no administrator.
 */
import type { CatalogApi } from '../../src/actuator/catalog-api.ts';
import { type Grants, grantsOf } from '../../src/core/grants.ts';

export const CATALOG_GRANTS: Grants = grantsOf({ files: [], units: [], addresses: [], catalog: true, haproxy: null });

export const FIRST_URL = 'http://192.0.2.10:5000/v3';

export interface CatalogWorld {
  api(options?: { readonly grants?: Grants; readonly isReader?: boolean }): CatalogApi;
  /** As another tool switches a row off. */
  disable(id: string): Promise<void>;
  setReadOnly(isReadOnly: boolean): Promise<void>;
  /** Nobody answers any more. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}
