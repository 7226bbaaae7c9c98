/**
 * Epochs: the numbers that keep a late holder from undoing what its successor did. An epoch only grows within its
 * domain, and numbers of two domains (two stores, an election and a database) are never compared. Whoever acts asks
 * `mayAct` right before acting; whoever is told something asks `judgeWrite` before believing it (I1, I3).
 */
import { type Instant, isPast } from './time.ts';

/** The fencing token of a domain: an election's is the create revision of its key. */
export type Epoch = bigint;

/** What somebody who wants to act holds. */
export interface Right {
  readonly epoch: Epoch;
  /** From this instant on the right is gone; see `leaseDeadline`. */
  readonly deadline: Instant;
}

export type MayAct =
  | { readonly ok: true }
  | { readonly ok: false; readonly refused: 'NoLease' | 'DeadlinePassed' | 'StaleEpoch' };

/**
 * May this holder act at this instant?
 * @param right undefined if nothing is held.
 * @param highestSeen the highest epoch of the domain that this process has met, its own included.
 */
export function mayAct(right: Right | undefined, highestSeen: Epoch, now: Instant): MayAct {
  if (right === undefined) return { ok: false, refused: 'NoLease' };
  if (right.epoch < highestSeen) return { ok: false, refused: 'StaleEpoch' };
  if (isPast(right.deadline, now)) return { ok: false, refused: 'DeadlinePassed' };
  return { ok: true };
}

/**
 * Is what arrives from this epoch to be followed?
 * `stale`: from a holder that has been succeeded; `repeated`: from the one already followed; `newer`: follow it and
 * remember its epoch.
 */
export function judgeWrite(incoming: Epoch, highestSeen: Epoch): 'stale' | 'repeated' | 'newer' {
  if (incoming < highestSeen) return 'stale';
  return incoming === highestSeen ? 'repeated' : 'newer';
}
