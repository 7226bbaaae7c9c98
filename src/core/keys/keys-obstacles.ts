/** What stands against beginning a rotation or a revocation; the arbiter asks, and the command that orders one asks the same. */
import type { Refusal } from '../database/order.ts';
import type { Hold } from '../holds.ts';
import type { Accepted, FernetKeys } from '../policy.ts';
import { type AccountedNode, unaccounted } from './key-accounting.ts';
import { neededUntilMs } from './key-lifetime.ts';
import type { KeyState, KeysOrder, KeyWorkKind } from './key-state.ts';
import { droppedBy } from './key-steps.ts';

/** `untilMs`: wall time at which it will not stand against it any more, where that is known. */
export interface KeysRefusal extends Refusal {
  readonly untilMs?: number;
}

export interface KeysObstacleFacts {
  readonly accepted: Accepted<FernetKeys>;
  readonly state: KeyState;
  readonly accounts: readonly AccountedNode[];
  readonly hold: Hold | undefined;
  /** Undefined: the schedule. */
  readonly order: Pick<KeysOrder, 'isMigrated'> | undefined;
  readonly cannotSeal: string | undefined;
  readonly wallMs: number;
}

const unmet = (detail: string): KeysRefusal => ({ code: 'PreconditionUnmet', detail });

/** @returns undefined if it may begin */
export function whyNotBegin(kind: KeyWorkKind, facts: KeysObstacleFacts): KeysRefusal | undefined {
  const { accepted, state, hold, cannotSeal } = facts;
  const { policy } = accepted;
  if (policy.mode === 'observe') return { code: 'ObserveMode', detail: 'the policy only observes' };
  if (hold !== undefined) return { code: 'OnHold', detail: `held by ${hold.owner}: ${hold.reason}` };
  if (cannotSeal !== undefined) return unmet(cannotSeal);
  if (state.work !== null) return unmet(`a ${state.work.kind} is under way`);
  const missing = unaccounted(facts.accounts);
  if (missing.length > 0) return unmet(missing.map(({ detail }) => detail).join('; '));
  if (policy.repository === 'credential') return credentialObstacle(kind, facts);
  return kind === 'rotate' ? tokenObstacle(facts) : undefined;
}

/**
 * `keystone-manage credential_rotate` refuses while a credential is encrypted with another key than the primary, and a key that
 * is gone makes what it encrypted unreadable for ever (keystone/cmd/cli.py, `CredentialRotate.validate_primary_key`). Only
 * `credential_migrate` encrypts them anew, in the database, and regent has no business in Keystone's tables: somebody has to
 * say that it was done.
 */
function credentialObstacle(kind: KeyWorkKind, { state, order }: KeysObstacleFacts): KeysRefusal | undefined {
  if (kind === 'revoke') {
    return unmet(
      'credential keys cannot be revoked: what they encrypted (EC2 secrets, TOTP seeds) would be lost; rotate, ' +
        'run keystone-manage credential_migrate, and rotate again: then nothing can be read with the old keys',
    );
  }
  if (order?.isMigrated === true) return undefined;
  return unmet(
    `credentials may still be encrypted with an older key than generation ${state.generation}'s primary: run ` +
      'keystone-manage credential_migrate on one node of the home region, and order it with --migrated',
  );
}

/** What would be dropped must not be needed by any token any more. */
function tokenObstacle({ accepted: { policy }, state, wallMs }: KeysObstacleFacts): KeysRefusal | undefined {
  const early = droppedByRotation(state, policy).filter((key) => neededUntilMs(key, policy) > wallMs);
  if (early.length === 0) return undefined;
  const untilMs = Math.max(...early.map((key) => neededUntilMs(key, policy)));
  const minutes = Math.ceil((untilMs - wallMs) / 60_000);
  const which = early.map(({ index }) => index).join(', ');
  return {
    code: 'Cooldown',
    detail: `tokens of key ${which} may be valid for another ${minutes} min; wait, or raise maxActive (${policy.maxActive})`,
    untilMs,
  };
}

/** A rotation adds one key, and makes a secondary of the primary that is not needed less than it was. */
function droppedByRotation({ keys }: KeyState, policy: FernetKeys): KeyState['keys'] {
  return droppedBy('rotate', keys, { ...policy, maxActive: policy.maxActive - 1 });
}
