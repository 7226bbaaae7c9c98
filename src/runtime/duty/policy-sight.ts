/**
 * The policy of one database as it counts on this node: with the lease's times of the database's adoption, and, once it
 * was deleted, as one that only observes, so that a right which is still held is let go.
 */
import { inForce } from '../../core/database/management.ts';
import type { DatabaseState } from '../../core/database/state.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import { databaseStateRecord } from '../../store/database-records.ts';
import { databaseStateKey } from '../../store/keys.ts';
import type { StoreView } from './store-view.ts';

export interface PolicySightDeps {
  readonly database: string;
  /** Undefined if there is none, or none that this version can read. */
  readonly accepted: () => Accepted<DatabaseFailover> | undefined;
  /** True if the store was read and has none of this name. */
  readonly isDeleted: () => boolean;
  readonly view: Pick<StoreView, 'entries'>;
}

export class PolicySight {
  readonly #deps: PolicySightDeps;
  #last: Accepted<DatabaseFailover> | undefined;
  #state: { readonly revision: bigint; readonly value: DatabaseState | undefined } = { revision: 0n, value: undefined };

  constructor(deps: PolicySightDeps) {
    this.#deps = deps;
  }

  /** Undefined while there is nothing to go by: nothing is done then. */
  now(): Accepted<DatabaseFailover> | undefined {
    const accepted = this.#deps.accepted() ?? this.#afterDeletion();
    this.#last = accepted ?? this.#last;
    return accepted === undefined ? undefined : inForce(accepted, this.#stateNow());
  }

  #afterDeletion(): Accepted<DatabaseFailover> | undefined {
    if (this.#last === undefined || !this.#deps.isDeleted()) return undefined;
    return { ...this.#last, policy: { ...this.#last.policy, mode: 'observe' } };
  }

  /** Decoded once per revision: this is asked with every renewal. */
  #stateNow(): DatabaseState | undefined {
    const path = databaseStateKey(this.#deps.database);
    for (const { key, value, modRevision } of this.#deps.view.entries()) {
      if (key !== path) continue;
      if (modRevision !== this.#state.revision) {
        const read = databaseStateRecord.read(key, value);
        this.#state = { revision: modRevision, value: read.ok ? read.value : this.#state.value };
      }
      return this.#state.value;
    }
    return undefined;
  }
}
