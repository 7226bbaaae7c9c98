/**
 * What has to be done so that Keystone's catalogue has the rows that a policy declares: an ordered list of changes of single
 * rows, each of which may be done twice, and what is not done and why. Its scope are the pairs of service and region that
 * the policy declares; a row of another pair is never in a change, whatever stands in it. An existing row keeps its id:
 * endpoint filters and policies of Keystone refer to it.
 */
import type { Catalog, CatalogEndpoint, CatalogService, DeclaredRow } from './rows.ts';
import { rowText } from './rows.ts';

export type CatalogChange =
  | { readonly kind: 'create-region'; readonly region: string }
  | { readonly kind: 'create'; readonly row: DeclaredRow; readonly serviceId: string }
  | { readonly kind: 'update'; readonly row: DeclaredRow; readonly endpoint: CatalogEndpoint }
  | { readonly kind: 'delete'; readonly type: string; readonly endpoint: CatalogEndpoint };

/** Diagnoses of what only an operator can decide. */
export type CatalogObstacleCode =
  | 'EndpointServiceMissing'
  | 'EndpointServiceAmbiguous'
  | 'EndpointRowsDuplicate'
  | 'EndpointRowUndeclared'
  | 'EndpointUrlNotWritable';

export interface CatalogObstacle {
  readonly code: CatalogObstacleCode;
  /** One sentence: what stands where. */
  readonly message: string;
  readonly remedy: string;
}

export interface Reconciliation {
  /** In this order; after each one the rest is worked out anew from what is there then. */
  readonly changes: readonly CatalogChange[];
  readonly obstacles: readonly CatalogObstacle[];
}

/** @param prune - rows of a declared service and region whose interface is not declared are deleted instead of told */
export function reconcile(
  declared: readonly DeclaredRow[],
  actual: Catalog,
  { prune }: { readonly prune: boolean },
): Reconciliation {
  const changes: CatalogChange[] = [];
  const obstacles: CatalogObstacle[] = [];
  for (const rows of byService(declared)) {
    const service = findService(rows[0], actual.services);
    if ('code' in service) obstacles.push(service);
    else
      for (const row of rows) {
        const found = rowChange(row, service, actual.endpoints);
        if (found === undefined) continue;
        if ('code' in found) obstacles.push(found);
        else changes.push(found);
      }
    if ('code' in service) continue;
    for (const endpoint of undeclared(rows, service, actual.endpoints)) {
      if (prune) changes.push({ kind: 'delete', type: service.type, endpoint });
      else obstacles.push(notDeclared(service, endpoint));
    }
  }
  return { changes: [...missingRegions(changes, actual.regions), ...changes], obstacles };
}

type ServiceRows = readonly [DeclaredRow, ...DeclaredRow[]];

function byService(declared: readonly DeclaredRow[]): readonly ServiceRows[] {
  const groups = Map.groupBy(declared, ({ type, name }) => JSON.stringify([type, name]));
  return [...groups.values()] as readonly unknown[] as readonly ServiceRows[];
}

function findService(
  { type, name }: DeclaredRow,
  services: readonly CatalogService[],
): CatalogService | CatalogObstacle {
  const found = services.filter((each) => each.type === type && (name === null || each.name === name));
  const called = name === null ? `of type ${type}` : `${name} of type ${type}`;
  const [first] = found;
  if (first === undefined) {
    return {
      code: 'EndpointServiceMissing',
      message: `Keystone has no service ${called}`,
      remedy: `create it (openstack service create --name ${name ?? type} ${type}), or correct the policy`,
    };
  }
  if (found.length === 1) return first;
  const ids = found.map((each) => `${each.name} (${each.id})`).join(', ');
  return {
    code: 'EndpointServiceAmbiguous',
    message: `Keystone has ${found.length} services ${called}: ${ids}`,
    remedy:
      name === null
        ? 'name one of them in the policy (services[].name), or delete the others'
        : 'delete all but one of them (openstack service delete ID)',
  };
}

/** The schema of Keystone's API (keystone/common/validation/parameter_types.py, Zed); its bootstrap has none. */
const WRITABLE = /^[a-zA-Z0-9+.-]+:.+/;

function notWritable(row: DeclaredRow): CatalogObstacle {
  const { interface: of, region, url } = row;
  return {
    code: 'EndpointUrlNotWritable',
    message: `${rowText(row)} should be ${url}, and Keystone's API takes no URL that begins with a substitution`,
    remedy:
      row.type === 'identity'
        ? `write it on a Keystone's host: keystone-manage bootstrap --bootstrap-region-id ${region} --bootstrap-${of}-url '${url}'`
        : 'declare a URL that begins with http:// or https://',
  };
}

/** Undefined: the row is as declared. */
function rowChange(
  row: DeclaredRow,
  service: CatalogService,
  endpoints: readonly CatalogEndpoint[],
): CatalogChange | CatalogObstacle | undefined {
  const found = endpoints.filter(
    (each) => each.serviceId === service.id && each.interface === row.interface && each.region === row.region,
  );
  // What is not enabled is in nobody's catalogue, so that it is no second row beside one that is.
  const enabled = found.filter(({ isEnabled }) => isEnabled);
  const [endpoint, second] = enabled.length > 0 ? enabled : found;
  if (second !== undefined) return duplicates(row, found);
  if (endpoint?.url === row.url && endpoint.isEnabled) return undefined;
  if (!WRITABLE.test(row.url)) return notWritable(row);
  if (endpoint === undefined) return { kind: 'create', row, serviceId: service.id };
  return { kind: 'update', row, endpoint };
}

/** Clients take the first one that they are given, so that nobody can tell which of them is in use. */
function duplicates(row: DeclaredRow, found: readonly CatalogEndpoint[]): CatalogObstacle {
  const listed = found.map(({ id, url }) => `${id} (${url})`).join(', ');
  const keep = found.find(({ url }) => url === row.url) ?? found[0];
  const others = found.filter((each) => each !== keep).map(({ id }) => id);
  return {
    code: 'EndpointRowsDuplicate',
    message: `there are ${found.length} rows ${rowText(row)}: ${listed}`,
    remedy: `delete all but one of them: openstack endpoint delete ${others.join(' ')}`,
  };
}

function undeclared(
  rows: ServiceRows,
  service: CatalogService,
  endpoints: readonly CatalogEndpoint[],
): readonly CatalogEndpoint[] {
  const regions = new Set(rows.map(({ region }) => region));
  const keys = new Set(rows.map((row) => JSON.stringify([row.interface, row.region])));
  return endpoints.filter(
    (each) =>
      each.serviceId === service.id &&
      each.region !== null &&
      regions.has(each.region) &&
      !keys.has(JSON.stringify([each.interface, each.region])),
  );
}

function notDeclared({ type }: CatalogService, { id, interface: of, region, url }: CatalogEndpoint): CatalogObstacle {
  return {
    code: 'EndpointRowUndeclared',
    message: `the policy declares ${type} of ${region}, and not its ${of} row (${url})`,
    remedy: `declare it, or delete it (openstack endpoint delete ${id}), or set prune: true`,
  };
}

/** Before the first row of a region. */
function missingRegions(changes: readonly CatalogChange[], known: readonly string[]): readonly CatalogChange[] {
  const needed = changes.flatMap((change) => (change.kind === 'create' ? [change.row.region] : []));
  return [...new Set(needed)]
    .filter((region) => !known.includes(region))
    .map((region) => ({ kind: 'create-region', region }));
}
