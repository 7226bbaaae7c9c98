/**
 * Every key path of the stores, built and parsed in this one place, from one table. A name that does not fit into a
 * path is refused when a key is built, and a path that fits no row is `undefined` when parsed: an operator may have
 * put anything below the root, and nobody guesses what was meant.
 */

const ROOT = '/regent/v1/';

/** Placeholders are single path segments; `:scope` alone may hold several, as in `database/keystone`. */
const PATHS = {
  policy: 'policies/:name',
  accepted: 'accepted/:name',
  rejected: 'rejected/:name',
  node: 'nodes/:node',
  observation: 'observations/:node/:probe',
  leader: 'leader/current',
  desired: 'desired/:kind/:name',
  applied: 'applied/:node/:kind/:name',
  hold: 'holds/:scope',
  event: 'events/:id',
  identityOrder: 'identities/:name/order',
  identityRefusedOrder: 'identities/:name/refused-order',
  keysState: 'keys/:name/state',
  keysOrder: 'keys/:name/order',
  keysRefusedOrder: 'keys/:name/refused-order',
  keysRegion: 'keys/:name/regions/:region',
  keysWanted: 'wanted-keys/:name',
  keysNode: 'keys/:name/nodes/:node',
  region: 'regions/:region',
  arbiter: 'arbiter/current',
  databaseState: 'databases/:database/state',
  databasePrimary: 'databases/:database/primary',
  databaseOrder: 'databases/:database/order',
  databaseRefusedOrder: 'databases/:database/refused-order',
  databaseMember: 'databases/:database/members/:node',
  databaseRebuild: 'databases/:database/rebuild/:node',
} as const;

export type KeyName = keyof typeof PATHS;

interface Row {
  readonly name: KeyName;
  readonly segments: readonly string[];
  /** Each placeholder is a group of its name. */
  readonly pattern: RegExp;
}

const SEGMENT_TEXT = '[A-Za-z0-9][A-Za-z0-9._:-]*';
const SEGMENT = new RegExp(`^${SEGMENT_TEXT}$`);

/** The same table, taken apart once, because keys are built and parsed with every change that is seen. */
const ROWS = Object.fromEntries(Object.entries(PATHS).map(([name, path]) => [name, rowOf(name as KeyName, path)])) as {
  readonly [Name in KeyName]: Row;
};

/** By their first segment, which is a placeholder in none of them. */
const ROWS_BELOW: ReadonlyMap<string | undefined, readonly Row[]> = Map.groupBy(
  Object.values(ROWS),
  ({ segments }) => segments[0],
);

function rowOf(name: KeyName, path: string): Row {
  const segments = path.split('/');
  const patterns = segments.map((part) => {
    if (!part.startsWith(':')) return part;
    const text = part === ':scope' ? `${SEGMENT_TEXT}(?:/${SEGMENT_TEXT})*` : SEGMENT_TEXT;
    return `(?<${part.slice(1)}>${text})`;
  });
  return { name, segments, pattern: new RegExp(`^${ROOT}${patterns.join('/')}$`) };
}

/** What a path says: which row of the table, and the names in it (empty for rows without placeholders). */
export interface ParsedKey {
  readonly name: KeyName;
  readonly parts: Readonly<Record<string, string>>;
}

export const policyKey = (name: string): string => build('policy', { name });
export const acceptedKey = (name: string): string => build('accepted', { name });
export const rejectedKey = (name: string): string => build('rejected', { name });
export const nodeKey = (node: string): string => build('node', { node });
export const observationKey = (node: string, probe: string): string => build('observation', { node, probe });
export const leaderKey = (): string => build('leader', {});
export const desiredKey = (kind: string, name: string): string => build('desired', { kind, name });
export const appliedKey = (node: string, kind: string, name: string): string => build('applied', { node, kind, name });
/** @param scope one or more segments, as in `region`, `node/north-1` or `database/keystone`. */
export const holdKey = (scope: string): string => build('hold', { scope });
export const eventKey = (id: string): string => build('event', { id });
export const identityOrderKey = (name: string): string => build('identityOrder', { name });
export const identityRefusedOrderKey = (name: string): string => build('identityRefusedOrder', { name });
export const keysStateKey = (name: string): string => build('keysState', { name });
export const keysOrderKey = (name: string): string => build('keysOrder', { name });
export const keysRefusedOrderKey = (name: string): string => build('keysRefusedOrder', { name });
export const keysRegionKey = (name: string, region: string): string => build('keysRegion', { name, region });
export const keysWantedKey = (name: string): string => build('keysWanted', { name });
export const keysNodeKey = (name: string, node: string): string => build('keysNode', { name, node });
export const regionKey = (region: string): string => build('region', { region });
export const arbiterKey = (): string => build('arbiter', {});
export const databaseStateKey = (database: string): string => build('databaseState', { database });
export const databasePrimaryKey = (database: string): string => build('databasePrimary', { database });
export const databaseOrderKey = (database: string): string => build('databaseOrder', { database });
export const databaseRefusedOrderKey = (database: string): string => build('databaseRefusedOrder', { database });

