/**
 * A store on virtual time, what a duty sees of it, and the right to lead in it. Answers come at once; what is lost on
 * the way is what a test says.
 */
import type { NewEvent } from '../../../src/core/event.ts';
import type { Instant } from '../../../src/core/time.ts';
import { MemoryCluster } from '../../../src/store/memory-cluster.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { leaderRecord } from '../../../src/store/schema.ts';
import type { Compare, Entry } from '../../../src/store/store.ts';
import { FakeTime } from '../fake-time.ts';

export const never = new AbortController().signal;

export class AStore {
  readonly time: FakeTime;
  readonly cluster: MemoryCluster;
  readonly store: MemoryStore;
  /** What does not arrive. */
  loses: 'requests' | 'answers' | undefined;
  /** So many answers still arrive; undefined: all. */
  answersLeft: number | undefined;
  /** How many requests were sent. */
  requests = 0;

  constructor(time = new FakeTime()) {
    this.time = time;
    this.cluster = new MemoryCluster({ clock: time, timers: time });
    this.store = this.client();
  }

  client(): MemoryStore {
    const link = {
      toStore: (deliver: () => void) => {
        this.requests += 1;
        if (this.loses !== 'requests') deliver();
      },
      fromStore: (deliver: () => void) => {
        const isLast = this.answersLeft === 0;
        if (this.answersLeft !== undefined) this.answersLeft = Math.max(0, this.answersLeft - 1);
        if (this.loses !== 'answers' && !isLast) deliver();
      },
    };
    return new MemoryStore({ name: 'global', cluster: this.cluster, timers: this.time, link });
  }

  get revision(): bigint {
    return this.cluster.state.revision;
  }

  entry(key: string): Entry | undefined {
    return this.cluster.state.get(key);
  }

  keys(prefix = '/'): readonly string[] {
    return this.cluster.state.list(prefix).map((entry) => entry.key);
  }

  /** By another hand. */
  put(key: string, value: string, leaseId?: string): bigint {
    const lease = leaseId === undefined ? {} : { leaseId };
    return this.cluster.transact([], [{ kind: 'put', key, value, ...lease }]).revision;
  }

  delete(key: string): void {
    this.cluster.transact([], [{ kind: 'delete', key }]);
  }
}

/** Everything that stands in the store now; `freeze` keeps what stands at that moment, `awayMs` says how long. */
export class AView {
  readonly #stored: AStore;
  #frozen: { readonly entries: readonly Entry[]; readonly revision: bigint } | undefined;
  awayMs = 0;
  readAt: Instant | undefined;
  refreshes = 0;

  constructor(stored: AStore) {
    this.#stored = stored;
    this.readAt = stored.time.nowMs();
  }

  entries(): readonly Entry[] {
    return this.#frozen?.entries ?? this.#stored.cluster.state.list('/regent/');
  }

  get revision(): bigint {
    return this.#frozen?.revision ?? this.#stored.revision;
  }

  awayForMs(): number {
    return this.awayMs;
  }

  refresh(): void {
    this.refreshes += 1;
  }

  freeze(): void {
    this.#frozen = { entries: this.entries(), revision: this.revision };
  }

  thaw(): void {
    this.#frozen = undefined;
  }
}

/** An election that is won at once; `depose` lets another one win without telling this one. */
export class ALeadership {
  readonly #stored: AStore;
  readonly #key: string;
  #epoch: bigint | undefined;
  /** Since when the store has been in reach. */
  since: Instant | undefined;

  constructor(stored: AStore, key: string) {
    this.#stored = stored;
    this.#key = key;
    this.since = stored.time.nowMs();
    this.elect();
  }

  epoch(): bigint | undefined {
    return this.#epoch;
  }

  contactSince(): Instant | undefined {
    return this.since;
  }

  guard(epoch: bigint): Compare {
    return { key: this.#key, target: 'create', equals: epoch };
  }

  elect(): void {
    this.depose();
    this.#epoch = this.#stored.entry(this.#key)?.createRevision;
  }

  /** The key is another one's; this candidate does not know it yet. */
  depose(): void {
    this.#stored.delete(this.#key);
    this.#stored.put(this.#key, leaderRecord.encode({ node: 'a', region: 'south', bootId: 'b' }));
  }

  /** The candidate knows that it does not lead. */
  stepDown(): void {
    this.#epoch = undefined;
  }

  resume(epoch: bigint): void {
    this.#epoch = epoch;
  }
}

/** Collects events. */
export class Told {
  readonly events: NewEvent[] = [];
  readonly record = (event: NewEvent): void => {
    this.events.push(event);
  };

  get names(): readonly string[] {
    return this.events.map((event) => event.name);
  }
}
