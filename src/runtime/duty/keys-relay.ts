/**
 * The work of a region's leader for keys: the nodes speak to the region's store only, so it passes the set in force down to
 * them, and what they report up to the global store, under its own lease there. It decides nothing, and never puts an older set
 * in place of a newer one: when the global store has gone back, it asks the nodes to hand in what they hold instead.
 */
import type { WantedKeys } from '../../core/keys/key-state.ts';
import type { Accepted, FernetKeys } from '../../core/policy.ts';
import { regionKeysRecord, wantedKeysRecord } from '../../store/key-records.ts';
import { keysRegionKey, keysWantedKey } from '../../store/keys.ts';
import type { Compare, Operation, Store } from '../../store/store.ts';
import type { Leadership } from './arbiter-duty.ts';
import { type KeysView, NO_KEYS, readKeys } from './keys-view.ts';
import type { LeasedKeys } from './leased-keys.ts';
import type { StoreView } from './store-view.ts';

export interface KeysRelayDeps {
  readonly region: string;
  /** The region's. */
  readonly store: Store;
  readonly view: Pick<StoreView, 'entries' | 'awayForMs'>;
  readonly leadership: Leadership;
  /** Policies in force in the global store. */
  readonly policies: () => readonly Accepted<FernetKeys>[];
  /** Names of those that this version cannot read: they are left as they are. */
  readonly unreadable: () => readonly string[];
  readonly global: Pick<StoreView, 'entries' | 'awayForMs'>;
  /** This agent's keys in the global store. */
  readonly up: Pick<LeasedKeys, 'set' | 'remove'>;
}

export class KeysRelay {
  readonly #deps: KeysRelayDeps;
  #reported: ReadonlySet<string> = new Set();

  constructor(deps: KeysRelayDeps) {
    this.#deps = deps;
  }

  /** @returns 0 if something changed under its hands */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    const { leadership, view, global, region, policies, unreadable } = this.#deps;
    const epoch = leadership.epoch();
    if (epoch === undefined) return this.silence();
    if (view.awayForMs() > 0 || global.awayForMs() > 0) return undefined;
    const here = readKeys(view.entries());
    const there = readKeys(global.entries());
    const mine = policies().filter(({ policy }) => policy.nodes[region] !== undefined);
    const compares: Compare[] = [];
    const operations: Operation[] = [];
    for (const { policy } of mine) {
      const [own, shared] = [here.get(policy.name) ?? NO_KEYS, there.get(policy.name) ?? NO_KEYS];
      if (own.problems.length + shared.problems.length > 0) continue;
      const value = wantedKeysRecord.encode(wantedOf(policy, region, own, shared));
      if (own.wanted !== undefined && value === wantedKeysRecord.encode(own.wanted.value)) continue;
      const key = keysWantedKey(policy.name);
      compares.push({ key, target: 'mod', equals: own.wanted?.modRevision ?? 0n });
      operations.push({ kind: 'put', key, value });
    }
    for (const [name, { wanted }] of here) {
      const isKept = mine.some(({ policy }) => policy.name === name) || unreadable().includes(name);
      if (wanted === undefined || isKept) continue;
      compares.push({ key: keysWantedKey(name), target: 'mod', equals: wanted.modRevision });
      operations.push({ kind: 'delete', key: keysWantedKey(name) });
    }
    this.#report(mine, here);
    if (operations.length === 0) return undefined;
    const { committed } = await this.#deps.store.transact([leadership.guard(epoch), ...compares], operations, signal);
    return committed ? undefined : 0;
  }

  /** Says nothing any more: somebody else leads. */
  silence(): undefined {
    for (const key of this.#reported) this.#deps.up.remove(key);
    this.#reported = new Set();
    return undefined;
  }

  #report(policies: readonly Accepted<FernetKeys>[], here: ReadonlyMap<string, KeysView>): void {
    const { region, up } = this.#deps;
    const reported = new Set<string>();
    for (const { policy } of policies) {
      const { nodes, wanted } = here.get(policy.name) ?? NO_KEYS;
      const named = (policy.nodes[region] ?? []).flatMap((node) => {
        const report = nodes.get(node);
        return report === undefined ? [] : [[node, report] as const];
      });
      const key = keysRegionKey(policy.name, region);
      reported.add(key);
      up.set(
        key,
        regionKeysRecord.encode({ generation: wanted?.value.generation ?? 0, nodes: Object.fromEntries(named) }),
      );
    }
    for (const key of this.#reported) if (!reported.has(key)) up.remove(key);
    this.#reported = reported;
  }
}

function wantedOf(policy: FernetKeys, region: string, here: KeysView, { state }: KeysView): WantedKeys {
  const { repository, mode } = policy;
  const before = here.wanted?.value;
  const nodes = policy.nodes[region] ?? [];
  const known = Math.max(before?.generation ?? 0, ...[...here.nodes.values()].map((each) => each.generation));
  const generation = state?.value.generation ?? 0;
  const asks = mode === 'enforce' && (state === undefined || known > generation);
  if (state !== undefined && generation > (before?.generation ?? 0)) {
    const { accepts, sealedWith } = state.value;
    const keys = state.value.keys.map(({ retiredAtMs: _, ...key }) => key);
    return { repository, generation, keys, accepts, nodes, sealedWith, asks };
  }
  const none = { generation: 0, keys: [], accepts: [], sealedWith: '' };
  return { ...(before ?? none), repository, nodes, asks };
}
