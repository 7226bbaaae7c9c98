/**
 * What the bed is made of: sites, hosts, what runs where, and every address and port. Data and look-ups only, so that
 * tests and the demo name hosts from one place. Only documentation ranges are used (RFC 5737), so that a packet that
 * escaped could reach nobody. It must not know how a host is built or started.
 */

/** A site of the bed: two regions with three hosts each, and the witness that only votes. */
export type SiteName = 'north' | 'south' | 'witness';

/** A region: a site that serves clients and therefore owns a virtual address. */
export type RegionName = 'north' | 'south';

/** The roles that regent's agent carries on a host. */
export type Role = 'api' | 'proxy' | 'db';

export interface Site {
  readonly name: SiteName;
  /** The first three octets of the site's /24. */
  readonly network: string;
  readonly gateway: string;
}

export interface Host {
  readonly name: string;
  readonly site: SiteName;
  readonly address: string;
  readonly roles: readonly Role[];
  /** Whether a member of the region's own etcd runs here. */
  readonly regionalStore: boolean;
  /** Whether a member of the etcd that is stretched over all sites runs here. */
  readonly globalStore: boolean;
  /** MariaDB's server_id, unique in the cloud; undefined on hosts without a database. */
  readonly serverId?: number;
  /** VRRP priority of an operator's own configuration; undefined on hosts without keepalived. */
  readonly vrrpPriority?: number;
}

/** A network namespace for clients: a place in the site's network, without a host behind it. */
export interface Client {
  readonly name: string;
  readonly site: RegionName;
  readonly address: string;
}

export const PORTS = {
  regionalClient: 2379,
  regionalPeer: 2380,
  globalClient: 22379,
  globalPeer: 22380,
  keystone: 5000,
  /** The address of administrators, which older clients use. */
  keystoneAdmin: 35357,
  /** A layer of proxies in front, which knows regions only. */
  identityFront: 5443,
  placement: 8778,
  glance: 9292,
  database: 3306,
  memcached: 11211,
  agentHttp: 9464,
  agentPeer: 9465,
} as const;

/** Each database replicates with an account of its own, so that each can be shut out alone. */
export const replicationAccount = ({ name }: Host): string => `repl-${name}`;

/** One VRRP router id serves both regions: they are different broadcast domains. */
export const VIRTUAL_ROUTER_ID = 51;

/** The name of the network interface inside every host. */
export const HOST_INTERFACE = 'host0';

/** The host whose database is writable when the bed comes up. */
export const FIRST_PRIMARY = 'north-3';

/** The replica that acknowledges the first primary's commits (semi-sync). */
export const FIRST_ACKER = 'north-2';

export const SITES: readonly Site[] = [
  site('north', '192.0.2'),
  site('south', '198.51.100'),
  site('witness', '203.0.113'),
];

export const REGIONS: readonly RegionName[] = ['north', 'south'];

const API_AND_PROXY: readonly Role[] = ['api', 'proxy'];
const ALL_ROLES: readonly Role[] = ['api', 'proxy', 'db'];
const DATABASE_ONLY: readonly Role[] = ['db'];

export const HOSTS: readonly Host[] = [
  host('north', 1, { roles: API_AND_PROXY, regionalStore: true, globalStore: true, vrrpPriority: 150 }),
  host('north', 2, { roles: ALL_ROLES, regionalStore: true, globalStore: false, vrrpPriority: 100, serverId: 12 }),
  host('north', 3, { roles: DATABASE_ONLY, regionalStore: true, globalStore: false, serverId: 13 }),
  host('south', 1, { roles: API_AND_PROXY, regionalStore: true, globalStore: true, vrrpPriority: 150 }),
  host('south', 2, { roles: ALL_ROLES, regionalStore: true, globalStore: false, vrrpPriority: 100, serverId: 22 }),
  host('south', 3, { roles: DATABASE_ONLY, regionalStore: true, globalStore: false, serverId: 23 }),
  host('witness', 1, { roles: [], regionalStore: false, globalStore: true }),
];

export const CLIENTS: readonly Client[] = REGIONS.map((region) => ({
  name: `client-${region}`,
  site: region,
  address: `${siteByName(region).network}.100`,
}));

/** @throws RangeError when no host of the bed has this name; the message lists those that exist. */
export function hostByName(name: string): Host {
  const found = HOSTS.find((candidate) => candidate.name === name);
  if (found === undefined) {
    throw new RangeError(`no host "${name}" in the bed; there are ${HOSTS.map((each) => each.name).join(', ')}`);
  }
  return found;
}

/** @throws RangeError when no site of the bed has this name. */
export function siteByName(name: string): Site {
  const found = SITES.find((candidate) => candidate.name === name);
  if (found === undefined) throw new RangeError(`no site "${name}" in the bed`);
  return found;
}

/** The virtual address that a region's services are reached by. */
export function virtualAddress(region: RegionName): string {
  return `${siteByName(region).network}.10`;
}

/** The region of a host, or undefined for the witness, which serves nobody. */
export function regionOf(host: Host): RegionName | undefined {
  return host.site === 'witness' ? undefined : host.site;
}

/** Hosts that carry `role`, of one site or of all. */
export function hostsWithRole(role: Role, siteName?: SiteName): readonly Host[] {
  return HOSTS.filter((each) => each.roles.includes(role) && (siteName === undefined || each.site === siteName));
}

/** Members of the etcd that a host's own region runs; empty for the witness. */
export function regionalStoreMembers(siteName: SiteName): readonly Host[] {
  return HOSTS.filter((each) => each.regionalStore && each.site === siteName);
}

/** Members of the etcd that is stretched over all sites. */
export function globalStoreMembers(): readonly Host[] {
  return HOSTS.filter((each) => each.globalStore);
}

function site(name: SiteName, network: string): Site {
  return { name, network, gateway: `${network}.1` };
}

function host(siteName: SiteName, index: number, rest: Omit<Host, 'name' | 'site' | 'address'>): Host {
  return {
    name: `${siteName}-${index}`,
    site: siteName,
    address: `${siteByName(siteName).network}.${10 + index}`,
    ...rest,
  };
}
