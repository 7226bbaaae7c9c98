/** What the right of a primary needs of a lease. */

/** A lease that is granted when it is needed and kept alive until it is released or lost. */
export interface HeldLeasePort {
  /** @returns the id of a lease that is held now; grants one if there is none */
  acquire(): Promise<string>;
  /** Milliseconds until this lease's deadline on the monotonic clock; zero or less when it is gone, or another one is held. */
  remainingMs(leaseId: string): number;
  /** Ends the lease in the store, and every key under it. */
  release(): Promise<void>;
  /** Stops renewing and leaves the lease to run out, with its key standing until then. */
  leave(): Promise<void>;
}
