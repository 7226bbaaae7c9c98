/** What the store's majority holds about the database, which no agent may know yet; read once per revision. */
import type { DatabaseState, PrimaryKey } from '../../../src/core/database/state.ts';
import { type DatabaseView, readDatabase } from '../../../src/runtime/duty/database-view.ts';
import { databasePrefix } from '../../../src/store/keys.ts';
import type { MemoryCluster } from '../../../src/store/memory-cluster.ts';
import { DATABASE } from './settings.ts';

export class StoreTruth {
  readonly #cluster: MemoryCluster;
  #revision = -1n;
  #taken: DatabaseState | undefined;
  #view: DatabaseView = readDatabase(DATABASE, []);

  constructor(cluster: MemoryCluster) {
    this.#cluster = cluster;
  }

  /** @throws Malformed if an agent wrote what nobody can read */
  get view(): DatabaseView {
    const { state } = this.#cluster;
    if (state.revision === this.#revision) return this.#view;
    this.#revision = state.revision;
    this.#view = readDatabase(DATABASE, state.list(databasePrefix(DATABASE)));
    if (this.#view.malformed !== undefined) throw this.#view.malformed;
    return this.#view;
  }

  get state(): DatabaseState | undefined {
    return this.view.state;
  }

  /** @returns the state, if it is another one than at the last call */
  takeChange(): DatabaseState | undefined {
    const { state } = this;
    if (state === this.#taken) return undefined;
    this.#taken = state;
    return state;
  }

  get primaryKey(): PrimaryKey | undefined {
    return this.view.primary;
  }

  isQuarantined(node: string): boolean {
    return this.view.members.some((member) => member.node === node && member.quarantined);
  }
}
