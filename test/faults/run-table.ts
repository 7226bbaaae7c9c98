/**
 * Runs rows one after the other on a bed of its own, takes it down at the end, and hands every report over when it is made.
 * What does not repair itself (a server that was quarantined, or has diverged) costs a new bed, not the next row.
 */

import { applyPolicies } from '../bed/apply-policies.ts';
import { type Bed, bedUp } from '../bed/bed.ts';
import { onBed } from '../bench/on-bed.ts';
import type { Sample } from '../demo/sample.ts';
import type { Screen } from '../demo/screen.ts';
import type { RowReport } from './report.ts';
import type { FaultRow } from './row.ts';
import { isUsable, runRow } from './run-row.ts';
import { SAME_ROWS } from './same-rows.ts';
import type { Timing } from './timing.ts';

export interface TableOptions {
  readonly timing: Timing;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** Leave the bed up at the end. */
  readonly keep: boolean;
  /** Wait until nobody else uses the bed. */
  readonly wait: boolean;
  /** Called on every new bed, with its policies in force. */
  readonly prepare?: (bed: Bed) => Promise<void>;
  /** @returns false to end with this row */
  readonly onReport: (report: RowReport, samples: readonly Sample[]) => Promise<boolean>;
}

/** @throws LockHeld without `wait`; the signal's reason; why a bed did not come up or to rest */
export async function runTable(rows: Iterable<FaultRow>, options: TableOptions): Promise<void> {
  const { timing, screen, signal, keep, wait, prepare, onReport } = options;
  const say = (sentence: string): void => screen.say(sentence);
  await onBed({ say, signal, keep, wait }, async (firstBed) => {
    let bed = firstBed;
    await prepare?.(bed);
    let last: RowReport | undefined;
    for (const row of rows) {
      if (last !== undefined && (hasDiverged(last) || !(await isUsable(signal)))) {
        say('a database has diverged or stays out until it is rebuilt: a new bed for the next row');
        bed = await bedUp({ progress: say, signal });
        await applyPolicies(say);
        await prepare?.(bed);
      }
      const { report, samples } = await runRow(row, { bed, timing, screen, signal });
      last = report;
      if (!(await onReport(report, samples))) break;
    }
  });
  screen.stopLive();
}

/** One loss is one row's failure: the next row must not inherit it. */
function hasDiverged({ checks }: RowReport): boolean {
  return checks.some((each) => each.name === SAME_ROWS && !each.ok);
}
