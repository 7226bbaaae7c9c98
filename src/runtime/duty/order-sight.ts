/** What a db agent sees of an operator's word about its database: the order that stands, for how long, and a hold. */
import type { Clock } from '../../core/clock.ts';
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import { type Hold, holdOver } from '../../core/holds.ts';
import type { DatabaseView } from './database-view.ts';
import { Standing } from './standing.ts';

export interface OrderSightDeps {
  readonly database: string;
  /** Holds in the global store. */
  readonly holds: () => readonly Hold[];
  readonly clock: Clock;
  readonly wallMs: () => number;
}

export class OrderSight {
  readonly #deps: OrderSightDeps;
  readonly #standing = new Standing();

  constructor(deps: OrderSightDeps) {
    this.#deps = deps;
  }

  of({ order, orderRevision }: DatabaseView): Pick<MemberSnapshot, 'order' | 'orderStandingMs' | 'hold'> {
    const { database, holds, clock, wallMs } = this.#deps;
    return {
      order,
      orderStandingMs: this.#standing.see('order', orderRevision, clock.nowMs()),
      hold: holdOver(`database/${database}`, holds(), wallMs()),
    };
  }
}
