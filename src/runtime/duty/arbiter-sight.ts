/**
 * What an agent that stands for the arbiter has seen of one database itself, elected or not: whether the primary key went
 * before its eyes, and for how long everything has been the way it is. Only an unbroken watch counts. A primary that has
 * lost its store, and not its life, comes back with the store: whoever did not see how its key went gives it a TTL.
 */
import type { ArbiterSnapshot } from '../../core/database/arbiter-snapshot.ts';
import type { Instant } from '../../core/time.ts';
import type { DatabaseView } from './database-view.ts';
import { Standing } from './standing.ts';

export type Sighting = Pick<
  ArbiterSnapshot,
  'primaryAbsentForMs' | 'absenceWitnessed' | 'stateStandingMs' | 'orderStandingMs'
>;

export class ArbiterSight {
  readonly #standing = new Standing();
  #since: Instant | undefined;
  #hasSeenPrimary = false;

  /**
   * @param database - as it stands in a view that is not away and was read after `since`
   * @param since - since when the store has been in reach without a break
   */
  see(database: DatabaseView, since: Instant, now: Instant): Sighting {
    if (this.#since !== since) this.forget();
    this.#since = since;
    if (database.primary !== undefined) this.#hasSeenPrimary = true;
    const primaryForMs = this.#standing.see('primary', database.primaryCreateRevision, now);
    return {
      primaryAbsentForMs: database.primary === undefined ? primaryForMs : 0,
      absenceWitnessed: this.#hasSeenPrimary,
      stateStandingMs: this.#standing.see('state', database.stateRevision, now),
      orderStandingMs: this.#standing.see('order', database.orderRevision, now),
    };
  }

  /** Nobody watches: what is seen next is seen for the first time. */
  forget(): void {
    this.#since = undefined;
    this.#hasSeenPrimary = false;
    this.#standing.keepOnly(new Set());
  }
}
