/** The region that is simulated: its nodes, its policy, and what its proxies may touch. */
import { grantsOf } from '../../../src/core/grants.ts';
import type { Accepted, IdentityRoute } from '../../../src/core/policy.ts';
import type { SeededRandom } from '../random.ts';

export const REGION = 'south';
export const HOME = 'north';
export const NODES = ['south-1', 'south-2', 'south-3'] as const;
/** Nodes of the region that run a Keystone. */
export const OWN: readonly string[] = ['south-1', 'south-2'];
/** And those of home. */
export const REMOTE: readonly string[] = ['north-1', 'north-2'];
export const BACKEND = 'keystone';
export const ROUTE = 'identity';

const SOCKET = '/run/haproxy.sock';
export const PROXY_GRANTS = grantsOf({
  files: [],
  units: [],
  addresses: [],
  haproxy: { socket: SOCKET, backends: [BACKEND] },
});

/** Times that a schedule can meet, each of its own. */
export function drawPolicy(random: SeededRandom): Accepted<IdentityRoute> {
  const policy: IdentityRoute = {
    kind: 'IdentityRoute',
    name: ROUTE,
    mode: 'enforce',
    region: REGION,
    via: 'proxy',
    database: 'keystone',
    backend: BACKEND,
    keystones: {
      [HOME]: { url: 'http://192.0.2.10:5000/v3', nodes: REMOTE },
      [REGION]: { url: 'http://198.51.100.10:5000/v3', nodes: OWN },
    },
    observers: NODES,
    probe: { everyMs: 1_000, timeoutMs: 1_000 },
    isolateAfterMs: random.between(2_000, 6_000),
    returnAfterMs: random.between(2_000, 6_000),
    cooldownMs: random.between(5_000, 15_000),
    maxLagMs: 10_000,
    returning: random.happens(0.3) ? 'manual' : 'automatic',
    emptyCaches: true,
  };
  return { policy, revision: 1n };
}
