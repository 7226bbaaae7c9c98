/** The cloud that is simulated: its regions and nodes, and a policy whose times a schedule can meet. */
import { ACTIVE_MIN, activeNeeded } from '../../../src/core/keys/key-lifetime.ts';
import type { Accepted, FernetKeys } from '../../../src/core/policy.ts';
import type { SeededRandom } from '../random.ts';

export const POLICY = 'fernet-keys';
export const REGIONS = ['north', 'south'] as const;
export type RegionName = (typeof REGIONS)[number];
/** Nodes that run Keystone, by region. */
export const KEYSTONES: Readonly<Record<RegionName, readonly string[]>> = {
  north: ['north-1', 'north-2'],
  south: ['south-1', 'south-2'],
};
/** Who may be the arbiter, beside the first node of each region. */
export const WITNESS = 'witness';

export function drawPolicy(random: SeededRandom): Accepted<FernetKeys> {
  const rotateEveryMs = random.between(3_000, 9_000);
  const expirationMs = random.between(4_000, 12_000);
  const allowExpiredWindowMs = random.between(0, 4_000);
  const needed = activeNeeded(expirationMs + allowExpiredWindowMs, rotateEveryMs) + random.whole(0, 1);
  // A policy with too few is not accepted; that no token suffers from one does not rest on that alone.
  const maxActive = random.happens(0.3) ? ACTIVE_MIN : needed;
  const policy: FernetKeys = {
    kind: 'FernetKeys',
    name: POLICY,
    mode: 'enforce',
    repository: 'fernet',
    nodes: KEYSTONES,
    rotateEveryMs,
    maxActive,
    tokens: { expirationMs, allowExpiredWindowMs },
  };
  return { policy, revision: 1n };
}
