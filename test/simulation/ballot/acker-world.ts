/** Schedules for the set of acknowledging members alone: one fault that is aimed at it, with one wanted or two. */
import type { Accepted, DatabaseFailover } from '../../../src/core/policy.ts';
import type { SeededRandom } from '../random.ts';
import { ONE_ACKER, TWO_ACKERS } from './acker-faults.ts';
import type { PlannedBallotFault } from './plan.ts';
import { FIRST_PRIMARY, withNodes } from './settings.ts';
import { type BallotRun, type BallotWorld, simulateBallots } from './world.ts';

/** The database is adopted and its ackers have proved themselves by then. */
const FIRST_MS = 6_000;
const LATEST_MS = 8_000;
const NODES = ['north-2', FIRST_PRIMARY, 'north-4', 'south-2'];

function amongThree({ policy, revision }: Accepted<DatabaseFailover>): Accepted<DatabaseFailover> {
  const difference = { durability: 'lossless', survives: 'node', cooldownMs: 0 } as const;
  return { policy: { ...withNodes(policy, NODES), ...difference }, revision };
}

function plan(world: BallotWorld, random: SeededRandom): readonly PlannedBallotFault[] {
  const faults = world.policies.latest.policy.ackers === 1 ? ONE_ACKER : TWO_ACKERS;
  const fault = random.pick<(typeof TWO_ACKERS)[number]>(faults)(world, random);
  return [{ atMs: random.between(FIRST_MS, LATEST_MS), fault }];
}

export function simulateAckers(seed: number): Promise<BallotRun> {
  return simulateBallots(seed, { plan, policy: amongThree });
}
