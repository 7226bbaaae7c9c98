/** The world of the bed's two regions, and texts of policies that fit it, to be changed by what a test is about. */
import type { DatabaseFailover, Policy } from '../../src/core/policy.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { ASSUMED_TIMING, type KnownNode, type PolicyWorld } from '../../src/policy/world.ts';

const node = (name: string, address: string, roles: KnownNode['roles']): KnownNode => ({
  node: name,
  region: name.split('-')[0] ?? '',
  roles,
  addresses: [address],
});

export const northNodes: readonly KnownNode[] = [
  node('north-1', '192.0.2.11', ['api', 'proxy']),
  node('north-2', '192.0.2.12', ['api', 'proxy', 'db']),
  node('north-3', '192.0.2.13', ['db']),
];
export const southNodes: readonly KnownNode[] = [
  node('south-1', '198.51.100.11', ['api', 'proxy']),
  node('south-2', '198.51.100.12', ['api', 'proxy', 'db']),
  node('south-3', '198.51.100.13', ['db']),
];

export const VIP = `apiVersion: regent/v1
kind: VirtualAddress
name: vip
region: south
address: 198.51.100.10/24
interface: host0
virtualRouterId: 51
nodes: [south-1, south-2]
`;

export const DATABASE = `apiVersion: regent/v1
kind: DatabaseFailover
name: keystone
members:
  - { node: north-3, region: north, address: 192.0.2.13 }
  - { node: north-2, region: north, address: 192.0.2.12 }
  - { node: south-2, region: south, address: 198.51.100.12 }
route: { backend: database }
`;

export const IDENTITY = `apiVersion: regent/v1
kind: IdentityRoute
name: identity
region: south
database: keystone
backend: keystone
keystones:
  north: { url: "http://192.0.2.10:5000/v3", nodes: [north-1, north-2] }
  south: { url: "http://198.51.100.10:5000/v3", nodes: [south-1, south-2] }
observers: [south-1, south-2]
`;

export const KEYS = `apiVersion: regent/v1
kind: FernetKeys
name: fernet-keys
nodes:
  north: [north-1, north-2]
  south: [south-1, south-2]
`;

export const FILES = `apiVersion: regent/v1
kind: IdentityRoute
name: files
region: south
via: config
database: keystone
services: [placement, glance]
nodes: [south-1, south-2]
keystones:
  north: { url: "http://192.0.2.10:5000/v3", nodes: [north-1, north-2] }
  south: { url: "http://198.51.100.10:5000/v3", nodes: [south-1, south-2] }
observers: [south-1, south-2]
`;

export const CATALOG = `apiVersion: regent/v1
kind: EndpointCatalog
name: catalog
database: keystone
services:
  - type: identity
    name: keystone
    endpoints:
      north: { public: "http://192.0.2.10:5000/v3", internal: "http://192.0.2.10:5000/v3" }
      south: { public: "http://198.51.100.10:5000/v3" }
  - type: compute
    endpoints:
      south: { public: "http://198.51.100.10:8774/v2.1/%(project_id)s" }
`;

/** @throws Error if the text is no policy, naming its problems */
export function policyOf<P extends Policy>(text: string, difference: Partial<P> = {}): P {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { ...(parsed.policy as P), ...difference };
}

export function southernWorld(difference: Partial<PolicyWorld> = {}): PolicyWorld {
  return {
    store: 'regional',
    region: 'south',
    nodes: southNodes,
    regions: undefined,
    databases: [policyOf<DatabaseFailover>(DATABASE)],
    globalStoreSites: 3,
    timing: ASSUMED_TIMING,
    ...difference,
  };
}

export function globalWorld(difference: Partial<PolicyWorld> = {}): PolicyWorld {
  return {
    ...southernWorld(),
    store: 'global',
    region: undefined,
    nodes: [...northNodes, ...southNodes],
    regions: ['north', 'south'],
    databases: [],
    ...difference,
  };
}
