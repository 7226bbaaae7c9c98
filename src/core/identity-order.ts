/**
 * An operator's order about a region's use of the home Keystone, for planned work: leave home now, or go back to it now.
 * It is data in the region's store; the region's leader obeys it once and deletes it in the transaction that acts on it.
 * It overrides waiting times, never a proof: nobody is sent to a Keystone that has not just issued tokens (I3).
 */
import type { Refusal } from './database/order.ts';
import type { IdentityState } from './desired.ts';
import type { NewEvent } from './event.ts';
import type { Hold } from './holds.ts';
import type { Accepted, IdentityRoute, Mode } from './policy.ts';

/** `identities/<policy>/order`, created only where none stands. */
export interface IdentityOrder {
  readonly kind: 'isolate' | 'return';
  /** Names this order in events and to the command that follows it. */
  readonly id: string;
  /** Who gave it. */
  readonly by: string;
  /** Wall time, for people. */
  readonly atMs: number;
}

/** What an order is judged by; the command asks the same before it gives one. */
export interface IdentityOrderFacts {
  readonly mode: Mode;
  readonly hold: Hold | undefined;
  readonly region: string;
  /** The region of the primary; undefined if it was never known here. */
  readonly home: string | undefined;
  /** The policy says where the Keystones of home are. */
  readonly isHomeNamed: boolean;
  readonly state: IdentityState;
  /** The region is away from home because an operator ordered it. */
  readonly isOrdered: boolean;
  /** A majority of the observers has just got a token from home. */
  readonly homeWorks: boolean;
  /** At least one of the region's own Keystones has just issued a token. */
  readonly ownKeystoneWorks: boolean;
}

/** @returns undefined if the order is to be obeyed */
export function whyNotObeyed(kind: IdentityOrder['kind'], facts: IdentityOrderFacts): Refusal | undefined {
  const { mode, hold, region, home, state } = facts;
  if (mode === 'observe') return { code: 'ObserveMode', detail: 'the policy only observes' };
  if (hold !== undefined) return { code: 'OnHold', detail: `held by ${hold.owner}: ${hold.reason}` };
  if (home === undefined) return unmet('which region is home was never known here');
  if (home === region)
    return unmet(`${region} is home: it has the primary, and there is nothing to leave or to return to`);
  if (!facts.isHomeNamed) return unmet(`the policy names no Keystones of ${home}, which is home`);
  const isAway = state === 'isolated' || state === 'returning';
  if (kind === 'isolate') {
    if (isAway && facts.isOrdered) return unmet(`${region} is isolated by order already`);
    if (facts.ownKeystoneWorks) return undefined;
    return { code: 'NoHealthyTarget', detail: `no Keystone of ${region} is known to issue tokens` };
  }
  if (!isAway) return unmet(`${region} uses the Keystones of ${home} already`);
  if (facts.homeWorks) return undefined;
  return { code: 'NoHealthyTarget', detail: `no majority of the observers gets tokens from ${home} now` };
}

/** An order as it is told when it is not obeyed. */
export function identityOrderRefused(
  { policy, revision }: Accepted<IdentityRoute>,
  order: IdentityOrder,
  { code, detail }: Refusal,
): NewEvent {
  return {
    name: 'identity:switch:refused',
    subject: policy.name,
    message: `the order to ${order.kind} that ${order.by} gave is refused: ${detail}`,
    cause: `ordered by ${order.by}`,
    refusal: code,
    policyRevision: revision,
    facts: { order: order.id },
  };
}

const unmet = (detail: string): Refusal => ({ code: 'PreconditionUnmet', detail });
