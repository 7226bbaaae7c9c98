/**
 * The mirrored prefixes that an agent has open now, and with them what it knows about its stores: a store is away when
 * one of its mirrors is not confirmed.
 */
import type { Clock, Random, Timers } from '../../core/clock.ts';
import type { NewEvent } from '../../core/event.ts';
import type { Store } from '../../store/store.ts';
import { StoreReach } from '../store-reach.ts';
import { MirrorSet, type MirrorSetDeps } from './mirror-set.ts';

export interface MirrorsDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly onProblem: (error: unknown) => void;
}

export class Mirrors {
  readonly #deps: MirrorsDeps;
  readonly #reach = new StoreReach();
  #open: readonly { readonly store: string; readonly set: MirrorSet }[] = [];

  constructor(deps: MirrorsDeps) {
    this.#deps = deps;
  }

  open(store: Store, prefixes: readonly string[], onWake: MirrorSetDeps['onWake']): MirrorSet {
    const set = new MirrorSet({ ...this.#deps, store, onWake }, prefixes);
    this.#open = [...this.#open, { store: store.name, set }];
    set.start();
    return set;
  }

  /** For a view that is needed only while this agent leads. */
  async close(set: MirrorSet): Promise<void> {
    this.#open = this.#open.filter((each) => each.set !== set);
    await set.stop();
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#open.map(({ set }) => set.stop()));
  }

  /** By the store's name: for how long it has confirmed nothing, in ms. */
  awayForMs(): ReadonlyMap<string, number> {
    const away = new Map<string, number>();
    for (const { store, set } of this.#open) away.set(store, Math.max(away.get(store) ?? 0, set.awayForMs()));
    return away;
  }

  /** To be called again and again. @returns what is to be told about lost stores and stores that answer again */
  changes(): readonly NewEvent[] {
    const seen = [...this.awayForMs()].map(([store, awayForMs]) => this.#reach.see(store, awayForMs));
    return seen.filter((event) => event !== undefined);
  }
}
