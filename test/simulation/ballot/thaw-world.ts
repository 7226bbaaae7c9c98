/**
 * Schedules in which the hosts of the primary and of a replica that does not acknowledge sleep until another one was promoted,
 * and wake together: what the primary still writes then reaches the replica while that is leaving it.
 */
import type { Accepted, DatabaseFailover } from '../../../src/core/policy.ts';
import type { SeededRandom } from '../random.ts';
import type { BallotFault } from './faults.ts';
import { FIRST_PRIMARY, withNodes } from './settings.ts';
import { type BallotRun, type BallotWorld, simulateBallots } from './world.ts';

/** The database is adopted and its acker has proved itself by then. */
const FROM_MS = 6_000;
/** Agents that wake have left their old source by then. */
const LATE_MAX_MS = 10;
const SLEEPERS = [FIRST_PRIMARY, 'north-2', 'north-4'];

/** The one acker is in the other region, so that nobody who sleeps is counted on. */
function spanning({ policy, revision }: Accepted<DatabaseFailover>): Accepted<DatabaseFailover> {
  const promote = { promote: 'automatic', holdDownMs: 0, maxLossMs: 60_000 } as const;
  const difference = { durability: 'bounded', survives: 'region', ackers: 1, cooldownMs: 0 } as const;
  const nodes = withNodes(policy, [...SLEEPERS, 'south-2']);
  return { policy: { ...nodes, ...difference, withinRegion: promote, betweenRegions: promote }, revision };
}

export function simulateThaws(seed: number): Promise<BallotRun> {
  const plan = (world: BallotWorld, random: SeededRandom) => {
    const hosts = world.agents.map(({ host }) => host).filter(({ node }) => SLEEPERS.includes(node));
    const fault: BallotFault = {
      kind: 'sleep-together',
      targets: SLEEPERS,
      durationMs: random.between(9_000, 12_000),
      begin: () => {
        for (const host of hosts) host.freeze();
      },
      end: () => {
        for (const host of hosts) host.thaw();
        // A client on the primary's own host, whose statement was on its way: nobody acknowledges it any more.
        const late = () => world.serverOf(FIRST_PRIMARY)?.execute(`late/${seed}`, undefined, () => {});
        world.scheduler.after(random.between(0, LATE_MAX_MS), late);
      },
    };
    return [{ atMs: FROM_MS + random.between(0, 2_000), fault }];
  };
  return simulateBallots(seed, { plan, policy: spanning });
}
