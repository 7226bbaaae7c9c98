/**
 * The work of the arbiter for the keys of one policy: see the set in force and the regions' reports, let the core decide, make
 * and seal what is new, and write one new state, guarded by the own election, by the state's revision, and by the revision of
 * every region's report: a region whose leader has lost its lease in between is not accounted for.
 */
import { FernetKey } from '../../actuator/fernet-key.ts';
import { type KeySeal, SealBroken } from '../../actuator/key-seal.ts';
import type { NewEvent } from '../../core/event.ts';
import { type Hold, holdOver } from '../../core/holds.ts';
import type { KeyState, StoredKey } from '../../core/keys/key-state.ts';
import { decideKeys, type KeysDecision } from '../../core/keys/keys-decision.ts';
import type { Accepted, FernetKeys } from '../../core/policy.ts';
import { refusedOrderRecord } from '../../store/database-records.ts';
import { keyStateRecord } from '../../store/key-records.ts';
import { keysOrderKey, keysRefusedOrderKey, keysRegionKey, keysStateKey } from '../../store/keys.ts';
import type { Compare, Operation, Store } from '../../store/store.ts';
import type { Leadership } from './arbiter-duty.ts';
import { type KeysView, NO_KEYS, readKeys } from './keys-view.ts';
import { RefusalLog } from './refusal-log.ts';
import type { StoreView } from './store-view.ts';

export interface KeysArbiterDutyDeps {
  readonly name: string;
  /** Undefined if none of this name is in force, or none that this version can read. */
  readonly policy: () => Accepted<FernetKeys> | undefined;
  /** Nothing of this name is in force, readable or not. */
  readonly isGone: () => boolean;
  readonly holds: () => readonly Hold[];
  readonly view: Pick<StoreView, 'entries' | 'awayForMs'>;
  readonly store: Store;
  readonly leadership: Leadership;
  /** Undefined where agent.yaml names no sealing key. */
  readonly seal: KeySeal | undefined;
  readonly record: (event: NewEvent) => void;
  readonly wallMs: () => number;
}

type Change = Extract<KeysDecision, { kind: 'adopt' | 'step' | 'end' }>;

export class KeysArbiterDuty {
  readonly #deps: KeysArbiterDutyDeps;
  #epoch: bigint | undefined;
  #refusals: RefusalLog;

  constructor(deps: KeysArbiterDutyDeps) {
    this.#deps = deps;
    this.#refusals = new RefusalLog(deps.record);
  }

