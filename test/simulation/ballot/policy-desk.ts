/**
 * The policy of the simulated database as it stands in the store: versions that operators put and that admission lets
 * through, seen by every process in its own mirror, sooner or later. The store holds a version's number, not its text.
 */
import type { Accepted, DatabaseFailover } from '../../../src/core/policy.ts';
import { coherenceProblems } from '../../../src/policy/coherence.ts';
import { ASSUMED_TIMING, type PolicyWorld } from '../../../src/policy/world.ts';
import { acceptedKey, prefixes } from '../../../src/store/keys.ts';
import type { MemoryCluster } from '../../../src/store/memory-cluster.ts';
import type { Entry } from '../../../src/store/store.ts';
import { CALL_TIMEOUT_MS, DATABASE } from './settings.ts';

const PATH = acceptedKey(DATABASE);
const RETIRED = ' retired';

export class PolicyDesk {
  /** What every mirror of it looks at. */
  static readonly prefix = prefixes.accepted;
  readonly #cluster: MemoryCluster;
  readonly #versions: Accepted<DatabaseFailover>[];

  constructor(cluster: MemoryCluster, first: Accepted<DatabaseFailover>) {
    this.#cluster = cluster;
    this.#versions = [first];
    this.#put('0');
  }

  /** The newest version, also while it is deleted. */
  get latest(): Accepted<DatabaseFailover> {
    return this.#versions.at(-1) as Accepted<DatabaseFailover>;
  }

  /** The longest that a right lasts without being renewed, by any version. */
  get ttlMs(): number {
    return Math.max(...this.#versions.map(({ policy }) => policy.ttlMs));
  }

  /** The shortest pause between two switches, by any version. */
  get cooldownMs(): number {
    return Math.min(...this.#versions.map(({ policy }) => policy.cooldownMs));
  }

  get isDeleted(): boolean {
    return this.#cluster.state.get(PATH)?.value.endsWith(RETIRED) !== false;
  }

  /** @returns undefined if the process has not seen it, or sees that it was deleted */
  seenIn(entries: ReadonlyMap<string, Entry>): Accepted<DatabaseFailover> | undefined {
    const entry = entries.get(PATH);
    if (entry === undefined) return undefined;
    const version = this.#versions[Number.parseInt(entry.value, 10)];
    if (version === undefined || !entry.value.endsWith(RETIRED)) return version;
    return { ...version, policy: { ...version.policy, mode: 'observe' } };
  }

  /**
   * Judges an edit as admission does. The policies of schedules are denser than admission allows (a cooldown of 2 s), so
   * only what an edit breaks anew is held against it.
   * @returns false if it was refused: nothing has changed
   */
  edit(policy: DatabaseFailover): boolean {
    const broken = new Set(problemsOf(this.latest.policy));
    if (problemsOf(policy).some((field) => !broken.has(field))) return false;
    this.#versions.push({ policy, revision: this.latest.revision + 1n });
    this.#put(`${this.#versions.length - 1}`);
    return true;
  }

  /** Its text is deleted: what it manages is let go, and whoever judges texts removes it when that is done. */
  retire(): void {
    this.#put(`${this.#versions.length - 1}${RETIRED}`);
  }

  /** Does nothing if it was put again. */
  remove(): void {
    const entry = this.#cluster.state.get(PATH);
    if (entry?.value.endsWith(RETIRED)) this.#cluster.transact([], [{ kind: 'delete', key: PATH }]);
  }

  #put(version: string): void {
    this.#cluster.transact([], [{ kind: 'put', key: PATH, value: version }]);
  }
}

function problemsOf(policy: DatabaseFailover): readonly string[] {
  const regions = [...new Set(policy.members.map(({ region }) => region))];
  const nodes = policy.members.map(({ node, region, address }) => ({
    node,
    region,
    roles: ['db' as const],
    addresses: [address],
  }));
  const timing = { ...ASSUMED_TIMING, callTimeoutMs: CALL_TIMEOUT_MS };
  const world: PolicyWorld = {
    store: 'global',
    region: undefined,
    nodes,
    regions,
    databases: [policy],
    globalStoreSites: 3,
    timing,
  };
  return coherenceProblems(policy, { world, others: [], previous: undefined }).map(({ field }) => field);
}
