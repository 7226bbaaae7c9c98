/** What operators do in the middle of it: orders, holds, and a policy that only observes for a while. */
import type { DesiredIdentity } from '../../../src/core/desired.ts';
import type { IdentityOrder } from '../../../src/core/identity-order.ts';
import type { Accepted, IdentityRoute } from '../../../src/core/policy.ts';
import { identityOrderRecord } from '../../../src/store/identity-records.ts';
import { holdKey, identityOrderKey } from '../../../src/store/keys.ts';
import type { MemoryCluster } from '../../../src/store/memory-cluster.ts';
import { holdRecord } from '../../../src/store/schema.ts';
import type { Scheduler } from '../scheduler.ts';
import { ROUTE } from './region.ts';

/** What an operator needs of a world. */
export interface OperatedWorld {
  readonly cluster: MemoryCluster;
  readonly scheduler: Scheduler;
  readonly desired: DesiredIdentity | undefined;
  policy: Accepted<IdentityRoute>;
  note(text: string): void;
}

const SCOPE = `identity/${ROUTE}`;

export interface StandingOrder {
  readonly order: IdentityOrder;
}

export class Operator {
  readonly #world: OperatedWorld;
  #count = 0;
  #standing: StandingOrder | undefined;
  /** Since when a hold stands. */
  holdSinceMs: number | undefined;
  /** Since when the policy only observes. */
  observesSinceMs: number | undefined;

  constructor(world: OperatedWorld) {
    this.#world = world;
  }

  get standing(): StandingOrder | undefined {
    return this.#standing;
  }

  /** As regentctl gives it: only where none stands. */
  order(kind: IdentityOrder['kind']): void {
    const { cluster, scheduler } = this.#world;
    this.#count += 1;
    const order: IdentityOrder = { kind, id: `order-${this.#count}`, by: 'ann', atMs: scheduler.nowMs() };
    const key = identityOrderKey(ROUTE);
    const put = { kind: 'put', key, value: identityOrderRecord.encode(order) } as const;
    const { committed } = cluster.transact([{ key, target: 'mod', equals: 0n }], [put]);
    if (!committed) return;
    this.#standing = { order };
    this.#world.note(`ann orders to ${kind}: ${order.id}`);
  }

  /** @returns the order that has gone since the last look */
  look(): StandingOrder | undefined {
    const standing = this.#standing;
    if (standing === undefined) return undefined;
    const entry = this.#world.cluster.state.get(identityOrderKey(ROUTE));
    if (entry !== undefined) return undefined;
    this.#standing = undefined;
    return standing;
  }

  hold(forMs: number): void {
    const { cluster, scheduler } = this.#world;
    this.holdSinceMs = scheduler.nowMs();
    const hold = { scope: SCOPE, owner: 'ann', reason: 'a look', expiresAtMs: Math.round(scheduler.nowMs() + forMs) };
    cluster.transact([], [{ kind: 'put', key: holdKey(SCOPE), value: holdRecord.encode(hold) }]);
  }

  release(): void {
    this.holdSinceMs = undefined;
    this.#world.cluster.transact([], [{ kind: 'delete', key: holdKey(SCOPE) }]);
  }

  observe(isObserving: boolean): void {
    const { policy, revision } = this.#world.policy;
    this.observesSinceMs = isObserving ? this.#world.scheduler.nowMs() : undefined;
    this.#world.policy = { policy: { ...policy, mode: isObserving ? 'observe' : 'enforce' }, revision: revision + 1n };
  }

  /** In the end everybody comes home: who was sent away, and who returns at a word only. */
  callBack(): void {
    const { desired, policy } = this.#world;
    const isStuck = desired?.isOrdered === true || desired?.rollout?.isBack === true;
    const isWaiting = isStuck || policy.policy.returning === 'manual';
    if (desired?.readOnly === true && isWaiting && this.#standing === undefined) this.order('return');
  }
}
