/**
 * Schedules in which whatever ends a primary ends the next one as well, at the moment in which it is opened and before anybody
 * has acknowledged a write of it: the first of them is replaced without a pause, and no other (I7).
 */
import type { Accepted, DatabaseFailover } from '../../../src/core/policy.ts';
import type { SeededRandom } from '../random.ts';
import type { BallotChecker } from './checkers/checker.ts';
import type { BallotFault } from './faults.ts';
import { withNodes } from './settings.ts';
import { type BallotRun, type BallotWorld, simulateBallots } from './world.ts';

/** The database is adopted and its acker has proved itself by then. */
const FIRST_MS = 6_000;
const DURATION_MS = 8_000;
const COOLDOWN_MS = 30_000;
const LOSSES = 4;
const NODES = ['north-2', 'north-3', 'north-4', 'south-2'];

function pausing({ policy, revision }: Accepted<DatabaseFailover>): Accepted<DatabaseFailover> {
  const promote = { promote: 'automatic', holdDownMs: 0, maxLossMs: 60_000 } as const;
  const difference = { durability: 'bounded', survives: 'node', ackers: 1, cooldownMs: COOLDOWN_MS } as const;
  const nodes = withNodes(policy, NODES);
  return { policy: { ...nodes, ...difference, withinRegion: promote, betweenRegions: promote }, revision };
}

export function simulateLosses(seed: number): Promise<BallotRun> {
  let left = 0;
  const endEachOpened = (world: BallotWorld): BallotChecker => ({
    onOpened: (server) => {
      if (left === 0) return;
      left -= 1;
      // After the step in which it was opened: nothing happens to a server in the middle of a call.
      world.scheduler.after(0, () => server.crash());
    },
  });
  const plan = (world: BallotWorld, random: SeededRandom) => {
    const fault: BallotFault = {
      kind: 'each-is-lost',
      targets: NODES,
      durationMs: DURATION_MS,
      begin: () => {
        left = LOSSES;
        world.serverOf(world.promotion.primary ?? '')?.crash();
      },
      end: () => {
        left = 0;
      },
    };
    return [{ atMs: FIRST_MS + random.between(0, 2_000), fault }];
  };
  return simulateBallots(seed, { plan, policy: pausing, checkers: [endEachOpened] });
}
