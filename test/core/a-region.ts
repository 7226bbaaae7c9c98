/**
 * A valid snapshot of one region, with three policies, to be changed by the difference that a test is about. The
 * region is `south`; home of identity is `north`.
 */
import type { Desired, DesiredIdentity } from '../../src/core/desired.ts';
import type { Health, SeenObservation } from '../../src/core/observation.ts';
import type { DatabaseFailover, IdentityRoute, Policy, VirtualAddress } from '../../src/core/policy.ts';
import type { DatabaseView, RegionDecision, RegionSnapshot } from '../../src/core/region-snapshot.ts';

export const LONG = 3_600_000;

export const vip: VirtualAddress = {
  kind: 'VirtualAddress',
  name: 'south',
  mode: 'enforce',
  region: 'south',
  address: '198.51.100.10/24',
  interface: 'host0',
  virtualRouterId: 51,
  advertIntervalMs: 100,
  nodes: ['south-1', 'south-2'],
  unfitWhen: { probes: ['haproxy'], failedForMs: 2000 },
  fitAgainAfterMs: 10_000,
};

const member = (node: string, region: string, address: string) =>
  ({ node, region, address, port: 3306, promote: 'allowed' }) as const;

export const database: DatabaseFailover = {
  kind: 'DatabaseFailover',
  name: 'keystone',
  mode: 'enforce',
  members: [
    member('north-3', 'north', '192.0.2.13'),
    member('north-2', 'north', '192.0.2.12'),
    member('south-2', 'south', '198.51.100.12'),
    member('south-3', 'south', '198.51.100.13'),
  ],
  ttlMs: 3000,
  marginMs: 600,
  durability: 'bounded',
  survives: 'node',
  ackers: 1,
  writeProbe: { everyMs: 1000, vetoWithinMs: 1000 },
  withinRegion: { promote: 'automatic', holdDownMs: 0, maxLossMs: 0 },
  betweenRegions: { promote: 'automatic', holdDownMs: 60_000, maxLossMs: 15_000 },
  cooldownMs: 60_000,
  hungAfterMs: 10_000,
  stepTimeoutMs: 5000,
  route: { backend: 'database' },
};

export const identity: IdentityRoute = {
  kind: 'IdentityRoute',
  name: 'south',
  mode: 'enforce',
  region: 'south',
  via: 'proxy',
  database: 'keystone',
  backend: 'keystone',
  keystones: {
    north: { url: 'http://192.0.2.10:5000/v3', nodes: ['north-1', 'north-2'] },
    south: { url: 'http://198.51.100.10:5000/v3', nodes: ['south-1', 'south-2'] },
  },
  observers: ['south-1', 'south-2', 'south-3'],
  probe: { everyMs: 2000, timeoutMs: 2000 },
  isolateAfterMs: 60_000,
  returnAfterMs: 60_000,
  cooldownMs: 300_000,
  maxLagMs: 10_000,
  returning: 'automatic',
  emptyCaches: true,
};

/** South uses the Keystones of home. */
export const atHome: DesiredIdentity = {
  kind: 'identity',
  name: 'south',
  state: 'home',
  home: 'north',
  backend: 'keystone',
  rollout: null,
  ready: ['north-1', 'north-2'],
  readOnly: false,
  isOrdered: false,
  sessions: 'end',
};
export const isolated: DesiredIdentity = {
  ...atHome,
  state: 'isolated',
  ready: ['south-1', 'south-2'],
  readOnly: true,
};

export const northIsPrimary: DatabaseView = {
  database: 'keystone',
  primary: 'north-3',
  region: 'north',
  term: 7n,
  lossyTerm: 0n,
};
export const southIsPrimary: DatabaseView = {
  database: 'keystone',
  primary: 'south-2',
  region: 'south',
  term: 8n,
  lossyTerm: 0n,
};

export function saw(
  node: string,
  probe: string,
  health: Health,
  standingMs = LONG,
  facts: SeenObservation['facts'] = {},
): SeenObservation {
  return { node, probe, health, standingMs, facts, detail: '' };
}

export function aSnapshot(difference: Partial<RegionSnapshot> = {}): RegionSnapshot {
  return {
    region: 'south',
    epoch: 100n,
    leadingForMs: 10 * LONG,
    wallMs: 1_000_000,
    nodes: ['south-1', 'south-2', 'south-3'].map((node) => ({
      node,
      roles: ['api', 'proxy', 'db'],
      addresses: [`198.51.100.1${node.at(-1)}`],
    })),
    observations: [],
    policies: [],
    databases: [northIsPrimary],
    desired: [],
    holds: [],
    identityOrders: [],
    reports: [],
    globalReachable: true,
    ...difference,
  };
}

export const inForce = <P extends Policy>(policy: P, revision = 5n) => ({ policy, revision });

export const standing = (value: Desired) => ({ value, standingMs: LONG });

/** The snapshot after the store took the decision. */
export function after(snapshot: RegionSnapshot, decision: RegionDecision): RegionSnapshot {
  const changed = decision.desired.map((each) => each.value);
  const kept = snapshot.desired.filter(
    ({ value }) => !changed.some((c) => c.kind === value.kind && c.name === value.name),
  );
  return { ...snapshot, desired: [...kept, ...changed.map((value) => ({ value, standingMs: 0 }))] };
}
