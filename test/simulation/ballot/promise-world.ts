/**
 * Schedules for the promises alone: one fault that is aimed at them, in a cloud whose primary waits for nobody's
 * acknowledgement, so that no other fence hides a second writer.
 */
import type { Accepted, DatabaseFailover } from '../../../src/core/policy.ts';
import type { SeededRandom } from '../random.ts';
import type { PlannedBallotFault } from './plan.ts';
import { comeBackToTheStoreOnly, halfHeard, sleepsOnAnswers, wordInAFreeze } from './promise-faults.ts';
import { UNFENCED, withNodes } from './settings.ts';
import { type BallotRun, type BallotWorld, simulateBallots } from './world.ts';

/** The database is adopted and everybody has promised by then. */
const FIRST_MS = 6_000;
const LATEST_MS = 8_000;
/** Wide enough that the loss budget refuses nothing. */
const LOSS_MAX_MS = 60_000;

const FAULTS = [sleepsOnAnswers, comeBackToTheStoreOnly, halfHeard, wordInAFreeze] as const;

function unfenced({ policy, revision }: Accepted<DatabaseFailover>): Accepted<DatabaseFailover> {
  const promptly = { promote: 'automatic', holdDownMs: 0, maxLossMs: LOSS_MAX_MS } as const;
  const difference = {
    durability: 'bounded',
    withinRegion: promptly,
    betweenRegions: promptly,
    cooldownMs: 0,
  } as const;
  return { policy: { ...withNodes(policy, UNFENCED), ...difference }, revision };
}

function plan(world: BallotWorld, random: SeededRandom): readonly PlannedBallotFault[] {
  return [{ atMs: random.between(FIRST_MS, LATEST_MS), fault: random.pick(FAULTS)(world, random) }];
}

export function simulatePromises(seed: number): Promise<BallotRun> {
  return simulateBallots(seed, { plan, policy: unfenced });
}
