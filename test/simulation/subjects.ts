/** What can be simulated: its schedules, and the planted bugs that they must find. */
import { INVARIANT_MUTANTS } from './ballot/invariant-mutants.ts';
import { BALLOT_MUTANTS, huntBallots, PROMISES } from './ballot/mutants.ts';
import { PROMISE_MUTANTS } from './ballot/promise-mutants.ts';
import { simulatePromises } from './ballot/promise-world.ts';
import { Tally } from './ballot/tally.ts';
import { simulateBallots } from './ballot/world.ts';
import { KEYS, KEYS_MUTANTS } from './keys/mutants.ts';
import { simulateKeys } from './keys/world.ts';
import { hunt, MUTANTS } from './mutants.ts';
import { ROLLOUT_MUTANTS, ROLLOUTS } from './rollouts/mutants.ts';
import { simulateRollouts } from './rollouts/world.ts';
import { ROUTE_MUTANTS, ROUTES } from './routes/mutants.ts';
import { simulateRoutes } from './routes/world.ts';
import type { Violation } from './violations.ts';
import { simulate } from './world.ts';

export interface Run {
  readonly found: readonly Violation[];
  readonly violations: readonly string[];
  readonly log: readonly string[];
  readonly tally: Tally;
}

export interface Subject {
  readonly run: (seed: number) => Promise<Run>;
  /** Each hunts one planted bug. @returns true if the right checker found it within `seeds` schedules */
  readonly hunts: readonly { readonly bug: string; readonly hunt: (root: string, seeds: number) => Promise<boolean> }[];
}

function tallied({ faults }: { readonly faults: ReadonlyMap<string, number> }): Tally {
  const tally = new Tally();
  for (const [kind, count] of faults) tally.injected(kind, count);
  return tally;
}

const elections = (earlyRevocation: boolean): Subject => ({
  run: async (seed) => {
    const result = await simulate(seed, { earlyRevocation });
    return { ...result, tally: tallied(result) };
  },
  hunts: MUTANTS.map((mutant) => ({
    bug: mutant.bug,
    hunt: async (root, seeds) => (await hunt(mutant, root, seeds)) !== undefined,
  })),
});

export const SUBJECTS = {
  ballots: {
    run: simulateBallots,
    hunts: [...BALLOT_MUTANTS, ...INVARIANT_MUTANTS].map((mutant) => ({
      bug: mutant.bug,
      hunt: async (root: string, seeds: number) => (await huntBallots(mutant, root, seeds)) !== undefined,
    })),
  },
  promises: {
    run: simulatePromises,
    hunts: PROMISE_MUTANTS.map((mutant) => ({
      bug: mutant.bug,
      hunt: async (root: string, seeds: number) => (await huntBallots(mutant, root, seeds, PROMISES)) !== undefined,
    })),
  },
  routes: {
    run: async (seed) => {
      const result = await simulateRoutes(seed);
      return { ...result, tally: tallied(result) };
    },
    hunts: ROUTE_MUTANTS.map((mutant) => ({
      bug: mutant.bug,
      hunt: async (root: string, seeds: number) => (await huntBallots(mutant, root, seeds, ROUTES)) !== undefined,
    })),
  },
  keys: {
    run: async (seed) => {
      const result = await simulateKeys(seed);
      return { ...result, tally: tallied(result) };
    },
    hunts: KEYS_MUTANTS.map((mutant) => ({
      bug: mutant.bug,
      hunt: async (root: string, seeds: number) => (await huntBallots(mutant, root, seeds, KEYS)) !== undefined,
    })),
  },
  rollouts: {
    run: async (seed) => {
      const result = await simulateRollouts(seed);
      return { ...result, tally: tallied(result) };
    },
    hunts: ROLLOUT_MUTANTS.map((mutant) => ({
      bug: mutant.bug,
      hunt: async (root: string, seeds: number) => (await huntBallots(mutant, root, seeds, ROLLOUTS)) !== undefined,
    })),
  },
  elections: elections(false),
  'elections-early-revocation': elections(true),
} as const satisfies Record<string, Subject>;

export type SubjectName = keyof typeof SUBJECTS;
