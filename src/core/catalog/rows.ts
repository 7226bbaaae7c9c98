/**
 * The endpoint catalogue as a policy declares it and as Keystone has it. A row is one (service, interface, region): only
 * all three together tell one row from another, because every region has a row of every service.
 */
import type { EndpointCatalog, EndpointInterface } from '../policy.ts';

/** What a policy wants of one row. */
export interface DeclaredRow {
  readonly type: string;
  /** Null: the only service of this type. */
  readonly name: string | null;
  readonly interface: EndpointInterface;
  readonly region: string;
  readonly url: string;
}

export interface CatalogService {
  readonly id: string;
  readonly type: string;
  readonly name: string;
}

/** One row as Keystone has it. */
export interface CatalogEndpoint {
  readonly id: string;
  readonly serviceId: string;
  readonly interface: string;
  /** Null: the row belongs to no region. */
  readonly region: string | null;
  readonly url: string;
  /** A row that is not enabled is in nobody's catalogue. */
  readonly isEnabled: boolean;
}

/** Everything that one look has found. */
export interface Catalog {
  readonly services: readonly CatalogService[];
  readonly endpoints: readonly CatalogEndpoint[];
  readonly regions: readonly string[];
}

export const INTERFACES: readonly EndpointInterface[] = ['public', 'internal', 'admin'];

/** The rows of a policy, in the order of its text. */
export function declaredRows({ services }: Pick<EndpointCatalog, 'services'>): readonly DeclaredRow[] {
  return services.flatMap(({ type, name, endpoints }) =>
    Object.entries(endpoints).flatMap(([region, urls]) =>
      INTERFACES.flatMap((each) => {
        const url = urls[each];
        return url === undefined ? [] : [{ type, name: name ?? null, interface: each, region, url }];
      }),
    ),
  );
}

/** For people, e.g. `identity public of south`. */
export function rowText({ type, interface: of, region }: Pick<DeclaredRow, 'type' | 'interface' | 'region'>): string {
  return `${type} ${of} of ${region}`;
}
