/**
 * Several mirrored prefixes of one store as one view. An agent mirrors what its roles need and no more: a leader sees
 * its region's observations, a replica's agent does not.
 */
import type { Clock, Random, Timers } from '../../core/clock.ts';
import type { Instant } from '../../core/time.ts';
import { Mirror } from '../../store/mirror.ts';
import type { Entry, Store } from '../../store/store.ts';
import type { DatedView, StoreView } from '../duty/store-view.ts';

export interface MirrorSetDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** As a mirror says it. */
  readonly onWake: (keys?: readonly string[]) => void;
  readonly onProblem: (error: unknown) => void;
}

export class MirrorSet implements DatedView {
  readonly #mirrors: readonly Mirror[];
  readonly #clock: Clock;

  constructor(deps: MirrorSetDeps, prefixes: readonly string[]) {
    this.#clock = deps.clock;
    this.#mirrors = prefixes.map((prefix) => new Mirror({ ...deps, prefix }));
  }

  start(): void {
    for (const mirror of this.#mirrors) mirror.start();
  }

  *entries(): Iterable<Entry> {
    for (const mirror of this.#mirrors) yield* mirror.entries().values();
  }

  /** The oldest of the parts: nothing newer is promised. */
  get revision(): bigint {
    const revisions = this.#mirrors.map((mirror) => mirror.revision);
    return revisions.toSorted((a, b) => Number(a - b))[0] ?? 0n;
  }

  awayForMs(): number {
    const now = this.#clock.nowMs();
    return Math.max(...this.#mirrors.map((mirror) => mirror.awayForMs(now)));
  }

  /** That of the part that was read longest ago. */
  get readAt(): Instant | undefined {
    const times = this.#mirrors.map((mirror) => mirror.readAt);
    return times.reduce((oldest, at) => (oldest === undefined || at === undefined || oldest < at ? oldest : at));
  }

  refresh(): void {
    for (const mirror of this.#mirrors) mirror.refresh();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#mirrors.map((mirror) => mirror.stop()));
  }
}

/** Views of one store, or of two, read as one. */
export function joined(...views: readonly StoreView[]): Pick<StoreView, 'entries' | 'awayForMs'> {
  return {
    *entries() {
      for (const view of views) yield* view.entries();
    },
    awayForMs: () => Math.max(0, ...views.map((view) => view.awayForMs())),
  };
}
