/** The last promotion by the store's own truth: when the key before it went, and what it said it may lose. */
import { databasePrimaryKey, databaseStateKey } from '../../../src/store/keys.ts';
import { DATABASE } from './settings.ts';
import type { BallotWorld } from './world.ts';

export class PromotionLog {
  /** When the key that stood before the present one went. */
  formerGoneAtMs = 0;
  /** The recorded primary; undefined before the database is adopted. */
  primary: string | undefined;
  /** Of the last ballot that chose a candidate, in ms; 0 = proven that nothing is lost, infinite = an operator's word. */
  lossMs = 0;
  readonly #world: BallotWorld;
  #hadKey = false;
  #revision = 0n;

  constructor(world: BallotWorld) {
    this.#world = world;
  }

  /** @returns true if another primary was recorded, with its key, since the last look; a store that goes back has none */
  look(): boolean {
    const { cluster, scheduler } = this.#world;
    const hasKey = cluster.state.get(databasePrimaryKey(DATABASE)) !== undefined;
    if (this.#hadKey && !hasKey) this.formerGoneAtMs = scheduler.nowMs();
    this.#hadKey = hasKey;
    const revision = cluster.state.get(databaseStateKey(DATABASE))?.modRevision ?? 0n;
    if (revision === this.#revision) return false;
    this.#revision = revision;
    const state = this.#world.state();
    const hasChosen = state?.ballot?.candidate != null;
    if (hasChosen) this.lossMs = state.ballot?.lossMs ?? Number.POSITIVE_INFINITY;
    if (hasChosen && this.lossMs > 0) this.#world.thaws.promotedWithoutFence();
    const before = this.primary;
    this.primary = state?.primary;
    return hasKey && before !== undefined && before !== this.primary;
  }
}
