/**
 * What this node has said about its parts of roll-outs, kept under `applied/<node>/identity/<policy>`. Nobody else writes
 * there, so after one look at what an earlier process left, what was written last is known.
 */
import type { NodeReport } from '../../core/region-snapshot.ts';
import { appliedKey, appliedPrefix, desiredKey, parseKey } from '../../store/keys.ts';
import { decodeReport, encodeReport } from '../../store/node-report.ts';
import type { Compare, Store } from '../../store/store.ts';

export class NodeReports {
  readonly #node: string;
  readonly #store: Store;
  #known: Map<string, NodeReport> | undefined;

  constructor(node: string, store: Store) {
    this.#node = node;
    this.#store = store;
  }

  /** By policy. */
  async all(signal: AbortSignal): Promise<ReadonlyMap<string, NodeReport>> {
    this.#known ??= await this.#read(signal);
    return this.#known;
  }

  /** What was said last; undefined if nothing was, or nothing has been read yet. */
  last(name: string): NodeReport | undefined {
    return this.#known?.get(name);
  }

  /**
   * Begins a turn: only if the decision still stands as it was read.
   * @param readAt - revision of the decision
   * @returns false if it does not; nothing is written then
   */
  async begin(report: NodeReport, readAt: bigint, signal: AbortSignal): Promise<boolean> {
    const stands: Compare = { key: desiredKey('identity', report.name), target: 'mod', equals: readAt };
    return this.#put(report, [stands], signal);
  }

  async end(report: NodeReport, signal: AbortSignal): Promise<void> {
    await this.#put(report, [], signal);
  }

  /** @param standsAt - revision at which the decision was read that this node has no part in; 0 if there is none */
  async withdraw(name: string, standsAt: bigint, signal: AbortSignal): Promise<void> {
    const stands: Compare = { key: desiredKey('identity', name), target: 'mod', equals: standsAt };
    const key = appliedKey(this.#node, 'identity', name);
    const { committed } = await this.#store.transact([stands], [{ kind: 'delete', key }], signal);
    if (committed) this.#known?.delete(name);
  }

  /** Leaves what stands in the store to others. */
  forget(name: string): void {
    this.#known?.delete(name);
  }

  async #put(report: NodeReport, compares: readonly Compare[], signal: AbortSignal): Promise<boolean> {
    const key = appliedKey(this.#node, 'identity', report.name);
    const { committed } = await this.#store.transact(
      compares,
      [{ kind: 'put', key, value: encodeReport(report) }],
      signal,
    );
    if (committed) this.#known?.set(report.name, report);
    return committed;
  }

  async #read(signal: AbortSignal): Promise<Map<string, NodeReport>> {
    const { entries } = await this.#store.list(appliedPrefix(this.#node), signal);
    const reports = entries.flatMap(({ key, value }) => {
      const parsed = parseKey(key);
      if (parsed?.parts.kind !== 'identity') return [];
      const report = decodeReport(key, { node: this.#node, name: parsed.parts.name ?? '' }, value);
      return report === undefined ? [] : [[report.name, report] as const];
    });
    return new Map(reports);
  }
}
