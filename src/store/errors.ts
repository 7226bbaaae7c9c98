/**
 * Everything that a store may throw, as a closed set. Whatever the client library throws is translated to one of
 * these in the adapter, and what nobody knows becomes `StoreUnavailable`: not being able to confirm is the safe
 * reading of every doubt. `retryable` says whether trying again later can help; `cause` keeps the original.
 */

export type StoreErrorCode = 'StoreUnavailable' | 'StoreClosed' | 'LeaseLost' | 'Malformed';

abstract class StoreError extends Error {
  abstract readonly code: StoreErrorCode;
  abstract readonly retryable: boolean;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}

/** No answer, a refused connection, no quorum, an answer that made no sense: nothing is known about the outcome. */
export class StoreUnavailable extends StoreError {
  readonly code = 'StoreUnavailable';
  readonly retryable = true;
}

/** The store was closed by this process; a caller that still uses it has outlived its owner. */
export class StoreClosed extends StoreError {
  readonly code = 'StoreClosed';
  readonly retryable = false;
}

/** The store answered that the lease does not exist: expired or revoked. All its keys are gone. */
export class LeaseLost extends StoreError {
  readonly code = 'LeaseLost';
  readonly retryable = false;
  readonly leaseId: string;

  constructor(leaseId: string, cause?: unknown) {
    super(`the store does not know lease ${leaseId}`, cause);
    this.leaseId = leaseId;
  }
}

/**
 * A stored value that this version cannot read: broken, or written by a newer version. Whoever meets it holds: it
 * neither acts on the value nor overwrites it.
 */
export class Malformed extends StoreError {
  readonly code = 'Malformed';
  readonly retryable = false;
  readonly key: string;
  /** What an operator can do about it. */
  readonly remedy: string;

  constructor(key: string, detail: string, remedy: string, cause?: unknown) {
    super(`${key}: ${detail}; ${remedy}`, cause);
    this.key = key;
    this.remedy = remedy;
  }
}

export type AnyStoreError = StoreUnavailable | StoreClosed | LeaseLost | Malformed;

/** True for each error class of this file. */
export function isStoreError(error: unknown): error is AnyStoreError {
  return error instanceof StoreError;
}
