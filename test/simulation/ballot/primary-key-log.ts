/** When the primary key of a database came and went, by the store's own truth. */
import { databasePrimaryKey } from '../../../src/store/keys.ts';
import { DATABASE } from './settings.ts';
import type { BallotWorld } from './world.ts';

export class PrimaryKeyLog {
  /** When the key that stood before the present one went. */
  formerGoneAtMs = 0;
  readonly #world: BallotWorld;
  #wasThere = false;

  constructor(world: BallotWorld) {
    this.#world = world;
  }

  look(): void {
    const isThere = this.#world.cluster.state.get(databasePrimaryKey(DATABASE)) !== undefined;
    if (this.#wasThere && !isThere) this.formerGoneAtMs = this.#world.scheduler.nowMs();
    this.#wasThere = isThere;
  }
}
