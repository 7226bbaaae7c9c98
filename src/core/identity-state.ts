/**
 * The states of a region's use of the home Keystone, and the moves between them. It decides from a majority's word
 * only, without memory of its own; a fresh leader counts the standing times from zero.
 *
 *   home       the home Keystone is used
 *   suspect    a majority of observers cannot use it; nothing is changed yet
 *   isolated   the majority has failed for `isolateAfterMs` and an own Keystone works: the region uses its own
 *   returning  a majority can use home again; the region is still on its own Keystones
 *
 *   home → suspect            a majority failed
 *   suspect → home            a majority is ok
 *   suspect → isolated        the majority failed long enough, and an own Keystone issues tokens
 *   isolated → returning      a majority is ok
 *   returning → isolated      a majority failed again
 *   returning → home          the majority has been ok for `returnAfterMs`, the region has been away for `cooldownMs`, so
 *                             that a link that comes and goes moves it once, and the policy returns automatically
 *
 * There is no way from home to isolated but through suspect, and none from isolated to home but through returning, except
 * by an operator's order (identity-order.ts). While neither side has a majority, nothing moves (I3).
 */
import { assertNever } from './assert-never.ts';
import type { IdentityState } from './desired.ts';
import type { RefusalCode } from './event.ts';
import type { Promotion } from './policy.ts';

/** What is known when a tick decides. */
export interface IdentityEvidence {
  /** For how long a majority has failed, in ms; undefined if there is no such majority. */
  readonly failedForMs: number | undefined;
  /** For how long a majority has been ok, in ms; undefined if there is no such majority. */
  readonly okForMs: number | undefined;
  /** At least one observer failed, whether or not a majority did. */
  readonly anyFailed: boolean;
  /** At least one of the region's own Keystones surely issues tokens. */
  readonly ownKeystoneWorks: boolean;
  /** For how long the leader has seen the region away from home, in ms. */
  readonly awayForMs: number;
}

export interface IdentityLimits {
  readonly isolateAfterMs: number;
  readonly returnAfterMs: number;
  readonly cooldownMs: number;
  readonly returning: Promotion;
}

/** Why a state is not left although something speaks for it. */
export type IdentityBlock = Extract<
  RefusalCode,
  'MinorityOfObservers' | 'NoHealthyTarget' | 'ManualPromotion' | 'Cooldown'
>;

export interface IdentityWalk {
  readonly state: IdentityState;
  /** The states that were entered on the way, the last one included; empty if nothing moved. */
  readonly entered: readonly IdentityState[];
  readonly blocked: IdentityBlock | undefined;
  /** When the state changes if the evidence stays as it is, in ms; undefined if it will not. */
  readonly changesInMs: number | undefined;
}

interface Step {
  readonly state: IdentityState;
  readonly blocked?: IdentityBlock;
  readonly changesInMs?: number;
}

/** Goes on until nothing moves, so that deciding again from the result with the same evidence moves nothing. */
export function walkIdentity(from: IdentityState, evidence: IdentityEvidence, limits: IdentityLimits): IdentityWalk {
  const entered: IdentityState[] = [];
  let at = from;
  let step = stepFrom(at, evidence, limits);
  while (step.state !== at) {
    at = step.state;
    entered.push(at);
    step = stepFrom(at, evidence, limits);
  }
  return { state: at, entered, blocked: step.blocked, changesInMs: step.changesInMs };
}

/** A majority cannot be both failed and ok, so a walk ends after three steps at most. */
function stepFrom(at: IdentityState, evidence: IdentityEvidence, limits: IdentityLimits): Step {
  const { failedForMs, okForMs } = evidence;
  switch (at) {
    case 'home':
      return failedForMs === undefined ? undecided(at, evidence) : { state: 'suspect' };
    case 'suspect':
      if (failedForMs !== undefined) return suspected(failedForMs, evidence, limits);
      return okForMs === undefined ? undecided(at, evidence) : { state: 'home' };
    case 'isolated':
      return { state: okForMs === undefined ? 'isolated' : 'returning' };
    case 'returning':
      if (okForMs !== undefined) return returned(okForMs, evidence, limits);
      return { state: failedForMs === undefined ? 'returning' : 'isolated' };
    default:
      return assertNever(at);
  }
}

function undecided(state: IdentityState, { anyFailed }: IdentityEvidence): Step {
  return anyFailed ? { state, blocked: 'MinorityOfObservers' } : { state };
}

function suspected(
  failedForMs: number,
  { ownKeystoneWorks }: IdentityEvidence,
  { isolateAfterMs }: IdentityLimits,
): Step {
  if (failedForMs < isolateAfterMs) return { state: 'suspect', changesInMs: isolateAfterMs - failedForMs };
  return ownKeystoneWorks ? { state: 'isolated' } : { state: 'suspect', blocked: 'NoHealthyTarget' };
}

function returned(
  okForMs: number,
  { awayForMs }: IdentityEvidence,
  { returnAfterMs, cooldownMs, returning }: IdentityLimits,
): Step {
  if (okForMs < returnAfterMs) return { state: 'returning', changesInMs: returnAfterMs - okForMs };
  if (returning === 'manual') return { state: 'returning', blocked: 'ManualPromotion' };
  if (awayForMs >= cooldownMs) return { state: 'home' };
  return { state: 'returning', blocked: 'Cooldown', changesInMs: cooldownMs - awayForMs };
}
