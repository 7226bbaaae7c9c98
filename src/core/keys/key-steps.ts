/**
 * What a rotation consists of: which step follows which, and what each makes of the set. Every step is put into place by every
 * Keystone of every region, and confirmed by each, before the next begins; so at no moment does a node issue a token that
 * another one cannot read:
 *
 * - at rest all have the staged key at index 0; nobody begins before all have confirmed that;
 * - `promote`: the same key also under the next higher index. Who has done so issues tokens that everybody else reads with 0;
 * - `renew`: a fresh key as index 0. Its predecessor is the primary everywhere by now, under its own index;
 * - `drop`: what is beyond the limit goes, when no token can need it any more.
 *
 * `keystone-manage fernet_rotate` does all of that at once, on one node. To stop after any step is safe: all sets that can be
 * on disks then read each other's tokens. A revocation begins with `stage`, because whoever has the old keys may have the
 * staged one too, and drops all that is older than its own primary.
 */
import type { FernetKeys } from '../policy.ts';
import { excessOf } from './key-lifetime.ts';
import { fingerprintAt, primaryOf, STAGED, sorted } from './key-set.ts';
import type { KeyState, KeyStep, KeyWorkKind, StoredKey } from './key-state.ts';

/** A key of the next set: one that is there, under its index or another one, or one that has yet to be made. */
export interface NextKey {
  readonly index: number;
  readonly from: 'fresh' | StoredKey;
  readonly retiredAtMs: number | null;
}

const ORDER: readonly KeyStep[] = ['stage', 'promote', 'renew', 'drop'];

/** A staged key that is also something else (a rotation was adopted half way) cannot become the next primary. */
function hasStaged(keys: readonly StoredKey[]): boolean {
  const staged = fingerprintAt(keys, STAGED);
  return staged !== undefined && !keys.some(({ index, fingerprint }) => index !== STAGED && fingerprint === staged);
}

export function firstStep(kind: KeyWorkKind, { keys }: Pick<KeyState, 'keys'>): KeyStep {
  return kind === 'rotate' && hasStaged(keys) ? 'promote' : 'stage';
}

/** @returns undefined if the work is done when this step is confirmed */
export function stepAfter(
  kind: KeyWorkKind,
  step: KeyStep,
  keys: readonly StoredKey[],
  policy: FernetKeys,
): KeyStep | undefined {
  const next = ORDER[ORDER.indexOf(step) + 1];
  return next === 'drop' && droppedBy(kind, keys, policy).length === 0 ? undefined : next;
}

/** What the last step of this work takes away. */
export function droppedBy(
  kind: KeyWorkKind,
  keys: readonly StoredKey[],
  { maxActive }: FernetKeys,
): readonly StoredKey[] {
  if (kind === 'rotate') return excessOf(keys, maxActive);
  const primary = primaryOf(keys);
  return keys.filter(({ index }) => index !== STAGED && index !== primary?.index);
}

/** The set that a step makes of this one. */
export function setAfter(
  step: KeyStep,
  kind: KeyWorkKind,
  keys: readonly StoredKey[],
  policy: FernetKeys,
): readonly NextKey[] {
  const kept = (some: readonly StoredKey[]): readonly NextKey[] =>
    some.map((key) => ({ index: key.index, from: key, retiredAtMs: key.retiredAtMs }));
  if (step === 'promote') {
    const staged = keys.find(({ index }) => index === STAGED);
    const index = (primaryOf(keys)?.index ?? STAGED) + 1;
    return staged === undefined ? kept(keys) : [...kept(sorted(keys)), { index, from: staged, retiredAtMs: null }];
  }
  if (step === 'drop') {
    const gone = new Set(droppedBy(kind, keys, policy));
    return kept(sorted(keys).filter((key) => !gone.has(key)));
  }
  const others = sorted(keys).filter(({ index }) => index !== STAGED);
  return [{ index: STAGED, from: 'fresh', retiredAtMs: null }, ...kept(others)];
}

/** After a promotion that everybody has confirmed: no node issues tokens with the primaries of before. */
export function retired(keys: readonly StoredKey[], wallMs: number): readonly StoredKey[] {
  const primary = primaryOf(keys);
  return keys.map((key) =>
    key.index === STAGED || key.index === primary?.index || key.retiredAtMs !== null
      ? key
      : { ...key, retiredAtMs: wallMs },
  );
}
