/** The events about keys: what was decided, for what it waits, and why something was refused. No key is ever in one. */
import type { Refusal } from '../database/order.ts';
import type { NewEvent, RefusalCode } from '../event.ts';
import type { AccountedNode } from './key-accounting.ts';
import { setText } from './key-set.ts';
import type { KeyState, KeyStep, KeysOrder, KeyWork, KeyWorkKind } from './key-state.ts';
import type { AdoptedKeys } from './keys-adoption.ts';
import type { KeysSnapshot } from './keys-decision.ts';

export const WORK: Readonly<Record<KeyWorkKind, string>> = { rotate: 'rotation', revoke: 'revocation' };

/** What each step means, for people. */
export const STEPS: Readonly<Record<KeyStep, string>> = {
  stage: 'a fresh staged key',
  promote: 'the staged key becomes the primary',
  renew: 'a fresh staged key',
  drop: 'keys that are not needed any more go',
};

type Told = Pick<KeysSnapshot, 'accepted' | 'epoch'>;

const about = ({ accepted: { policy, revision }, epoch }: Told) => ({
  subject: policy.name,
  policyRevision: revision,
  epoch,
});

const causeOf = ({ by }: Pick<KeyWork, 'by'>): string => (by === null ? "the policy's schedule" : `ordered by ${by}`);

export function adopted(told: Told, { generation, keys }: AdoptedKeys, isAgain: boolean): NewEvent {
  const cause = isAgain ? 'the store had gone back, and the nodes know later keys' : 'all nodes hold the same keys';
  return { ...about(told), name: 'keys:set:adopted', message: `generation ${generation}: ${setText(keys)}`, cause };
}

export function notAdopted(told: Told, refusal: RefusalCode, detail: string): NewEvent {
  return {
    ...about(told),
    name: 'keys:rotation:refused',
    message: `the keys are not taken under management: ${detail}`,
    cause: 'what the nodes hold',
    refusal,
  };
}

export function begun(told: Told, { keys }: KeyState, work: KeyWork): NewEvent {
  const name = work.kind === 'rotate' ? 'keys:rotation:begun' : 'keys:revocation:begun';
  return { ...about(told), name, message: `a ${WORK[work.kind]} begins from ${setText(keys)}`, cause: causeOf(work) };
}

export function stepTaken(told: Told, work: KeyWork, generation: number): NewEvent {
  const message = `generation ${generation}: ${STEPS[work.step]}; every node confirms it before the next step`;
  return { ...about(told), name: 'keys:step:taken', message, cause: `${WORK[work.kind]}, ${causeOf(work)}` };
}

export function ended(told: Told, { keys, generation }: KeyState, work: KeyWork): NewEvent {
  const isToMigrate = told.accepted.policy.repository === 'credential';
  const then = isToMigrate ? '; run keystone-manage credential_migrate on one node of the home region' : '';
  const message = `the ${WORK[work.kind]} is done: generation ${generation}, ${setText(keys)}${then}`;
  return { ...about(told), name: 'keys:rotation:ended', message, cause: causeOf(work) };
}

/** Nodes that are only on their way are not worth an event. */
export function waitsFor(told: Told, work: KeyWork, missing: readonly AccountedNode[]): readonly NewEvent[] {
  const stuck = missing.filter(({ standing }) => standing !== 'behind');
  if (stuck.length === 0) return [];
  const detail = stuck.map((each) => each.detail).join('; ');
  return [standsStill(told, work, { code: 'PreconditionUnmet', detail })];
}

export function standsStill(told: Told, work: KeyWork, { code, detail }: Refusal): NewEvent {
  return {
    ...about(told),
    name: 'keys:rotation:waiting',
    message: `the ${WORK[work.kind]} stands still after its step ${work.step}, where tokens are valid everywhere: ${detail}`,
    cause: causeOf(work),
    refusal: code,
  };
}

export function stillNeeded(told: Told, work: KeyWork, waitMs: number): NewEvent {
  const detail = `tokens may need the oldest key for another ${Math.ceil(waitMs / 60_000)} min`;
  return standsStill(told, work, { code: 'Cooldown', detail });
}

export function notBegun(told: Told, { code, detail }: Refusal): NewEvent {
  return {
    ...about(told),
    name: 'keys:rotation:refused',
    message: `a rotation is due and does not begin: ${detail}`,
    cause: "the policy's schedule",
    refusal: code,
  };
}

export function orderRefused(told: Told, order: KeysOrder, { code, detail }: Refusal): NewEvent {
  return {
    ...about(told),
    name: 'keys:rotation:refused',
    message: `the order to ${order.kind} that ${order.by} gave is refused: ${detail}`,
    cause: `ordered by ${order.by}`,
    refusal: code,
    facts: { order: order.id },
  };
}

/** Nodes with other keys than the rest, also while nobody wants to rotate. */
export function diagnosed(told: Told, missing: readonly AccountedNode[]): readonly NewEvent[] {
  const bad = missing.filter(({ standing }) => standing === 'other' || standing === 'troubled');
  if (bad.length === 0) return [];
  return [
    {
      ...about(told),
      name: 'keys:set:diverged',
      message: bad.map(({ detail }) => detail).join('; '),
      cause: 'what the nodes hold',
      observers: bad.map(({ node }) => node),
    },
  ];
}
