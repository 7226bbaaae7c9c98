/**
 * What the arbiter does next about the keys of one policy: adopt them, take the next step of a rotation, obey or refuse an
 * order, or wait and say for whom. Pure; the duty makes, seals and writes. The rules, in the order in which they are asked:
 *
 * 1. what stands in the store is not older than what the nodes know (else it is adopted from them first);
 * 2. nothing begins or goes on under `observe` or a hold, or while one node of the policy has not confirmed the set in force;
 * 3. nothing is dropped that a token may still need;
 * 4. one work at a time, and an order is obeyed once.
 */
import type { NewEvent } from '../event.ts';
import type { Hold } from '../holds.ts';
import type { Accepted, FernetKeys } from '../policy.ts';
import { accountNodes, type RegionReports, unaccounted } from './key-accounting.ts';
import { neededUntilMs } from './key-lifetime.ts';
import type { KeySet } from './key-set.ts';
import type { KeyState, KeysOrder, KeyWork, KeyWorkKind, RefusedOrder, SealedKey } from './key-state.ts';
import { droppedBy, firstStep, type NextKey, retired, setAfter, stepAfter } from './key-steps.ts';
import { hasGoneBack, judgeAdoption } from './keys-adoption.ts';
import { type KeysRefusal, whyNotBegin } from './keys-obstacles.ts';
import * as words from './keys-words.ts';

export interface KeysSnapshot {
  readonly accepted: Accepted<FernetKeys>;
  readonly state: KeyState | undefined;
  readonly regions: RegionReports;
  readonly order: KeysOrder | undefined;
  readonly hold: Hold | undefined;
  /** Why the arbiter's own node cannot seal keys; undefined if it can. */
  readonly cannotSeal: string | undefined;
  readonly wallMs: number;
  readonly epoch: bigint;
}

export type KeysDecision =
  | { readonly kind: 'wait'; readonly refusals: readonly NewEvent[]; readonly changesInMs: number | undefined }
  | {
      readonly kind: 'adopt';
      readonly keys: readonly SealedKey[];
      readonly state: Rest;
      readonly events: readonly NewEvent[];
    }
  /** A new generation. */
  | {
      readonly kind: 'step';
      readonly keys: readonly NextKey[];
      readonly state: Rest;
      readonly events: readonly NewEvent[];
      readonly obeysOrder: boolean;
    }
  /** The work is done: the set stays as it is. */
  | { readonly kind: 'end'; readonly state: KeyState; readonly events: readonly NewEvent[] }
  | { readonly kind: 'refuse-order'; readonly refused: RefusedOrder; readonly events: readonly NewEvent[] };

/** Of the next state, all that needs no sealing. */
export type Rest = Pick<KeyState, 'generation' | 'accepts' | 'work' | 'rotatedAtMs'>;

export function decideKeys(snapshot: KeysSnapshot): KeysDecision {
  const { accepted, state, regions, order } = snapshot;
  const accounts = accountNodes(accepted.policy, regions, state);
  const isBehind = state === undefined || hasGoneBack(state, regions);
  if (isBehind)
    return order === undefined ? adoption(snapshot) : refuseOrder(snapshot, order, notAdopted(accepted.policy.name));
  if (state.work !== null) {
    const asked = order === undefined ? undefined : busy(state.work);
    if (order !== undefined && asked !== undefined) return refuseOrder(snapshot, order, asked);
    return goOn(snapshot, state, state.work);
  }
  if (order !== undefined) {
    const kind: KeyWorkKind = order.kind === 'rotate' ? 'rotate' : 'revoke';
    const refusal = whyNotBegin(kind, { ...snapshot, state, accounts, order });
    return refusal === undefined ? begin(snapshot, state, kind, order) : refuseOrder(snapshot, order, refusal);
  }
  return bySchedule(snapshot, state);
}

const notAdopted = (name: string): KeysRefusal => ({
  code: 'PreconditionUnmet',
  detail: `the keys of ${name} are not under management; see regentctl keys status`,
});

const busy = ({ kind, step }: KeyWork): KeysRefusal => ({
  code: 'PreconditionUnmet',
  detail: `a ${words.WORK[kind]} is under way, at its step ${step}`,
});

function adoption(snapshot: KeysSnapshot): KeysDecision {
  const { accepted, state, regions, hold, cannotSeal, wallMs } = snapshot;
  const accounts = accountNodes(accepted.policy, regions, state);
  const verdict = judgeAdoption(accepted, state, accounts, regions);
  if (verdict.kind === 'refuse') {
    return waiting(verdict.isWaiting ? [] : [words.notAdopted(snapshot, 'PreconditionUnmet', verdict.detail)]);
  }
  if (accepted.policy.mode === 'observe')
    return waiting([words.notAdopted(snapshot, 'ObserveMode', 'the policy only observes')]);
  if (hold !== undefined)
    return waiting([words.notAdopted(snapshot, 'OnHold', `held by ${hold.owner}: ${hold.reason}`)]);
  if (cannotSeal !== undefined) return waiting([words.notAdopted(snapshot, 'PreconditionUnmet', cannotSeal)]);
  const { generation, keys, accepts } = verdict.adopted;
  return {
    kind: 'adopt',
    keys,
    // For how long they have been there is not known, so they count as if they had been in use until this moment.
    state: { generation, accepts, work: null, rotatedAtMs: wallMs },
    events: [words.adopted(snapshot, verdict.adopted, verdict.isAgain)],
  };
}

