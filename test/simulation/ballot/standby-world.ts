/**
 * Schedules for those who stand for the arbiter alone. Either the arbiter and the primary's host sleep together, and a
 * successor has seen the primary go; or the primary and everybody who stands lose nothing but the store, so that its key
 * goes unseen, and the holder is owed a lease time to come back with the store, unless it gives a receipt.
 */
import type { Accepted, DatabaseFailover } from '../../../src/core/policy.ts';
import type { SeededRandom } from '../random.ts';
import type { BallotChecker } from './checkers/checker.ts';
import type { BallotFault } from './faults.ts';
import type { Host } from './host.ts';
import { FIRST_PRIMARY, TTL_MS } from './settings.ts';
import { type BallotRun, type BallotWorld, simulateBallots } from './world.ts';

/** The database is adopted and everybody has promised by then. */
const FAULT_MS = 10_000;
/** The last renewal is on its way, and then the lease runs out. */
const LEASE_GONE_MS = TTL_MS + 500;
const RATE_TOLERANCE = 0.99;

const prompt = ({ policy, revision }: Accepted<DatabaseFailover>): Accepted<DatabaseFailover> => ({
  policy: { ...policy, cooldownMs: 0 },
  revision,
});

function standing({ agents, arbiters }: BallotWorld): readonly Host[] {
  return [...agents, ...arbiters].map(({ host }) => host);
}

/** @returns from the loss of both to the opening of the ballot, in ms; undefined if none opened */
export async function simulateBothLost(
  seed: number,
): Promise<BallotRun & { readonly openedAfterMs: number | undefined }> {
  let openedAfterMs: number | undefined;
  const opened = ({ scheduler }: BallotWorld): BallotChecker => ({
    onEvent: (_, { name }) => {
      if (name === 'database:ballot:opened') openedAfterMs ??= scheduler.nowMs() - FAULT_MS;
    },
  });
  const plan = (world: BallotWorld, random: SeededRandom) => {
    let lost: readonly Host[] = [];
    const fault: BallotFault = {
      kind: 'both-sleep',
      targets: [FIRST_PRIMARY],
      durationMs: random.between(15_000, 20_000),
      begin: () => {
        const arbiter = world.arbiters.find(({ isArbiter }) => isArbiter)?.host;
        lost = standing(world).filter((host) => host.node === FIRST_PRIMARY || host === arbiter);
        for (const host of lost) host.freeze();
      },
      end: () => {
        for (const host of lost) host.thaw();
      },
    };
    return [{ atMs: FAULT_MS, fault }];
  };
  const run = await simulateBallots(seed, { plan, policy: prompt, checkers: [opened] });
  return { ...run, openedAfterMs };
}

export function simulateUnwatched(seed: number): Promise<BallotRun> {
  let endsAtMs = Number.POSITIVE_INFINITY;
  const owed = (world: BallotWorld): BallotChecker => ({
    onEvent: (host, { name, facts }) => {
      const afterMs = world.scheduler.nowMs() - endsAtMs;
      if (name === 'database:ballot:opened' && facts?.receipt !== true && afterMs < TTL_MS * RATE_TOLERANCE)
        world.violated(
          `I5: ${host.node} saw no key go and opens a ballot ${afterMs.toFixed(0)} ms after the store's return`,
        );
    },
  });
  const plan = (world: BallotWorld, random: SeededRandom) => {
    const lost = standing(world).filter(
      ({ node }) => node === FIRST_PRIMARY || world.arbiters.some(({ host }) => host.node === node),
    );
    const fault: BallotFault = {
      kind: 'unwatched',
      targets: lost.map(({ node }) => node),
      durationMs: LEASE_GONE_MS + random.between(0, 5_000),
      begin: () => {
        for (const host of lost) host.cutFromStore();
      },
      end: () => {
        endsAtMs = world.scheduler.nowMs();
        for (const host of lost) host.healToStore();
      },
    };
    return [{ atMs: FAULT_MS, fault }];
  };
  return simulateBallots(seed, { plan, policy: prompt, checkers: [owed] });
}
