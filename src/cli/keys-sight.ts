/** What the global store says about the keys of one policy, for a command that gives an order about them. */

import { holdOver } from '../core/holds.ts';
import { accountNodes } from '../core/keys/key-accounting.ts';
import type { KeyState, KeysOrder } from '../core/keys/key-state.ts';
import { hasGoneBack } from '../core/keys/keys-adoption.ts';
import { type KeysRefusal, whyNotBegin } from '../core/keys/keys-obstacles.ts';
import type { Accepted, FernetKeys } from '../core/policy.ts';
import { type KeysView, NO_KEYS, readKeys } from '../runtime/duty/keys-view.ts';
import { readHolds } from '../runtime/duty/region-view.ts';
import { prefixes } from '../store/keys.ts';
import type { Entry, Store } from '../store/store.ts';
import { exitCodes } from './exit-codes.ts';
import { policyPrefixes, policyStandings } from './policy-standing.ts';
import { CommandFailed, type Session } from './session.ts';
import { requireContents } from './store-contents.ts';

export interface KeysSight {
  readonly store: Store;
  readonly accepted: Accepted<FernetKeys>;
  readonly view: KeysView;
  readonly entries: readonly Entry[];
}

/**
 * @param name - of the policy; undefined = the only one
 * @throws CommandFailed if the store does not answer, the policy is not known, or what stands there cannot be read
 */
export async function seeKeys(session: Session, name: string | undefined): Promise<KeysSight> {
  const { global: store } = await session.stores();
  const entries = await requireContents(store, [...policyPrefixes, prefixes.keys, prefixes.holds]);
  const policies = policyStandings(store.name, entries).flatMap(({ inForce }): readonly Accepted<FernetKeys>[] =>
    inForce?.policy?.kind === 'FernetKeys' ? [{ policy: inForce.policy, revision: inForce.revision }] : [],
  );
  const named = name === undefined ? policies : policies.filter(({ policy }) => policy.name === name);
  const [accepted] = named;
  if (accepted === undefined || named.length !== 1) {
    const known = policies.map(({ policy }) => policy.name).join(', ') || 'none';
    const wanted = name === undefined ? 'name the policy' : `there are no keys ${name}`;
    throw new CommandFailed(exitCodes.usage, `${wanted}; policies in force: ${known}`);
  }
  const view = readKeys(entries).get(accepted.policy.name) ?? NO_KEYS;
  const [problem] = view.problems;
  if (problem !== undefined) throw problem;
  return { store, accepted, view, entries };
}

export interface KeysJudgement {
  readonly refusal: KeysRefusal | undefined;
  readonly state: KeyState | undefined;
}

/** Asks what the arbiter will ask, but for its own sealing key; it will look again. */
export function judgeKeys(
  { accepted, view, entries }: KeysSight,
  { kind, isMigrated }: Pick<KeysOrder, 'kind' | 'isMigrated'>,
  wallMs: number,
): KeysJudgement {
  const state = view.state?.value;
  const regions = new Map([...view.regions].map(([region, { value }]) => [region, value]));
  if (state === undefined || hasGoneBack(state, regions)) {
    const detail = `the keys of ${accepted.policy.name} are not under management; see regentctl keys status`;
    return { state, refusal: { code: 'PreconditionUnmet', detail } };
  }
  const refusal = whyNotBegin(kind === 'rotate' ? 'rotate' : 'revoke', {
    accepted,
    state,
    accounts: accountNodes(accepted.policy, regions, state),
    hold: holdOver(`keys/${accepted.policy.name}`, readHolds(entries), wallMs),
    order: { isMigrated },
    cannotSeal: undefined,
    wallMs,
  });
  return { state, refusal };
}
