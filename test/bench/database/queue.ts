/**
 * Which fault is next. Pure. Faults take turns instead of coming in blocks, so that a busy quarter of an hour is shared by
 * all of them; runs that an earlier session has recorded count. A run that was no measurement (the fault was not in force,
 * the cloud not at rest) is made again, as often as there are runs.
 */

/** By fault: valid runs, and tries that were none. */
export interface Tally {
  readonly runs: number;
  readonly failed: number;
}

/** @returns the fault with the fewest tries among those that lack runs, the first of equals; undefined when none does */
export function nextFault(
  faults: readonly string[],
  tallies: ReadonlyMap<string, Tally>,
  runs: number,
): string | undefined {
  const tally = (fault: string): Tally => tallies.get(fault) ?? { runs: 0, failed: 0 };
  const tries = (fault: string): number => tally(fault).runs + tally(fault).failed;
  const open = faults.filter((fault) => tally(fault).runs < runs && tally(fault).failed < runs);
  return open.toSorted((a, b) => tries(a) - tries(b))[0];
}
