/**
 * What every store adapter refuses before it sends anything, so that a defect of the caller looks the same on all
 * of them and is never mistaken for a store that is away.
 */
import type { Operation } from './store.ts';

/** @throws RangeError if a key occurs in two operations: stores refuse that as a whole. */
export function checkedOperations(operations: readonly Operation[]): readonly Operation[] {
  const keys = new Set(operations.map((operation) => operation.key));
  if (keys.size !== operations.length) {
    throw new RangeError('a key occurs in two operations of one transaction; a store would refuse all of it');
  }
  return operations;
}

/** @throws RangeError if the prefix is empty: that would be every key of the store, other programs' included. */
export function checkedPrefix(prefix: string): string {
  if (prefix === '') throw new RangeError('an empty prefix would read every key of the store');
  return prefix;
}
