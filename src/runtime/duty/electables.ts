/**
 * Every `electable` that may stand in the store, as of one revision of the state: the one that was read, and those that
 * this process has tried to write since, because a write whose answer is lost may have happened.
 */
import { mustPromise } from '../../core/database/promise.ts';
import type { DatabaseState } from '../../core/database/state.ts';
import type { DatabaseView } from './database-view.ts';

type Seen = Pick<DatabaseView, 'state' | 'stateRevision'>;

export class Electables {
  #revision: bigint | undefined;
  #lists: readonly (readonly string[])[] = [];
  #required: readonly string[] = [];

  get lists(): readonly (readonly string[])[] {
    return this.#lists;
  }

  /** Whose promise the holder needs; empty if promises give no right. */
  get required(): readonly string[] {
    return this.#required;
  }

  /** What was tried at an older revision either stands in the new one or can come no more. */
  saw({ state, stateRevision }: Seen): void {
    if (state === undefined || stateRevision === this.#revision) return;
    this.#revision = stateRevision;
    this.#stand([state.electable]);
  }

  /** Counts from before the write is sent. */
  tries(view: Seen, { electable }: Pick<DatabaseState, 'electable'>): void {
    this.saw(view);
    this.#stand([...this.#lists, electable]);
  }

  #stand(lists: readonly (readonly string[])[]): void {
    this.#lists = lists;
    this.#required = mustPromise(lists);
  }
}
