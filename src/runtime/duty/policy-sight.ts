/**
 * The policy of one database as it counts on this node: with the lease's times of the database's adoption, and, once it
 * was deleted, as one that only observes, so that a right which is still held is let go.
 */
import { inForce } from '../../core/database/management.ts';
import type { DatabaseState } from '../../core/database/state.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import { databaseStateKey } from '../../store/keys.ts';
import { readState } from './database-view.ts';
import type { StoreView } from './store-view.ts';

export interface PolicySightDeps {
  readonly database: string;
  /** Undefined if there is none, or none that this version can read. */
  readonly accepted: () => Accepted<DatabaseFailover> | undefined;
  /** True if the store was read and has none of this name. */
  readonly isDeleted: () => boolean;
  readonly view: Pick<StoreView, 'entries'>;
}

/** An answer, and what it was made of. */
interface InForce {
  readonly accepted: Accepted<DatabaseFailover>;
  readonly state: DatabaseState | undefined;
  readonly result: Accepted<DatabaseFailover>;
}

export class PolicySight {
  readonly #deps: PolicySightDeps;
  readonly #statePath: string;
  #last: Accepted<DatabaseFailover> | undefined;
  /** The last one that could be read. */
  #state: DatabaseState | undefined;
  #inForce: InForce | undefined;

  constructor(deps: PolicySightDeps) {
    this.#deps = deps;
    this.#statePath = databaseStateKey(deps.database);
  }

  /** Undefined while there is nothing to go by: nothing is done then. */
  now(): Accepted<DatabaseFailover> | undefined {
    const accepted = this.#deps.accepted() ?? this.#afterDeletion();
    this.#last = accepted ?? this.#last;
    if (accepted === undefined) return undefined;
    const state = this.#stateNow();
    // This is asked with every renewal, and its answer changes seldom.
    if (this.#inForce?.accepted !== accepted || this.#inForce.state !== state)
      this.#inForce = { accepted, state, result: inForce(accepted, state) };
    return this.#inForce.result;
  }

  #afterDeletion(): Accepted<DatabaseFailover> | undefined {
    if (this.#last === undefined || !this.#deps.isDeleted()) return undefined;
    return { ...this.#last, policy: { ...this.#last.policy, mode: 'observe' } };
  }

  #stateNow(): DatabaseState | undefined {
    for (const entry of this.#deps.view.entries()) {
      if (entry.key !== this.#statePath) continue;
      const read = readState(entry);
      if (read.ok) this.#state = read.value;
      return this.#state;
    }
    return undefined;
  }
}
