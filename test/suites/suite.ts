/**
 * What a suite of `npm test` is and how results add up. Data and arithmetic only.
 */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface SuiteOptions {
  /** Receives whole lines for the person who waits. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Suite {
  readonly title: string;
  /** Runs to its end and never throws for a test's failure. */
  readonly run: (options: SuiteOptions) => Promise<Counts>;
}

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** `N passed, N failed, N skipped`: the form of the last line of `npm test`. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
