/** What a row of schedules came to, as data and in words. */
import { Tally } from './ballot/tally.ts';
import type { Run } from './subjects.ts';
import type { Violation } from './violations.ts';

/** Version 1 of what `--json` prints. */
export interface SimulationReport {
  readonly version: 1;
  readonly schedules: number;
  readonly violations: readonly (Violation & { readonly seed: number })[];
  readonly faultsInjected: Readonly<Record<string, number>>;
  readonly ballots: number;
  readonly promotions: number;
  readonly refusals: number;
  /** Both 0 where no planted bug was hunted. */
  readonly mutationsKilled: number;
  readonly mutations: number;
}

export class Results {
  schedules = 0;
  mutationsKilled = 0;
  mutations = 0;
  readonly violations: (Violation & { readonly seed: number })[] = [];
  readonly #tally = new Tally();

  add(seed: number, { found, tally }: Pick<Run, 'found' | 'tally'>): void {
    this.schedules += 1;
    this.#tally.add(tally);
    for (const violation of found) this.violations.push({ seed, ...violation });
  }

  get report(): SimulationReport {
    const { schedules, violations, mutationsKilled, mutations } = this;
    const { ballots, promotions, refusals, faults } = this.#tally;
    const faultsInjected = Object.fromEntries([...faults].sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      version: 1,
      schedules,
      violations,
      faultsInjected,
      ballots,
      promotions,
      refusals,
      mutationsKilled,
      mutations,
    };
  }
}

/** @returns lines for people */
export function reportText(report: SimulationReport): readonly string[] {
  const { schedules, violations, faultsInjected, ballots, promotions, refusals, mutationsKilled, mutations } = report;
  const faults = Object.entries(faultsInjected);
  const injected = faults.reduce((sum, [, count]) => sum + count, 0);
  const seeds = new Set(violations.map(({ seed }) => seed)).size;
  return [
    `${schedules} schedules: ${injected} faults of ${faults.length} kinds, ${ballots} ballots, ${promotions} promotions, ${refusals} refusals`,
    ...(mutations === 0
      ? []
      : [`${mutationsKilled} of ${mutations} planted bugs were found by the checker that should`]),
    seeds === 0 ? 'nothing was violated' : `${seeds} with a violation`,
  ];
}
