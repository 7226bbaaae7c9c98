/**
 * The store port in memory, for tests and simulations: one client of a `MemoryCluster`, behind a link that may
 * delay or lose what goes in either direction. A lost request changes nothing; a lost answer belongs to a request
 * that was applied. Both look alike to the caller, as they do with a real store. Nothing happens but through the
 * injected clock, timers and link, so the same seed gives the same run.
 */
import type { Timers } from '../core/clock.ts';
import { LeaseLost, StoreClosed, StoreUnavailable } from './errors.ts';
import type { MemoryCluster } from './memory-cluster.ts';
import type * as port from './store.ts';
import { checkedOperations, checkedPrefix } from './store-arguments.ts';

/** The way between one client and the cluster. A link that never calls `deliver` has lost the message. */
export interface Link {
  toStore(deliver: () => void): void;
  fromStore(deliver: () => void): void;
}

/**
 * What the member that this client talks to is just now. `serving`: part of the majority. `cutOff`: answers nothing.
 * `staleLeader`: has been cut off and does not know it yet; it acknowledges renewals, which have no effect.
 */
export type MemberState = 'serving' | 'cutOff' | 'staleLeader';

export interface MemoryStoreOptions {
  readonly name: string;
  readonly cluster: MemoryCluster;
  readonly timers: Timers;
  readonly link: Link;
  /** Default: always `serving`. */
  readonly member?: () => MemberState;
  /** After this a call without an answer is `StoreUnavailable`. Default 500. */
  readonly callTimeoutMs?: number;
}

const DEFAULT_CALL_TIMEOUT_MS = 500;

type Answer<T> = { readonly value: T } | { readonly error: unknown };

export class MemoryStore implements port.Store {
  readonly name: string;
  readonly #options: MemoryStoreOptions;
  readonly #watches = new Set<port.Watch>();
  readonly #pending = new Set<(error: StoreClosed) => void>();
  #closed = false;

  constructor(options: MemoryStoreOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get(key: string, signal?: AbortSignal): Promise<port.GetResult> {
    return this.#call(signal, ({ state }) => ({ entry: state.get(key), revision: state.revision }));
  }

  async list(prefix: string, signal?: AbortSignal): Promise<port.ListResult> {
    const start = checkedPrefix(prefix);
    return this.#call(signal, ({ state }) => ({ entries: state.list(start), revision: state.revision }));
  }

  async transact(
    compares: readonly port.Compare[],
    operations: readonly port.Operation[],
    signal?: AbortSignal,
  ): Promise<port.TransactResult> {
    const checked = checkedOperations(operations);
    return this.#call(signal, (cluster) => cluster.transact(compares, checked));
  }

  grantLease(ttlMs: number, signal?: AbortSignal): Promise<port.GrantedLease> {
    return this.#call(signal, (cluster) => cluster.grantLease(ttlMs));
  }

  keepAliveLease(leaseId: string, options: port.KeepAliveOptions = {}): Promise<{ readonly ttlMs: number }> {
    const { confirm = false, signal } = options;
    const renew = (cluster: MemoryCluster, isStale: boolean) => {
      const ttlMs = isStale ? cluster.ttlOf(leaseId) : cluster.keepAliveLease(leaseId);
      if (ttlMs === undefined) throw new LeaseLost(leaseId);
      return { ttlMs };
    };
    return this.#call(signal, renew, { isServedByStaleLeader: !confirm });
  }

  revokeLease(leaseId: string, signal?: AbortSignal): Promise<void> {
    return this.#call(signal, (cluster) => cluster.revokeLease(leaseId));
  }

  watch(prefix: string, options: port.WatchOptions): port.Watch {
    const { cluster, link } = this.#options;
    const queue: (readonly port.Change[])[] = [];
    let isOpen = true;
    let end = () => {};
    const watch = {
      close: () => {
        isOpen = false;
        end();
        this.#watches.delete(watch);
      },
    };
    const cancelled = (reason: string) =>
      link.fromStore(() => {
        if (!isOpen) return;
        watch.close();
        options.onInterrupted(reason);
      });
    const onRevision = (changes: readonly port.Change[]) => {
      if (changes.length === 0) return;
      queue.push(changes);
      // A stream keeps its order: whichever message arrives first carries the oldest changes.
      link.fromStore(() => {
        const oldest = queue.shift();
        if (isOpen && oldest !== undefined) options.onChange(oldest);
      });
    };
    if (this.#closed) return watch;
    this.#watches.add(watch);
    link.toStore(() => {
      if (!isOpen) return;
      const isServing = (this.#options.member?.() ?? 'serving') === 'serving';
      if (!isServing || !cluster.hasLeader) return cancelled('no leader');
      end = cluster.watch(options.fromRevision, {
        onRevision: ({ changes }) => onRevision(changes.filter((change) => change.key.startsWith(prefix))),
        onCancelled: cancelled,
      });
    });
    return watch;
  }

  async status(signal?: AbortSignal): Promise<port.StoreStatus> {
    const reachable = await this.#call(signal, () => true).catch((error: unknown) => {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    });
    return {
      leaderEndpoint: reachable ? 'memory' : undefined,
      endpoints: [{ endpoint: 'memory', reachable, isLeader: reachable, version: reachable ? 'memory' : undefined }],
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const watch of [...this.#watches]) watch.close();
    for (const reject of [...this.#pending]) reject(new StoreClosed(`the ${this.name} store is closed`));
  }

  #call<T>(
    signal: AbortSignal | undefined,
    action: (cluster: MemoryCluster, isStale: boolean) => T,
    { isServedByStaleLeader = false } = {},
  ): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreClosed(`the ${this.name} store is closed`));
    if (signal?.aborted) return Promise.reject(new StoreUnavailable('the call was aborted'));
    const { cluster, link, timers, member = () => 'serving' as const } = this.#options;
    const { callTimeoutMs = DEFAULT_CALL_TIMEOUT_MS } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = (answer: Answer<T>) => {
        timeout.cancel();
        signal?.removeEventListener('abort', onAbort);
        this.#pending.delete(onClose);
        if ('error' in answer) reject(answer.error);
        else resolve(answer.value);
      };
      const onAbort = () => settle({ error: new StoreUnavailable('the call was aborted') });
      const onClose = (error: StoreClosed) => settle({ error });
      const timeout = timers.after(callTimeoutMs, () =>
        settle({ error: new StoreUnavailable(`no answer within ${callTimeoutMs}ms`) }),
      );
      signal?.addEventListener('abort', onAbort);
      this.#pending.add(onClose);
      link.toStore(() => {
        const state = member();
        const isStale = state === 'staleLeader';
        if (isStale ? !isServedByStaleLeader : state === 'cutOff' || !cluster.hasLeader) return;
        const answer = attempt(() => action(cluster, isStale));
        link.fromStore(() => settle(answer));
      });
    });
  }
}

function attempt<T>(action: () => T): Answer<T> {
  try {
    return { value: action() };
  } catch (error) {
    return { error };
  }
}