/** A rotation goes on when all have confirmed its step. */
function goOn(snapshot: KeysSnapshot, state: KeyState, work: KeyWork): KeysDecision {
  const { accepted, regions, wallMs } = snapshot;
  const refusal = pausedBy(snapshot);
  if (refusal !== undefined) return waiting([words.standsStill(snapshot, work, refusal)]);
  const missing = unaccounted(accountNodes(accepted.policy, regions, state));
  if (missing.length > 0) return waiting(words.waitsFor(snapshot, work, missing));
  const isPromoted = work.step === 'promote';
  const keys = isPromoted ? retired(state.keys, wallMs) : state.keys;
  const rotatedAtMs = isPromoted ? wallMs : state.rotatedAtMs;
  const next = stepAfter(work.kind, work.step, keys, accepted.policy);
  if (next === undefined) {
    return {
      kind: 'end',
      state: { ...state, keys, rotatedAtMs, work: null },
      events: [words.ended(snapshot, state, work)],
    };
  }
  if (next === 'drop' && work.kind === 'rotate') {
    const waitMs = stillNeededMs(snapshot, droppedBy(work.kind, keys, accepted.policy));
    if (waitMs > 0) return { ...waiting([words.stillNeeded(snapshot, work, waitMs)]), changesInMs: waitMs };
  }
  return step(snapshot, { ...state, keys, rotatedAtMs }, { ...work, step: next }, false, []);
}

function stillNeededMs({ accepted, wallMs }: KeysSnapshot, keys: KeyState['keys']): number {
  return Math.max(0, ...keys.map((key) => neededUntilMs(key, accepted.policy) - wallMs));
}

function pausedBy({ accepted, hold, cannotSeal }: KeysSnapshot): KeysRefusal | undefined {
  if (accepted.policy.mode === 'observe') return { code: 'ObserveMode', detail: 'the policy only observes' };
  if (hold !== undefined) return { code: 'OnHold', detail: `held by ${hold.owner}: ${hold.reason}` };
  return cannotSeal === undefined ? undefined : { code: 'PreconditionUnmet', detail: cannotSeal };
}

function bySchedule(snapshot: KeysSnapshot, state: KeyState): KeysDecision {
  const { accepted, regions, wallMs } = snapshot;
  const { rotateEveryMs } = accepted.policy;
  const accounts = accountNodes(accepted.policy, regions, state);
  const diverged = words.diagnosed(snapshot, unaccounted(accounts));
  if (rotateEveryMs === null) return waiting(diverged);
  const dueInMs = state.rotatedAtMs + rotateEveryMs - wallMs;
  if (dueInMs > 0) return { ...waiting(diverged), changesInMs: dueInMs };
  const refusal = whyNotBegin('rotate', { ...snapshot, state, accounts, order: undefined });
  if (refusal === undefined) return begin(snapshot, state, 'rotate', undefined);
  const changesInMs = refusal.untilMs === undefined ? undefined : refusal.untilMs - wallMs;
  return { ...waiting([words.notBegun(snapshot, refusal), ...diverged]), changesInMs };
}

function begin(snapshot: KeysSnapshot, state: KeyState, kind: KeyWorkKind, order: KeysOrder | undefined): KeysDecision {
  const work: KeyWork = {
    kind,
    step: firstStep(kind, state),
    by: order?.by ?? null,
    id: order?.id ?? null,
    beganAtMs: snapshot.wallMs,
  };
  return step(snapshot, state, work, order !== undefined, [words.begun(snapshot, state, work)]);
}

function step(
  snapshot: KeysSnapshot,
  state: KeyState,
  work: KeyWork,
  obeysOrder: boolean,
  events: readonly NewEvent[],
): KeysDecision {
  const before: KeySet = state.keys.map(({ index, fingerprint }) => ({ index, fingerprint }));
  const generation = state.generation + 1;
  return {
    kind: 'step',
    keys: setAfter(work.step, work.kind, state.keys, snapshot.accepted.policy),
    state: { generation, accepts: [before], work, rotatedAtMs: state.rotatedAtMs },
    events: [...events, words.stepTaken(snapshot, work, generation)],
    obeysOrder,
  };
}

function refuseOrder(snapshot: KeysSnapshot, order: KeysOrder, { code, detail }: KeysRefusal): KeysDecision {
  return {
    kind: 'refuse-order',
    refused: { id: order.id, code, detail },
    events: [words.orderRefused(snapshot, order, { code, detail })],
  };
}

function waiting(refusals: readonly NewEvent[]): Extract<KeysDecision, { kind: 'wait' }> {
  return { kind: 'wait', refusals, changesInMs: undefined };
}
