/**
 * What a row's checks come to. Pure. A row that is expected to fail may fail by the checks that it names and by no other; a
 * row that is expected to fail and holds is reported as such, so that the mark is removed.
 */

import type { Check } from '../demo/scenario.ts';
import type { FaultRow } from './row.ts';

export type Verdict = 'held' | 'held unexpectedly' | 'BROKEN' | 'fails as expected' | 'skipped';

export function verdictOf(row: Pick<FaultRow, 'expectedToFail' | 'skipped'>, checks: readonly Check[]): Verdict {
  if (row.skipped !== undefined) return 'skipped';
  const failed = checks.filter((each) => !each.ok);
  const { expectedToFail } = row;
  if (expectedToFail === undefined) return failed.length === 0 ? 'held' : 'BROKEN';
  if (failed.length === 0) return 'held unexpectedly';
  const isExpected = (check: Check): boolean => expectedToFail.checks.some((name) => check.name.startsWith(name));
  return failed.every(isExpected) ? 'fails as expected' : 'BROKEN';
}

/** The last line of a run. An interruption says nothing about what was not tried any more. */
export function lastWord(verdicts: readonly Verdict[], isInterrupted: boolean): string {
  if (!verdicts.some((each) => each !== 'skipped'))
    return isInterrupted ? 'Interrupted before anything ran.' : 'Nothing ran.';
  if (verdicts.includes('BROKEN')) return 'Not everything held.';
  return isInterrupted ? 'Interrupted; what ran until then held.' : 'Everything that ran held.';
}

/** Whether the table as a whole kept its promises. Nothing that ran is nothing that was shown. */
export function isHeld(verdicts: readonly Verdict[]): boolean {
  return verdicts.some((each) => each !== 'skipped') && !verdicts.includes('BROKEN');
}
