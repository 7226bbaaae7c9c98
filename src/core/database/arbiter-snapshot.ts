/**
 * Everything that the arbiter may look at to decide about one database, and what it may answer. Both are plain data:
 * the same decision runs in production and in the simulation.
 */
import type { NewEvent } from '../event.ts';
import type { Accepted, DatabaseFailover } from '../policy.ts';
import type { DatabaseOrder, RefusedOrder } from './order.ts';
import type { DatabaseState, MemberRecord, PrimaryKey } from './state.ts';

export interface ArbiterSnapshot {
  readonly policy: Accepted<DatabaseFailover>;
  /** Undefined before the database was adopted. */
  readonly state: DatabaseState | undefined;
  readonly primary: PrimaryKey | undefined;
  /** For how long this arbiter has seen the primary key absent, elected or not, in ms of its monotonic clock; 0 while it is there. */
  readonly primaryAbsentForMs: number;
  /** True if this arbiter saw the key go, elected or not; false if it was already gone at its first look, after which it waits a TTL for a holder that only lost its store. */
  readonly absenceWitnessed: boolean;
  readonly members: readonly MemberRecord[];
  /** For how long this arbiter has seen the state key unchanged. */
  readonly stateStandingMs: number;
  /** An operator's hold on this database or on everything. */
  readonly hold: { readonly owner: string; readonly reason: string } | undefined;
  /** An operator's order that stands. */
  readonly order: DatabaseOrder | undefined;
  /** For how long this arbiter has seen it stand. */
  readonly orderStandingMs: number;
  /** For records that people read; decides nothing but the cooldown. */
  readonly wallMs: number;
  /** The arbiter's own epoch in the global store. */
  readonly epoch: bigint;
}

export type ArbiterDecision =
  | { readonly kind: 'wait'; readonly refusals: readonly NewEvent[] }
  | {
      readonly kind: 'write';
      readonly state: DatabaseState;
      readonly events: readonly NewEvent[];
      /** The order that stands is obeyed by this write and deleted in the same transaction. */
      readonly obeysOrder?: true;
    }
  | { readonly kind: 'remove-order'; readonly refused: RefusedOrder; readonly events: readonly NewEvent[] };

/** Nothing to do. */
export const waiting: ArbiterDecision = { kind: 'wait', refusals: [] };
