/** What a soak says at its end: what was done, what became of it, and how to do the same again. Pure. */

import type { RowReport } from './report.ts';

export interface SoakPlan {
  readonly minutes: number;
  readonly seed: number;
}

/** @param rows - in the order in which they ran */
export function soakLines(
  rows: readonly Pick<RowReport, 'name' | 'acked' | 'ackedLost' | 'dualWritableMs'>[],
  { minutes, seed }: SoakPlan,
): readonly string[] {
  // What could not be looked at is not nothing.
  const sum = (values: readonly (number | null)[]): string =>
    `${values.reduce<number>((total, each) => total + (each ?? 0), 0)}${values.includes(null) ? ' or more' : ''}`;
  return [
    `${rows.length} faults: ${rows.map((each) => each.name).join(', ') || 'none'}`,
    `${sum(rows.map((each) => each.acked))} rows acknowledged, ${sum(rows.map((each) => each.ackedLost))} of them lost, ` +
      `${sum(rows.map((each) => each.dualWritableMs))} ms with two writers`,
    `the same again: npm run bed -- soak --minutes ${minutes} --seed ${seed}`,
  ];
}
