/**
 * What must hold, by what is on the disks and in the global store, and not by what anybody says. `token`, `diverged` and
 * `meddled` are asked after every step of the simulation, the others whenever another set comes into force.
 */
import { decrypts, primaryOf, sameSet, setText } from '../../../src/core/keys/key-set.ts';
import type { KeyState, KeysOrder } from '../../../src/core/keys/key-state.ts';
import type { KeysWorld } from './world.ts';

export interface StateChange {
  readonly before: KeyState | undefined;
  readonly after: KeyState;
  /** The order that went in the same step. */
  readonly order: KeysOrder | undefined;
}

/** What was seen of a node stands for its lease, and then its leader's for its own; a write may be on its way. */
const STALE_MS = 22_000;
/** What is put into the store is seen by an arbiter that can write there within this time. */
const SEEN_MS = 4_000;
/** A transaction that is on its way may still arrive. */
const ON_ITS_WAY_MS = 2_500;

/** After each step: no client is sent away with a token that is good. */
export function checkTokens(world: KeysWorld): void {
  const now = world.scheduler.nowMs();
  const serving = world.keystones.filter((each) => each.isServing);
  for (const token of world.tokens) {
    if (token.expiresAtMs <= now) continue;
    const blind = serving.find((each) => !each.validates(token));
    if (blind === undefined) continue;
    world.violated(`token: ${blind.node} does not know a token that ${token.issuedBy} issued`);
    return;
  }
}

/** After each step: nobody holds a primary that another one does not have. */
export function checkDivergence(world: KeysWorld): void {
  const serving = world.keystones.filter((each) => each.isServing);
  for (const { node, set } of serving) {
    const primary = primaryOf(set);
    const other = primary === undefined ? undefined : serving.find((each) => !decrypts(each.set, primary));
    if (other === undefined) continue;
    world.violated(`diverged: ${node} issues with a key that ${other.node} does not have`);
    return;
  }
}

/** After each step: what an operator has put on a disk is his to take away. */
export function checkMeddling(world: KeysWorld): void {
  for (const { node, foreign, set } of world.keystones) {
    if (foreign !== undefined && setText(set) !== foreign)
      world.violated(`meddled: the keys of ${node} were overwritten`);
  }
}

export function checkChange(world: KeysWorld, { before, after, order }: StateChange): void {
  if (before !== undefined && after.generation <= before.generation && after.work !== null)
    world.violated('step: a step without a generation of its own');
  if (before === undefined || after.generation === before.generation) return;
  checkPause(world);
  if (after.work === null) return;
  const now = world.scheduler.nowMs();
  for (const { node, set, touchedAtMs } of world.keystones) {
    if (!sameSet(set, before.keys) && now - touchedAtMs > STALE_MS)
      world.violated(`step: a step was taken while ${node} had ${setText(set)}, and not ${setText(before.keys)}`);
    if (now - world.reachedAtMs(node) > STALE_MS)
      world.violated(`step: a step was taken while nobody could hear of ${node}`);
  }
  const isBeginning = before.work === null;
  if (isBeginning && after.work.id !== null && order?.id !== after.work.id)
    world.violated('order: a rotation began for an order that did not go with it');
}

function checkPause(world: KeysWorld): void {
  const now = world.scheduler.nowMs();
  const { holdSinceMs = now, observesSinceMs = now } = world.operator;
  if (now - holdSinceMs > SEEN_MS) world.violated('hold: something was decided under a hold');
  if (now - observesSinceMs > ON_ITS_WAY_MS) world.violated('observe: a policy that only observes decided something');
}

/** When a revocation is done, nothing of before is worth anything anywhere. */
export function checkRevoked(world: KeysWorld, { before, after }: StateChange): void {
  if (before?.work?.kind !== 'revoke' || after.work !== null) return;
  const old = new Set(world.revoked);
  const holder = world.keystones.find(({ set }) => set.some(({ fingerprint }) => old.has(fingerprint)));
  if (holder !== undefined) world.violated(`revoked: ${holder.node} still has a key of before the revocation`);
}