export const databaseMemberKey = (database: string, node: string): string =>
  build('databaseMember', { database, node });

export const databaseRebuildKey = (database: string, node: string): string =>
  build('databaseRebuild', { database, node });

/** Prefixes to list and to watch; each ends with a slash, so `nodes/a` never takes `nodes/ab` along. */
export const prefixes = {
  root: ROOT,
  policies: `${ROOT}policies/`,
  accepted: `${ROOT}accepted/`,
  rejected: `${ROOT}rejected/`,
  nodes: `${ROOT}nodes/`,
  observations: `${ROOT}observations/`,
  leader: `${ROOT}leader/`,
  desired: `${ROOT}desired/`,
  applied: `${ROOT}applied/`,
  holds: `${ROOT}holds/`,
  events: `${ROOT}events/`,
  identities: `${ROOT}identities/`,
  keys: `${ROOT}keys/`,
  wantedKeys: `${ROOT}wanted-keys/`,
  regions: `${ROOT}regions/`,
  arbiter: `${ROOT}arbiter/`,
  databases: `${ROOT}databases/`,
} as const;

export const observationsPrefix = (node: string): string => `${prefixes.observations}${segment('node', node)}/`;
export const desiredPrefix = (kind: string): string => `${prefixes.desired}${segment('kind', kind)}/`;
export const appliedPrefix = (node: string): string => `${prefixes.applied}${segment('node', node)}/`;
export const identityPrefix = (name: string): string => `${prefixes.identities}${segment('name', name)}/`;
export const databasePrefix = (database: string): string => `${prefixes.databases}${segment('database', database)}/`;

/** Never written; read to see whether a store answers at all. */
export const PROOF_KEY = `${ROOT}proof`;

/** @returns undefined for a path that is not regent's, or that no row describes. */
export function parseKey(path: string): ParsedKey | undefined {
  if (!path.startsWith(ROOT)) return undefined;
  const end = path.indexOf('/', ROOT.length);
  for (const { name, pattern } of ROWS_BELOW.get(path.slice(ROOT.length, end < 0 ? undefined : end)) ?? []) {
    const found = pattern.exec(path);
    if (found !== null) return { name, parts: { ...found.groups } };
  }
  return undefined;
}

/** As `parseKey`, for whoever needs to know of one row only. */
export const isKeyOf = (name: KeyName, path: string): boolean => ROWS[name].pattern.test(path);

function build(name: KeyName, parts: Readonly<Record<string, string>>): string {
  const path = ROWS[name].segments.map((part) => (part.startsWith(':') ? filled(part.slice(1), parts) : part));
  return ROOT + path.join('/');
}

function filled(placeholder: string, parts: Readonly<Record<string, string>>): string {
  const value = parts[placeholder] ?? '';
  if (placeholder !== 'scope') return segment(placeholder, value);
  return value
    .split('/')
    .map((part) => segment('scope', part))
    .join('/');
}

/** @throws RangeError naming the part; written as it is, such a name would land in somebody else's path. */
function segment(placeholder: string, value: string): string {
  if (!SEGMENT.test(value)) {
    throw new RangeError(
      `${placeholder} ${JSON.stringify(value)} cannot be part of a key: use letters, digits, ".", "_", ":" and "-"`,
    );
  }
  return value;
}
