/** The last promotion by the store's own truth: when the key before it went, and what it said it may lose. */
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
    const { scheduler, truth, thaws } = this.#world;
    const { primary: key, state, stateRevision } = truth.view;
    if (this.#hadKey && key === undefined) this.formerGoneAtMs = scheduler.nowMs();
    this.#hadKey = key !== undefined;
    if (stateRevision === this.#revision) return false;
    this.#revision = stateRevision;
    const hasChosen = state?.ballot?.candidate != null;
    if (hasChosen) this.lossMs = state.ballot?.lossMs ?? Number.POSITIVE_INFINITY;
    if (hasChosen && this.lossMs > 0) thaws.promotedWithoutFence();
    const before = this.primary;
    this.primary = state?.primary;
    return key !== undefined && before !== undefined && before !== this.primary;
  }
}
