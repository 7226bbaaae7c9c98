/**
 * What this node has said about its parts of roll-outs, kept under `applied/<node>/identity/<policy>`. Each word is written
 * under the condition that the one before it stands there, so that one which was sent long ago and arrives late changes
 * nothing; after a write whose answer did not come, the store is asked what stands there.
 */
import type { NodeReport } from '../../core/region-snapshot.ts';
import { appliedKey, appliedPrefix, desiredKey, parseKey } from '../../store/keys.ts';
import { decodeReport, encodeReport } from '../../store/node-report.ts';
import type { Compare, Operation, Store } from '../../store/store.ts';

interface Known {
  /** Undefined if a proxy has written there, or nobody. */
  readonly report: NodeReport | undefined;
  readonly modRevision: bigint;
}

export class NodeReports {
  readonly #node: string;
  readonly #store: Store;
  #known: Map<string, Known> | undefined;

  constructor(node: string, store: Store) {
    this.#node = node;
    this.#store = store;
  }

  /** By policy. */
  async all(signal: AbortSignal): Promise<ReadonlyMap<string, NodeReport>> {
    this.#known ??= await this.#read(signal);
    const all = [...this.#known].flatMap(([name, { report }]) =>
      report === undefined ? [] : [[name, report] as const],
    );
    return new Map(all);
  }

  /** What was said last; undefined if nothing was, or it is not known. */
  last(name: string): NodeReport | undefined {
    return this.#known?.get(name)?.report;
  }

  /**
   * Begins a turn: only if the decision still stands as it was read.
   * @param readAt - revision of the decision
   * @returns false if it does not; nothing is written then
   */
  begin(report: NodeReport, readAt: bigint, signal: AbortSignal): Promise<boolean> {
    return this.#put(report, [standsAt(report.name, readAt)], signal);
  }

  async end(report: NodeReport, signal: AbortSignal): Promise<void> {
    await this.#put(report, [], signal);
  }

  /** @param readAt - revision at which the decision was read that this node has no part in; 0 if there is none */
  async withdraw(name: string, readAt: bigint, signal: AbortSignal): Promise<void> {
    const operation: Operation = { kind: 'delete', key: appliedKey(this.#node, 'identity', name) };
    const revision = await this.#write(name, [standsAt(name, readAt)], operation, signal);
    if (revision !== undefined) this.#known?.delete(name);
  }

  /** Leaves what stands in the store to others. */
  forget(name: string): void {
    this.#known?.delete(name);
  }

  async #put(report: NodeReport, compares: readonly Compare[], signal: AbortSignal): Promise<boolean> {
    const key = appliedKey(this.#node, 'identity', report.name);
    const operation: Operation = { kind: 'put', key, value: encodeReport(report) };
    const modRevision = await this.#write(report.name, compares, operation, signal);
    if (modRevision !== undefined) this.#known?.set(report.name, { report, modRevision });
    return modRevision !== undefined;
  }

  /** @returns the revision of the write; undefined if something is not as it was read, and then everything is read anew */
  async #write(
    name: string,
    compares: readonly Compare[],
    operation: Operation,
    signal: AbortSignal,
  ): Promise<bigint | undefined> {
    const known = this.#known?.get(name);
    const own: Compare = { key: operation.key, target: 'mod', equals: known?.modRevision ?? 0n };
    const [all, kept] = [[...compares, own], this.#known];
    this.#known = undefined;
    const { committed, revision } = await this.#store.transact(all, [operation], signal);
    if (!committed) return undefined;
    this.#known = kept;
    return revision;
  }

  async #read(signal: AbortSignal): Promise<Map<string, Known>> {
    const { entries } = await this.#store.list(appliedPrefix(this.#node), signal);
    const found = entries.flatMap(({ key, value, modRevision }) => {
      const parsed = parseKey(key);
      if (parsed?.parts.kind !== 'identity') return [];
      const name = parsed.parts.name ?? '';
      return [[name, { report: decodeReport(key, { node: this.#node, name }, value), modRevision }] as const];
    });
    return new Map(found);
  }
}

const standsAt = (name: string, readAt: bigint): Compare => ({
  key: desiredKey('identity', name),
  target: 'mod',
  equals: readAt,
});
