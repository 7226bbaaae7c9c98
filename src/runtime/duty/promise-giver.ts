/**
 * Gives this member's word to a primary, and remembers for how long it is bound by it. A process that has just started
 * does not know what the one before it promised, and counts as bound for one TTL.
 */
import type { Clock } from '../../core/clock.ts';
import { earlyStopInMs, isPrimarySilent } from '../../core/database/early-stop.ts';
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import { boundForMs, type PromiseAnswer, type PromiseRequest, promiseRefusal } from '../../core/database/promise.ts';
import type { DatabaseState } from '../../core/database/state.ts';
import { appliedOf } from '../../core/database/vain-waiting.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import { type Instant, instant, isPast, later } from '../../core/time.ts';
import { readDatabase } from './database-view.ts';
import type { StoreView } from './store-view.ts';

export interface PromiseGiverDeps {
  readonly node: string;
  readonly database: string;
  readonly policy: () => Accepted<DatabaseFailover> | undefined;
  readonly view: StoreView;
  readonly clock: Clock;
  /** Asks for a round soon: a primary that was silent is heard. */
  readonly wake: () => void;
}

interface Given {
  readonly until: Instant;
  readonly sequence: number;
}

export class PromiseGiver {
  readonly #deps: PromiseGiverDeps;
  readonly #startedAt: Instant;
  /** By asker: what one process of a primary's agent gives back was not promised to the next one. */
  readonly #given = new Map<string, Given>();
  #heard: { readonly primary: string; readonly term: bigint | undefined; readonly at: Instant } | undefined;

  constructor(deps: PromiseGiverDeps) {
    this.#deps = deps;
    this.#startedAt = deps.clock.nowMs();
  }

  /** For how many ms this member may neither freeze nor take the key; 0 = it is free. */
  boundForMs(ttlMs: number): number {
    const now = this.#deps.clock.nowMs();
    const promisedUntil = [...this.#given.values()].map(({ until }) => until);
    return boundForMs({ startedAt: this.#startedAt, promisedUntil }, ttlMs, now);
  }

  /** How long ago the primary of this term last asked and was given this member's word; undefined = never in this life. */
  heardAgoMs(state: Pick<DatabaseState, 'primary' | 'term'> | undefined): number | undefined {
    const heard = this.#heard;
    const isSame = heard?.primary === state?.primary && heard?.term === state?.term;
    return heard === undefined || !isSame ? undefined : this.#deps.clock.nowMs() - heard.at;
  }

  /**
   * The word is given before it is told: from here on this member keeps it, whether the answer arrives or not.
   * @param last - what the last round saw of the own server; the store is looked at as it stands now, because what was decided on
   *   an older view must not be promised away
   */
  answer(request: PromiseRequest, last: MemberSnapshot | undefined): PromiseAnswer {
    if (request.forMs === 0) return this.#release(request);
    const seen = last?.server;
    if (last !== undefined && isPrimarySilent(last)) this.#deps.wake();
    const { node, database, policy, view } = this.#deps;
    const { state, malformed } = readDatabase(database, view.entries());
    const reason = promiseRefusal(
      {
        node,
        ttlMs: policy()?.policy.ttlMs ?? 0,
        state: malformed === undefined ? state : undefined,
        isServerClosed: seen !== undefined && (seen.invocation === undefined || seen.look?.readOnly === true),
      },
      request,
    );
    if (reason !== undefined) return { granted: false, reason };
    const applied = seen === undefined ? null : appliedOf(seen);
    const now = this.#deps.clock.nowMs();
    for (const [asker, { until }] of this.#given) if (isPast(until, now)) this.#given.delete(asker);
    this.#heard = { primary: request.primary, term: state?.term, at: now };
    const { asker, sequence, forMs } = request;
    const known = this.#given.get(asker);
    const until = later(now, forMs);
    this.#given.set(asker, {
      until: instant(Math.max(until, known?.until ?? until)),
      sequence: Math.max(sequence, known?.sequence ?? sequence),
    });
    return { granted: true, applied };
  }

  /** The asker has closed its server. One that was overtaken by a later request of its sender changes nothing. */
  #release({ asker, sequence }: PromiseRequest): PromiseAnswer {
    const given = this.#given.get(asker);
    if (given !== undefined && given.sequence < sequence) this.#given.delete(asker);
    return { granted: true, applied: null };
  }
}

/**
 * A ballot waits for a member that is bound by its word, and no longer than that; and a primary that does not ask any more
 * is noticed when it has been silent for long enough.
 * @returns in how many ms either is so; undefined if nobody waits
 */
export function whenDue(snapshot: MemberSnapshot): number | undefined {
  const { state, ownPromiseForMs } = snapshot;
  return state?.phase === 'ballot' && ownPromiseForMs > 0 ? ownPromiseForMs : earlyStopInMs(snapshot);
}
