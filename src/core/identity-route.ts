/**
 * Which Keystones a region's proxies use. Home is the region that holds the database's primary; the moves away from it
 * and back are those of identity-state.ts, on the word of a majority of the region's observers with a real token (I3).
 * When the primary is in this region, its own Keystones are used at once, whatever anybody saw: there are no others
 * that can write. Without knowledge of the primary, or of home's Keystones, everything stays as it is. An operator's order
 * (identity-order.ts) moves a region at once, to a side that has just proved itself; it comes back by order only.
 */
import type { KnownPrimary } from './database-route.ts';
import { type DesiredIdentity, type IdentityState, sameDesired } from './desired.ts';
import { nextPosition, type Standing, soonestMs } from './hysteresis.ts';
import {
  type CurrentIdentity,
  caseOf,
  doOwnKeystonesWork,
  type IdentityCase,
  type IdentitySnapshot,
  isAway,
  orderFacts,
  ownKeystones,
} from './identity-case.ts';
import { failuresToGoBackFrom, isStuckAway, rollOut } from './identity-configuration.ts';
import { type IdentityOrder, whyNotObeyed } from './identity-order.ts';
import { rolloutEvents, unprovenBecause } from './identity-rollout-words.ts';
import { type IdentityWalk, walkIdentity } from './identity-state.ts';
import { blockedBecause, routeEvent, routeRefusal } from './identity-words.ts';
import type { SeenObservation } from './observation.ts';
import type { Accepted, ConfigurationRoute, IdentityRoute } from './policy.ts';
import type { Verdict } from './region-snapshot.ts';

/**
 * @param known from `knownPrimary`, for the policy's database
 * @param seen the value that is there; undefined before the first decision
 */
export function decideIdentity(
  accepted: Accepted<IdentityRoute>,
  known: KnownPrimary,
  seen: CurrentIdentity | undefined,
  snapshot: IdentitySnapshot,
): Verdict {
  const that = caseOf(accepted, known, seen, snapshot);
  const standing = snapshot.identityOrders.find(({ name }) => name === accepted.policy.name);
  if (standing === undefined) return withoutOrder(that, seen);
  const { order } = standing;
  const refused = whyNotObeyed(order.kind, orderFacts(that));
  // Without a home no order is obeyed.
  const isObeyed = refused === undefined && that.home !== undefined;
  const verdict = isObeyed ? settle({ ...that, order }, that.home, ordered(that, order)) : withoutOrder(that, seen);
  return { ...verdict, settled: { ...standing, refused } };
}

function withoutOrder(that: IdentityCase, seen: CurrentIdentity | undefined): Verdict {
  const { accepted, home, votes, snapshot } = that;
  const { policy } = accepted;
  if (home === undefined) return unchanged(that, `the primary of ${policy.database} was never known here`);
  if (policy.keystones[home] === undefined)
    return unchanged(that, `the policy names no Keystones of ${home}, which is home`);
  if (home === snapshot.region)
    return settle(that, home, { state: 'home', entered: [], blocked: undefined, changesInMs: undefined });
  if (that.current?.isOrdered === true || isStuckAway(that.current))
    return settle(that, home, { state: 'isolated', entered: [], blocked: undefined, changesInMs: undefined });
  const { failed, ok } = votes;
  const evidence = {
    failedForMs: failed.majorityForMs,
    okForMs: ok.majorityForMs,
    anyFailed: failed.nodes.length > 0,
    ownKeystoneWorks: doOwnKeystonesWork(that),
    awayForMs: isAway(that.current?.state) ? (seen?.sideStandingMs ?? 0) : 0,
  };
  return settle(that, home, walkIdentity(startState(that, home), evidence, policy));
}

function ordered({ current }: IdentityCase, { kind }: IdentityOrder): IdentityWalk {
  const state = kind === 'isolate' ? 'isolated' : 'home';
  return { state, entered: current?.state === state ? [] : [state], blocked: undefined, changesInMs: undefined };
}

/** A home that has moved must prove itself anew, unless the region was on a home Keystone anyway. */
function startState({ current }: IdentityCase, home: string): IdentityState {
  if (current === undefined) return 'home';
  if (current.home === home) return current.state;
  return current.state === 'home' || current.state === 'suspect' ? 'home' : 'isolated';
}

function unchanged(that: IdentityCase, cause: string): Verdict {
  const refusals = [routeRefusal(that, 'PreconditionUnmet', cause)];
  return { desired: undefined, events: [], refusals, changesInMs: undefined };
}

