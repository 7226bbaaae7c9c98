/**
 * A store made of several members. Calls that may safely run twice start at the best member and, when it stays
 * silent for a head start, at the next one as well; the first answer counts. A transaction must not run twice, since
 * its second run would report "not committed" for what the first one did: it goes once, to a member that has just
 * proved that it answers. Every call ends within `callTimeoutMs`, whatever the members do.
 */
import type { Clock, Timers } from '../core/clock.ts';
import { elapsedMs } from '../core/time.ts';
import { isStoreError, LeaseLost, StoreClosed, StoreUnavailable } from './errors.ts';
import { PROOF_KEY } from './keys.ts';
import type { Member } from './member.ts';
import { MemberScores } from './member-scores.ts';
import type * as port from './store.ts';
import { checkedOperations, checkedPrefix } from './store-arguments.ts';

export interface FailoverStoreOptions {
  readonly name: string;
  /** In the order in which they are preferred. */
  readonly members: readonly Member[];
  readonly clock: Clock;
  readonly timers: Timers;
  /** Bound of every call. */
  readonly callTimeoutMs: number;
  /** How long the best member is waited for before the next one is asked as well. */
  readonly headStartMs: number;
}

/** A member that answered within this time is trusted with a transaction without being asked first. */
const PROOF_LASTS_MS = 1_000;

type Ask<T> = (member: Member, timeoutMs: number) => Promise<T>;

export class FailoverStore implements port.Store {
  readonly name: string;
  readonly #options: FailoverStoreOptions;
  readonly #scores: MemberScores;
  readonly #watches = new Set<port.Watch>();
  readonly #closing = new AbortController();

  /** @throws RangeError if there is no member. */
  constructor(options: FailoverStoreOptions) {
    if (options.members.length === 0) throw new RangeError(`the ${options.name} store needs at least one endpoint`);
    this.name = options.name;
    this.#options = options;
    this.#scores = new MemberScores(options.members.length);
  }

  get(key: string, signal?: AbortSignal): Promise<port.GetResult> {
    return this.#hedged((member, timeoutMs) => member.get(key, timeoutMs), signal);
  }

  async list(prefix: string, signal?: AbortSignal): Promise<port.ListResult> {
    const start = checkedPrefix(prefix);
    return this.#hedged((member, timeoutMs) => member.list(start, timeoutMs), signal);
  }

  async transact(
    compares: readonly port.Compare[],
    operations: readonly port.Operation[],
    signal?: AbortSignal,
  ): Promise<port.TransactResult> {
    const checked = checkedOperations(operations);
    const { clock } = this.#options;
    if (this.#scores.proven(clock.nowMs(), PROOF_LASTS_MS) === undefined) await this.get(PROOF_KEY, signal);
    const proven = this.#scores.proven(clock.nowMs(), PROOF_LASTS_MS) ?? 0;
    return this.#bounded(signal, () =>
      this.#ask(proven, (member, timeoutMs) => member.transact(compares, checked, timeoutMs)),
    );
  }

  /** May leave a second, unused lease behind, which ends by itself. */
  grantLease(ttlMs: number, signal?: AbortSignal): Promise<port.GrantedLease> {
    return this.#hedged((member, timeoutMs) => member.grantLease(ttlMs, timeoutMs), signal);
  }

  keepAliveLease(leaseId: string, options: port.KeepAliveOptions = {}): Promise<{ readonly ttlMs: number }> {
    const { confirm = false, signal } = options;
    return this.#hedged((member, timeoutMs) => member.keepAliveLease(leaseId, confirm, timeoutMs), signal);
  }

  revokeLease(leaseId: string, signal?: AbortSignal): Promise<void> {
    return this.#hedged((member, timeoutMs) => member.revokeLease(leaseId, timeoutMs), signal);
  }

