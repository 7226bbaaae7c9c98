/** An endpoint catalogue in memory, behind the port, with what Keystone refuses. */
import { type CatalogApi, CatalogError, type NewEndpoint } from '../../src/actuator/catalog-api.ts';
import type { Catalog, CatalogEndpoint, CatalogService } from '../../src/core/catalog/rows.ts';
import type { Grants } from '../../src/core/grants.ts';

/** What stands in the database; other tools write to it past the port. */
export class CatalogRows {
  services: CatalogService[] = [];
  endpoints: CatalogEndpoint[] = [];
  regions: string[] = [];
  isReadOnly = false;
  isUp = true;
  isAdmin = true;
  #count = 0;

  add({ serviceId, interface: of, region, url }: Omit<NewEndpoint, 'interface'> & { interface: string }): string {
    const id = `endpoint-${++this.#count}`;
    this.endpoints.push({ id, serviceId, interface: of, region, url, isEnabled: true });
    return id;
  }

  change(id: string, difference: Partial<CatalogEndpoint>): void {
    this.endpoints = this.endpoints.map((each) => (each.id === id ? { ...each, ...difference } : each));
  }
}

export class MemoryCatalog implements CatalogApi {
  readonly #rows: CatalogRows;
  readonly #grants: Grants;

  constructor(rows: CatalogRows, grants: Grants) {
    this.#rows = rows;
    this.#grants = grants;
  }

  async read(): Promise<Catalog> {
    this.#answering();
    const { services, endpoints, regions } = this.#rows;
    return { services: [...services], endpoints: [...endpoints], regions: [...regions] };
  }

  async createRegion(region: string): Promise<void> {
    this.#writing();
    if (!this.#rows.regions.includes(region)) this.#rows.regions.push(region);
  }

  async createEndpoint(endpoint: NewEndpoint): Promise<string> {
    this.#writing();
    if (
      !this.#rows.services.some(({ id }) => id === endpoint.serviceId) ||
      !this.#rows.regions.includes(endpoint.region)
    )
      throw new CatalogError('Refused', 'no such service or region');
    if (!/^[\w+.-]+:/.test(endpoint.url) || /%(?!\(\w+\)s)/.test(endpoint.url))
      throw new CatalogError('Refused', 'malformed URL');
    return this.#rows.add(endpoint);
  }

  async updateEndpoint(id: string, url: string): Promise<void> {
    this.#writing();
    if (!this.#rows.endpoints.some((each) => each.id === id)) throw new CatalogError('Gone', `no row ${id}`);
    if (!/^[\w+.-]+:/.test(url)) throw new CatalogError('Refused', 'malformed URL');
    this.#rows.change(id, { url, isEnabled: true });
  }

  async deleteEndpoint(id: string): Promise<void> {
    this.#writing();
    this.#rows.endpoints = this.#rows.endpoints.filter((each) => each.id !== id);
  }

  #answering(): void {
    if (!this.#rows.isUp) throw new CatalogError('Unavailable', 'nobody answers');
    if (!this.#rows.isAdmin) throw new CatalogError('Forbidden', 'the account is no administrator');
  }

  #writing(): void {
    if (!this.#grants.mayCatalog()) throw new CatalogError('NotGranted', 'not granted');
    this.#answering();
    if (this.#rows.isReadOnly) throw new CatalogError('NotWritable', 'the database is read-only');
  }
}