function settle(that: IdentityCase, home: string, walk: IdentityWalk): Verdict {
  const { policy } = that.accepted;
  const away = isAway(walk.state);
  const next = { kind: 'identity', name: policy.name, state: walk.state, home, readOnly: away } as const;
  const isOrdered =
    away && (that.order?.kind === 'isolate' || (that.order === undefined && that.current?.isOrdered === true));
  if (policy.via === 'config') return settleFiles(that, policy, { ...next, isOrdered }, walk);
  const own = away ? ownTargets(that) : undefined;
  const wanted: Omit<DesiredIdentity, 'sessions'> = {
    ...next,
    backend: policy.backend,
    rollout: null,
    ready: own?.nodes ?? policy.keystones[home]?.nodes ?? [],
    isOrdered,
  };
  const desired: DesiredIdentity = { ...wanted, sessions: sessionsOf(that.current, wanted) };
  const told = walk.entered.length > 0 ? walk.entered : [walk.state];
  return {
    desired,
    events: sameDesired(that.current, desired) ? [] : told.map((state) => routeEvent(that, desired, state)),
    refusals: walk.blocked === undefined ? [] : [routeRefusal(that, walk.blocked, blockedBecause(that, walk.blocked))],
    changesInMs: soonestMs(walk.changesInMs, own?.changesInMs),
  };
}

/** The files of the nodes follow one by one; a node that fails may send the region back to the side that it left. */
function settleFiles(
  that: IdentityCase,
  policy: ConfigurationRoute,
  wished: Pick<DesiredIdentity, 'kind' | 'name' | 'state' | 'home' | 'readOnly' | 'isOrdered'>,
  walk: IdentityWalk,
): Verdict {
  const { home } = wished;
  const isSameSide = that.current?.readOnly === wished.readOnly;
  const failures = isSameSide && that.order === undefined ? failuresToGoBackFrom(that, policy, home) : [];
  const goesBack = failures.length > 0;
  const next = goesBack ? otherSide(wished) : wished;
  const step = rollOut(that, policy, next, goesBack);
  const desired: DesiredIdentity = {
    ...next,
    backend: null,
    rollout: step.rollout,
    ready: policy.keystones[next.readOnly ? policy.region : home]?.nodes ?? [],
    sessions: 'end',
  };
  const moved = goesBack || walk.entered.length > 0 || that.current === undefined;
  const states = goesBack ? [next.state] : walk.entered.length > 0 ? walk.entered : [next.state];
  const isUnchanged = sameDesired(that.current, desired);
  const told = [
    ...(moved ? states.map((state) => routeEvent(that, desired, state)) : []),
    ...rolloutEvents(that, step, failures),
  ];
  return {
    desired,
    events: isUnchanged ? [] : told,
    refusals: [
      ...(walk.blocked === undefined ? [] : [routeRefusal(that, walk.blocked, blockedBecause(that, walk.blocked))]),
      ...(step.turn.isUnproven ? [routeRefusal(that, 'NoHealthyTarget', unprovenBecause(step))] : []),
    ],
    changesInMs: soonestMs(walk.changesInMs, step.turn.changesInMs),
  };
}

function otherSide<T extends Pick<DesiredIdentity, 'state' | 'readOnly' | 'isOrdered'>>(wished: T): T {
  return { ...wished, state: wished.readOnly ? 'home' : 'isolated', readOnly: !wished.readOnly, isOrdered: false };
}

/**
 * An order, and the return to a home that has proved itself, leave Keystones that work. Who is sent away by what was seen, who
 * follows the primary into another region, and whoever leaves one Keystone of several, leaves what may answer no more.
 */
function sessionsOf(
  current: DesiredIdentity | undefined,
  next: Omit<DesiredIdentity, 'sessions'>,
): DesiredIdentity['sessions'] {
  if (current === undefined || current.home !== next.home) return 'end';
  if (current.readOnly === next.readOnly) return current.ready.join() === next.ready.join() ? current.sessions : 'end';
  return next.isOrdered || !next.readOnly ? 'finish' : 'end';
}

interface Targets {
  readonly nodes: readonly string[];
  /** When they change if the evidence stays as it is, in ms; undefined if they will not. */
  readonly changesInMs: number | undefined;
}

/**
 * A region that goes away from home begins with those that are not known to be down. From then on one leaves, or comes
 * back, only by the policy's times: a Keystone that is slow under the whole region's load is not dead, and to take it
 * out makes the others slower still (one that refuses connections is left out by HAProxy's own check at once). If none
 * were left, all stay: there is nothing better to change to.
 */
function ownTargets(that: IdentityCase): Targets {
  const all = ownKeystones(that);
  const inUse = that.current?.readOnly === true ? that.current.ready : undefined;
  const limits = { downAfterMs: that.accepted.policy.isolateAfterMs, upAfterMs: that.accepted.policy.returnAfterMs };
  const moves = all.map(({ node, seen }) => {
    if (inUse === undefined)
      return { node, position: seen?.health === 'failed' ? 'down' : 'up', changesInMs: undefined };
    return { node, ...nextPosition(inUse.includes(node) ? 'up' : 'down', standingOf(seen), limits) };
  });
  const up = moves.filter((each) => each.position === 'up').map((each) => each.node);
  const changesInMs = soonestMs(...moves.map((each) => each.changesInMs));
  return { nodes: up.length > 0 ? up : (inUse ?? all.map((each) => each.node)), changesInMs };
}

function standingOf(seen: SeenObservation | undefined): Standing {
  return {
    downForMs: seen?.health === 'failed' ? seen.standingMs : undefined,
    upForMs: seen?.health === 'ok' ? seen.standingMs : undefined,
  };
}
