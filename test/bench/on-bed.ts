/**
 * Runs measurements on a bed with its policies in force: waits for its turn if asked to, boots it, takes it down whatever
 * happens, unless it is to be kept. An interruption takes it down as well.
 */

import { applyPolicies } from '../bed/apply-policies.ts';
import { type Bed, bedDown, bedUp } from '../bed/bed.ts';
import { withLock } from '../bed/lock.ts';
import { BED_LOCK } from '../bed/paths.ts';
import { preferHosts, preferThisProcess } from '../demo/priority.ts';
import { settle } from '../demo/settle.ts';

export interface BedOptions {
  readonly say: (sentence: string) => void;
  readonly signal: AbortSignal;
  /** Leave the bed up at the end, but not after an interruption. */
  readonly keep: boolean;
  /** Wait until nobody else uses the bed instead of failing. */
  readonly wait: boolean;
}

const REST_TIMEOUT_MS = 60_000;

/** @throws LockHeld without `wait`; the signal's reason; whatever `action` throws */
export async function onBed(options: BedOptions, action: (bed: Bed) => Promise<void>): Promise<void> {
  const { say, signal, keep, wait } = options;
  await preferThisProcess();
  await withLock(BED_LOCK, { wait }, async () => {
    let isKept = false;
    try {
      const bed = await bedUp({ progress: say, signal });
      await preferHosts();
      await applyPolicies(say);
      await settle({ timeoutMs: REST_TIMEOUT_MS, signal });
      await action(bed);
      isKept = keep;
    } finally {
      if (!isKept) await bedDown(say);
    }
  });
}
