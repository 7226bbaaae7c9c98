/**
 * What an error that ended a tick means. The kinds are the style's policy for the top of a tick: a store that is away
 * and a foreign system that failed are waited out, malformed data is not acted upon, and a defect of our own ends the
 * process, because nothing that it believes can be trusted any more. Pure.
 */
import { isStoreError } from '../store/errors.ts';

/** `stopped`: the tick was ended by its own stop or by a closed store and says nothing about the world. */
export type TickErrorKind = 'store-away' | 'lease-lost' | 'malformed' | 'timeout' | 'foreign' | 'stopped' | 'defect';

/** The tick did not end within its time and was aborted. */
export class TickTimeout extends Error {
  override readonly name = 'TickTimeout';
  readonly code = 'TickTimeout';
}

/**
 * An adapter's errors carry a code of their own; Node's programming errors carry one that begins with `ERR_`, and our
 * own mistakes carry none.
 */
export function tickErrorKind(error: unknown): TickErrorKind {
  if (isStoreError(error)) {
    switch (error.code) {
      case 'StoreUnavailable':
        return 'store-away';
      case 'StoreClosed':
        return 'stopped';
      case 'LeaseLost':
        return 'lease-lost';
      case 'Malformed':
        return 'malformed';
    }
  }
  if (error instanceof TickTimeout) return 'timeout';
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return 'defect';
  return error.code.startsWith('ERR_') ? 'defect' : 'foreign';
}
