/** The cloud that the ballots are simulated in, and how one run may differ from another. */
import type { Accepted, DatabaseFailover, DatabaseMember } from '../../../src/core/policy.ts';
import { databaseStateKey } from '../../../src/store/keys.ts';
import type { SeededRandom } from '../random.ts';

export const DATABASE = 'keystone';
export const STATE_KEY = databaseStateKey(DATABASE);
export const TTL_MS = 3_000;
/** 2·rtt of 20 ms, the drift, the 300 ms in which a server is closed or killed, and what a kill takes. */
export const MARGIN_MS = 700;
export const CALL_TIMEOUT_MS = 500;
/** A fault's target beside hosts: the store as a whole. */
export const STORE = 'store';
export const FIRST_PRIMARY = 'north-3';
/** Where the arbiter may be elected. */
export const ARBITERS = ['north-1', 'south-1', 'witness-1'] as const;

const member = (node: string): DatabaseMember => ({
  node,
  region: node.split('-')[0] ?? '',
  address: node,
  port: 3306,
  promote: 'allowed',
});

/** No other server is in the primary's region: commits wait for nobody. */
export const UNFENCED: readonly string[] = [FIRST_PRIMARY, 'south-2', 'south-3'];

/** With one other server in the primary's region, with two, and with none, so that there is no acker. */
const CLOUDS: readonly [readonly string[], ...(readonly string[])[]] = [
  ['north-2', FIRST_PRIMARY, 'south-2', 'south-3'],
  ['north-2', FIRST_PRIMARY, 'north-4', 'south-2'],
  UNFENCED,
];

export function withNodes(policy: DatabaseFailover, nodes: readonly string[]): DatabaseFailover {
  return { ...policy, members: nodes.map(member) };
}

function shuffled(nodes: readonly string[], random: SeededRandom): readonly string[] {
  return nodes
    .map((node) => ({ node, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ node }) => node);
}

/** @returns a policy whose choices are drawn from the seed */
export function drawPolicy(random: SeededRandom): Accepted<DatabaseFailover> {
  const nodes = shuffled(random.pick(CLOUDS), random);
  const survives = random.happens(0.3) ? 'region' : 'node';
  const policy: DatabaseFailover = {
    kind: 'DatabaseFailover',
    name: DATABASE,
    mode: 'enforce',
    members: nodes.map(member),
    ttlMs: TTL_MS,
    marginMs: MARGIN_MS,
    durability: random.happens(0.5) ? 'lossless' : 'bounded',
    survives,
    writeProbe: { everyMs: 1_000, vetoWithinMs: 1_000 },
    withinRegion: { promote: 'automatic', holdDownMs: 0, maxLossMs: random.whole(0, 10_000) },
    betweenRegions: {
      promote: 'automatic',
      holdDownMs: random.whole(0, 3_000),
      maxLossMs: random.whole(3_000, 15_000),
    },
    cooldownMs: 5 * random.whole(0, 2_000),
    hungAfterMs: 10_000,
    stepTimeoutMs: 3_000,
    route: { backend: 'database' },
    ackers: random.whole(1, 2),
  };
  return { policy, revision: 1n };
}
