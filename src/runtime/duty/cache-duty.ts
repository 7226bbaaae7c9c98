/**
 * The work of an api node for Keystone's memory: to empty it when what the leader decided says that it holds what is no
 * longer so (keystone-cache.ts). What was dealt with stands beside the node's other applied values, so that an agent
 * that was away or restarted meanwhile still does it once.
 */
import type { CacheActuator } from '../../actuator/actuator.ts';
import type { NewEvent } from '../../core/event.ts';
import { type CacheSituation, decideCaches } from '../../core/keystone-cache.ts';
import type { Accepted, IdentityRoute } from '../../core/policy.ts';
import { appliedKey } from '../../store/keys.ts';
import { type AppliedRecord, appliedRecord } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { RefusalLog } from './refusal-log.ts';
import { type RegionView, readRegion } from './region-view.ts';
import type { StoreView } from './store-view.ts';

export interface CacheDutyDeps {
  readonly node: string;
  readonly store: Store;
  readonly view: StoreView;
  /** The region's identity routes in force. */
  readonly routes: () => readonly Accepted<IdentityRoute>[];
  readonly caches: CacheActuator;
  readonly record: (event: NewEvent) => void;
}

export class CacheDuty {
  readonly #deps: CacheDutyDeps;
  readonly #handled = new Map<string, CacheSituation>();
  readonly #refusals: RefusalLog;

  constructor(deps: CacheDutyDeps) {
    this.#deps = deps;
    this.#refusals = new RefusalLog(deps.record);
  }

  async tick(signal: AbortSignal): Promise<undefined> {
    const region = readRegion(this.#deps.view.entries());
    const refused: NewEvent[] = [];
    for (const accepted of this.#deps.routes()) {
      const { policy } = accepted;
      const now = situationOf(policy, region);
      if (!policy.emptyCaches || policy.mode === 'observe' || now === undefined) continue;
      const problem = await this.#settle(accepted, now, signal);
      if (problem !== undefined) refused.push(problem);
    }
    this.#refusals.tell(refused);
    return undefined;
  }

  async #settle({ policy, revision }: Accepted<IdentityRoute>, now: Told, signal: AbortSignal) {
    const handled = this.#handled.get(policy.name) ?? (await this.#stored(policy.name, signal));
    if (handled !== undefined) this.#handled.set(policy.name, handled);
    const { empty: cause, next } = decideCaches(handled, now);
    if (handled !== undefined && isSame(handled, next)) return undefined;
    const outcome = cause === undefined ? undefined : await this.#deps.caches.empty(signal);
    const told = { subject: policy.name, cause: cause ?? '', policyRevision: revision, epoch: now.epoch };
    if (outcome?.ok === false) {
      const refusal = outcome.refusal === 'Failed' ? ('PreconditionUnmet' as const) : outcome.refusal;
      return { ...told, name: 'identity:cache:refused' as const, message: outcome.detail, refusal };
    }
    if (outcome !== undefined) this.#deps.record({ ...told, name: 'identity:cache:emptied', message: outcome.detail });
    await this.#note(policy.name, next, now.epoch, signal);
    return undefined;
  }

  async #stored(name: string, signal: AbortSignal): Promise<CacheSituation | undefined> {
    const key = appliedKey(this.#deps.node, 'cache', name);
    const { entry } = await this.#deps.store.get(key, signal);
    const read = entry === undefined ? undefined : appliedRecord.read(key, entry.value);
    return read?.ok === true ? situationIn(read.value) : undefined;
  }

  async #note(name: string, next: CacheSituation, epoch: bigint, signal: AbortSignal): Promise<void> {
    const key = appliedKey(this.#deps.node, 'cache', name);
    const { isAway, isBehind, lossyTerm } = next;
    const detail = { isAway, isBehind, lossyTerm: lossyTerm.toString() };
    const value = appliedRecord.encode({ epoch, ok: true, detail });
    await this.#deps.store.transact([], [{ kind: 'put', key, value }], signal);
    this.#handled.set(name, next);
  }
}

interface Told extends CacheSituation {
  readonly epoch: bigint;
}

/** @returns undefined before the leader has decided both */
function situationOf({ name, database, region }: IdentityRoute, { desired }: RegionView): Told | undefined {
  const route = desired.find(({ value }) => value.kind === 'identity' && value.name === name);
  const home = desired.find(({ value }) => value.kind === 'database' && value.name === database)?.value;
  if (route?.value.kind !== 'identity' || home?.kind !== 'database') return undefined;
  // At home the own Keystones read the primary.
  const isBehind = home.isBehind && home.region !== region;
  return { isAway: route.value.readOnly, isBehind, lossyTerm: home.lossyTerm, epoch: route.epoch };
}

/** What this version did not write says nothing, as if nothing had been dealt with. */
function situationIn({ detail: { isAway, isBehind, lossyTerm } }: AppliedRecord): CacheSituation | undefined {
  if (
    typeof isAway !== 'boolean' ||
    typeof isBehind !== 'boolean' ||
    typeof lossyTerm !== 'string' ||
    !/^\d{1,19}$/.test(lossyTerm)
  )
    return undefined;
  return { isAway, isBehind, lossyTerm: BigInt(lossyTerm) };
}

const isSame = (one: CacheSituation, other: CacheSituation): boolean =>
  one.isAway === other.isAway && one.isBehind === other.isBehind && one.lossyTerm === other.lossyTerm;