  watch(prefix: string, options: port.WatchOptions): port.Watch {
    if (this.#closing.signal.aborted) return { close: () => {} };
    const { clock, members } = this.#options;
    const index = this.#scores.order(clock.nowMs())[0] ?? 0;
    const inner = (members[index] as Member).watch(prefix, {
      ...options,
      onInterrupted: (reason) => {
        this.#watches.delete(watch);
        this.#scores.failed(index, clock.nowMs());
        options.onInterrupted(reason);
      },
    });
    const watch = {
      close: () => {
        this.#watches.delete(watch);
        inner.close();
      },
    };
    this.#watches.add(watch);
    return watch;
  }

  async status(signal?: AbortSignal): Promise<port.StoreStatus> {
    const { members, callTimeoutMs } = this.#options;
    const found = await this.#bounded(signal, () =>
      Promise.all(
        members.map((member) =>
          member.status(callTimeoutMs).then(
            (answer) => ({ endpoint: member.endpoint, reachable: true, ...answer }),
            () => ({ endpoint: member.endpoint, reachable: false, isLeader: false, version: undefined }),
          ),
        ),
      ),
    );
    return {
      leaderEndpoint: found.find((member) => member.isLeader)?.endpoint,
      endpoints: found.map(({ endpoint, reachable, isLeader, version }) => ({
        endpoint,
        reachable,
        isLeader,
        version,
      })),
    };
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    for (const watch of [...this.#watches]) watch.close();
    for (const member of this.#options.members) member.close();
  }

  /** Asks members one after the other, each with a head start over the next. */
  #hedged<T>(ask: Ask<T>, signal: AbortSignal | undefined): Promise<T> {
    const { clock, timers, headStartMs } = this.#options;
    const order = this.#scores.order(clock.nowMs());
    return this.#bounded(signal, (done) => {
      const answer = Promise.withResolvers<T>();
      const failures: unknown[] = [];
      const overtaken = new Set<number>();
      let started = 0;
      let next = timers.after(headStartMs, () => {});
      const start = () => {
        const index = order[started];
        if (index === undefined || done.aborted) return;
        started += 1;
        next.cancel();
        next = timers.after(headStartMs, () => {
          overtaken.add(index);
          start();
        });
        this.#ask(index, ask, headStartMs).then(
          (value) => {
            overtaken.delete(index);
            if (!done.aborted) for (const slow of overtaken) this.#scores.failed(slow, clock.nowMs());
            answer.resolve(value);
          },
          (error: unknown) => {
            overtaken.delete(index);
            failures.push(error);
            if (error instanceof LeaseLost) answer.reject(error);
            else if (failures.length === order.length) answer.reject(error);
            else start();
          },
        );
      };
      done.addEventListener('abort', () => next.cancel());
      start();
      return answer.promise;
    });
  }

  /** One call to one member; keeps its score. An answer after `goodWithinMs` takes no penalty away. */
  async #ask<T>(index: number, ask: Ask<T>, goodWithinMs = Number.POSITIVE_INFINITY): Promise<T> {
    const { members, clock, callTimeoutMs } = this.#options;
    const askedAt = clock.nowMs();
    try {
      const value = await ask(members[index] as Member, callTimeoutMs);
      const now = clock.nowMs();
      if (elapsedMs(askedAt, now) <= goodWithinMs) this.#scores.answered(index, now);
      else this.#scores.answeredLate(index, now);
      return value;
    } catch (error) {
      if (error instanceof LeaseLost) this.#scores.answered(index, clock.nowMs());
      else this.#scores.failed(index, clock.nowMs());
      throw error;
    }
  }

  /** Settles within the call's bound, and at once when the caller aborts or the store closes. */
  #bounded<T>(signal: AbortSignal | undefined, work: (done: AbortSignal) => Promise<T>): Promise<T> {
    const { timers, callTimeoutMs } = this.#options;
    const closing = this.#closing.signal;
    if (closing.aborted) return Promise.reject(new StoreClosed(`the ${this.name} store is closed`));
    if (signal?.aborted) return Promise.reject(new StoreUnavailable('the call was aborted'));
    const done = new AbortController();
    return new Promise<T>((resolve, reject) => {
      const timeout = timers.after(callTimeoutMs, () =>
        reject(new StoreUnavailable(`the ${this.name} store gave no answer within ${callTimeoutMs}ms`)),
      );
      const until = { signal: done.signal };
      signal?.addEventListener('abort', () => reject(new StoreUnavailable('the call was aborted')), until);
      closing.addEventListener('abort', () => reject(new StoreClosed(`the ${this.name} store is closed`)), until);
      done.signal.addEventListener('abort', () => timeout.cancel());
      work(done.signal).then(resolve, (error: unknown) => {
        reject(isStoreError(error) ? error : new StoreUnavailable('the store failed in an unknown way', error));
      });
    }).finally(() => done.abort());
  }
}
