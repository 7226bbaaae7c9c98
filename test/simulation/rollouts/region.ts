/** The region whose nodes are pointed at one Keystone or the other by their files, and its policy. */
import type { Accepted, ConfigurationRoute } from '../../../src/core/policy.ts';
import type { SeededRandom } from '../random.ts';
import { drawPolicy, HOME, NODES, REGION } from '../routes/region.ts';

export const SERVICES = ['placement', 'glance'] as const;
export const NORTH = 'http://192.0.2.10:5000';
export const SOUTH = 'http://198.51.100.10:5000';

/** Times that a schedule can meet: those of the route, and a node's own. */
export function drawRollout(random: SeededRandom): Accepted<ConfigurationRoute> {
  const { policy, revision } = drawPolicy(random);
  const { name, mode, database, observers, probe, isolateAfterMs, returnAfterMs, cooldownMs, returning } = policy;
  return {
    revision,
    policy: {
      ...{ kind: 'IdentityRoute', name, mode, region: REGION, database, observers, probe },
      ...{
        isolateAfterMs,
        returnAfterMs,
        cooldownMs,
        returning,
        maxLagMs: policy.maxLagMs,
        emptyCaches: policy.emptyCaches,
      },
      keystones: {
        [HOME]: { url: `${NORTH}/v3`, nodes: ['north-1', 'north-2'] },
        [REGION]: { url: `${SOUTH}/v3`, nodes: ['south-1', 'south-2'] },
      },
      via: 'config',
      layout: 'debian',
      services: SERVICES,
      nodes: random.happens(0.5) ? NODES : NODES.toReversed(),
      nodeTimeoutMs: random.between(10_000, 15_000),
    },
  };
}
