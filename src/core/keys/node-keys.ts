/**
 * What a node does with the set that is wanted of it, given what is on its disk. It goes forward only: from a set that the
 * wanted one was made from. Anything else is reported and left alone, because whoever has other keys may have issued tokens
 * with them, and a set that looks old may be the newer one (the store was restored, a node was copied).
 *
 * Two exceptions, both without anything to lose. An empty repository is filled: a Keystone without keys issues and validates
 * nothing (`KeysNotFound`), and credential keys have Keystone's null key in place of none, which every other node knows. So
 * it is also what an operator does with a node that has other keys: move them away, and it gets the set in force. And a
 * filling that was interrupted is finished, also when the next step was taken meanwhile: the mark that the writer leaves tells it
 * from a node that has lost keys.
 */
import { isBetween, isMadeOf, type KeySet, sameSet } from './key-set.ts';
import type { WantedKeys } from './key-state.ts';

export type NodePlan =
  /** Nothing is wanted yet but a report. */
  | 'report'
  /** It is there, on the disk. */
  | 'confirm'
  | 'apply'
  | 'fill'
  /** A set that is older than one which was in place here. */
  | 'stale'
  /** Other keys, or fewer. */
  | 'other';

/**
 * @param isUnfinished - a writer was interrupted here
 * @param generation - the latest that this agent has had in place; 0 = none
 */
export function planOf(
  { found, isUnfinished }: { readonly found: KeySet; readonly isUnfinished: boolean },
  wanted: Pick<WantedKeys, 'generation' | 'keys' | 'accepts'>,
  generation: number,
): NodePlan {
  if (wanted.generation === 0) return 'report';
  if (wanted.generation < generation) return 'stale';
  if (sameSet(found, wanted.keys)) return isUnfinished ? 'apply' : 'confirm';
  if (found.length === 0) return 'fill';
  if (isUnfinished && isMadeOf(found, [wanted.keys, ...wanted.accepts])) return 'fill';
  return wanted.accepts.some((before) => isBetween(found, before, wanted.keys)) ? 'apply' : 'other';
}