  /** @returns in how many ms it wants to be called again at the latest; undefined if only a change matters */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    const { leadership, view, name, record, wallMs, seal } = this.#deps;
    const epoch = leadership.epoch();
    if (this.#epoch !== epoch) this.#refusals = new RefusalLog(record);
    this.#epoch = epoch;
    if (epoch === undefined || view.awayForMs() > 0) return undefined;
    const keys = readKeys(view.entries()).get(name) ?? NO_KEYS;
    const accepted = this.#deps.policy();
    if (accepted === undefined) return this.#release(keys, epoch, signal);
    if (keys.problems.length > 0) {
      this.#refusals.tell(keys.problems.map((problem) => unusable(accepted, epoch, problem.message)));
      return undefined;
    }
    const decision = decideKeys({
      accepted,
      state: keys.state?.value,
      regions: new Map([...keys.regions].map(([region, { value }]) => [region, value])),
      order: keys.order?.value,
      hold: holdOver(`keys/${name}`, this.#deps.holds(), wallMs()),
      cannotSeal: whyNotSeal(seal, keys.state?.value),
      wallMs: wallMs(),
      epoch,
    });
    if (decision.kind === 'wait') {
      this.#refusals.tell(decision.refusals);
      return decision.changesInMs;
    }
    try {
      const isWritten = await this.#write(decision, accepted, keys, epoch, signal);
      if (isWritten) for (const event of decision.events) record(event);
      return 0;
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      this.#refusals.tell([unusable(accepted, epoch, error.message)]);
      return undefined;
    }
  }

  async #write(
    decision: Exclude<KeysDecision, { kind: 'wait' }>,
    { policy }: Accepted<FernetKeys>,
    keys: KeysView,
    epoch: bigint,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { name, store, leadership } = this.#deps;
    const compares: Compare[] = [leadership.guard(epoch)];
    const operations: Operation[] = [];
    if (decision.kind === 'refuse-order' || (decision.kind === 'step' && decision.obeysOrder)) {
      compares.push({ key: keysOrderKey(name), target: 'mod', equals: keys.order?.modRevision ?? 0n });
      operations.push({ kind: 'delete', key: keysOrderKey(name) });
    }
    if (decision.kind === 'refuse-order') {
      const value = refusedOrderRecord.encode(decision.refused);
      operations.push({ kind: 'put', key: keysRefusedOrderKey(name), value });
    } else {
      compares.push({ key: keysStateKey(name), target: 'mod', equals: keys.state?.modRevision ?? 0n });
      compares.push(...accountedFor(policy, keys));
      operations.push({
        kind: 'put',
        key: keysStateKey(name),
        value: keyStateRecord.encode(this.#next(decision, keys)),
      });
    }
    return (await store.transact(compares, operations, signal)).committed;
  }

  /** @throws SealBroken */
  #next(decision: Change, { state }: KeysView): KeyState {
    if (decision.kind === 'end') return decision.state;
    const { name, seal } = this.#deps;
    if (seal === undefined) throw new SealBroken('there is no sealing key on this node');
    const { generation } = decision.state;
    const before = state?.value.generation ?? 0;
    const place = (index: number) => ({ name, index, generation });
    const made = (index: number, key: FernetKey, retiredAtMs: number | null): StoredKey => ({
      index,
      fingerprint: key.fingerprint,
      sealed: seal.seal(key, place(index)),
      retiredAtMs,
    });
    const highest = Math.max(...decision.keys.map(({ index }) => index));
    const keys =
      decision.kind === 'adopt'
        ? decision.keys.map(({ index, sealed }) => {
            const isInUse = index === 0 || index === highest;
            const key = seal.open(sealed, { name, index, generation: 0 });
            return made(index, key, isInUse ? null : decision.state.rotatedAtMs);
          })
        : decision.keys.map(({ index, from, retiredAtMs }) => {
            const isFresh = from === 'fresh';
            const key = isFresh
              ? FernetKey.generate()
              : seal.open(from.sealed, { name, index: from.index, generation: before });
            return made(index, key, retiredAtMs);
          });
    return { ...decision.state, keys, sealedWith: seal.id };
  }

  /** The stores forget the keys of a policy that is gone; the nodes keep them. */
  async #release({ state, order }: KeysView, epoch: bigint, signal: AbortSignal): Promise<undefined> {
    const { name, isGone, store, leadership, record } = this.#deps;
    if (!isGone() || (state === undefined && order === undefined)) return undefined;
    const same = (key: string, modRevision = 0n): Compare => ({ key, target: 'mod', equals: modRevision });
    const { committed } = await store.transact(
      [
        leadership.guard(epoch),
        same(keysStateKey(name), state?.modRevision),
        same(keysOrderKey(name), order?.modRevision),
      ],
      [keysStateKey(name), keysOrderKey(name), keysRefusedOrderKey(name)].map((key) => ({ kind: 'delete', key })),
      signal,
    );
    const message = 'the stores forget these keys; they stay on the nodes as they are';
    if (committed)
      record({ name: 'keys:set:released', subject: name, message, cause: 'the policy was deleted', epoch });
    return undefined;
  }
}

function accountedFor({ nodes, name }: FernetKeys, { regions }: KeysView): readonly Compare[] {
  return Object.keys(nodes).map((region) => ({
    key: keysRegionKey(name, region),
    target: 'mod',
    equals: regions.get(region)?.modRevision ?? 0n,
  }));
}

function whyNotSeal(seal: KeySeal | undefined, state: KeyState | undefined): string | undefined {
  if (seal === undefined) return "the arbiter's node has no sealing key: name keys.sealingKeyFile in its agent.yaml";
  if (state === undefined || state.sealedWith === seal.id) return undefined;
  return `the keys were sealed with ${state.sealedWith}, and the arbiter's node has the sealing key ${seal.id}: copy the right file there`;
}

function unusable({ policy, revision }: Accepted<FernetKeys>, epoch: bigint, message: string): NewEvent {
  return {
    name: 'keys:rotation:refused',
    subject: policy.name,
    message,
    cause: 'what stands in the store cannot be used',
    refusal: 'PreconditionUnmet',
    policyRevision: revision,
    epoch,
  };
}
