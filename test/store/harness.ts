/**
 * What a contract test may do to a store of either kind. The memory store runs on virtual time, the real one on the
 * machine's; tests say `advance` and `eventually` and never sleep by themselves.
 */
import type { Clock, Timers } from '../../src/core/clock.ts';
import type { Store } from '../../src/store/store.ts';

export interface Harness {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Another client of the same cluster, untouched by `freeze`. */
  readonly other: Store;
  /** Lets time pass. */
  advance(durationMs: number): Promise<void>;
  /** Lets time pass until the promise has settled. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** Forgets all history up to now. */
  compact(): Promise<void>;
  /** The cluster stops answering and loses its leader; leases do not run out. */
  loseQuorum(): Promise<void>;
  regainQuorum(): Promise<void>;
  /** What goes between `store` and the cluster is held back in these directions. */
  freeze(...directions: readonly ('toServer' | 'fromServer')[]): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Lets time pass until the condition holds. @throws Error if it does not within `withinMs`. */
export async function eventually(
  harness: Pick<Harness, 'advance' | 'clock'>,
  withinMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const startedAt = harness.clock.nowMs();
  while (!(await holds())) {
    if (harness.clock.nowMs() - startedAt > withinMs) throw new Error(`not within ${withinMs}ms: ${holds}`);
    await harness.advance(20);
  }
}
