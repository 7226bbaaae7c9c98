/**
 * What operators do in the middle of it: orders, holds, a policy that only observes, a node that is built anew, keys of their
 * own on a node, and the remedy for these. Nodes on which they work are out of service meanwhile.
 */
import { FernetKey } from '../../../src/actuator/fernet-key.ts';
import { setText } from '../../../src/core/keys/key-set.ts';
import type { KeysOrder } from '../../../src/core/keys/key-state.ts';
import { keysOrderRecord } from '../../../src/store/key-records.ts';
import { holdKey, keysOrderKey } from '../../../src/store/keys.ts';
import { holdRecord } from '../../../src/store/schema.ts';
import { POLICY } from './cloud.ts';
import type { Keystone } from './keystone.ts';
import type { KeysWorld } from './world.ts';

const AGAIN_MS = 200;
const SCOPE = `keys/${POLICY}`;

export class KeysOperator {
  readonly #world: KeysWorld;
  #count = 0;
  #standing: KeysOrder | undefined;
  holdSinceMs: number | undefined;
  observesSinceMs: number | undefined;

  constructor(world: KeysWorld) {
    this.#world = world;
  }

  get standing(): KeysOrder | undefined {
    return this.#standing;
  }

  /** As regentctl gives it: only where none stands. */
  order(kind: KeysOrder['kind']): void {
    const { global, scheduler } = this.#world;
    this.#count += 1;
    const order: KeysOrder = {
      kind,
      id: `order-${this.#count}`,
      by: 'ann',
      atMs: scheduler.nowMs(),
      isMigrated: false,
    };
    const key = keysOrderKey(POLICY);
    const put = { kind: 'put', key, value: keysOrderRecord.encode(order) } as const;
    if (!global.transact([{ key, target: 'mod', equals: 0n }], [put]).committed) return;
    this.#standing = order;
    this.#world.note(`ann orders to ${kind}: ${order.id}`);
  }

  /** @returns the order that has gone since the last look */
  look(): KeysOrder | undefined {
    const standing = this.#standing;
    if (standing === undefined || this.#world.global.state.get(keysOrderKey(POLICY)) !== undefined) return undefined;
    this.#standing = undefined;
    return standing;
  }

  hold(forMs: number): void {
    const { global, scheduler } = this.#world;
    this.holdSinceMs = scheduler.nowMs();
    const hold = { scope: SCOPE, owner: 'ann', reason: 'a look', expiresAtMs: Math.round(scheduler.nowMs() + forMs) };
    global.transact([], [{ kind: 'put', key: holdKey(SCOPE), value: holdRecord.encode(hold) }]);
  }

  release(): void {
    this.holdSinceMs = undefined;
    this.#world.global.transact([], [{ kind: 'delete', key: holdKey(SCOPE) }]);
  }

  observe(isObserving: boolean): void {
    const { policy, revision } = this.#world.policy;
    this.observesSinceMs = isObserving ? this.#world.scheduler.nowMs() : undefined;
    this.#world.policy = { policy: { ...policy, mode: isObserving ? 'observe' : 'enforce' }, revision: revision + 1n };
  }

  /** Not in the very moment in which the agent writes there. */
  work(keystone: Keystone, what: 'empty' | 'putForeign'): void {
    if (keystone.directory.isMarked && this.#world.isRunningOn(keystone.node)) {
      this.#world.scheduler.after(AGAIN_MS, () => this.work(keystone, what));
    } else this[what](keystone);
  }

  /** Also the remedy for a node with other keys: it goes into service when it has those in force. */
  empty(keystone: Keystone): void {
    this.#world.note(`ann empties the repository of ${keystone.node}`);
    keystone.foreign = undefined;
    keystone.isNew = true;
    keystone.touchedAtMs = this.#world.scheduler.nowMs();
    keystone.directory.empty();
  }

  /** Keys from somewhere else, as after a copy of the wrong directory. */
  putForeign(keystone: Keystone): void {
    const { directory } = keystone;
    directory.empty();
    for (const index of [0, 1, 2]) directory.put(index, FernetKey.generate());
    keystone.touchedAtMs = this.#world.scheduler.nowMs();
    keystone.foreign = setText(keystone.set);
    this.#world.note(`ann puts foreign keys on ${keystone.node}`);
  }
}
