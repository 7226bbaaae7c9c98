/**
 * Which Keystones a region's proxies use. Home is the region that holds the database's primary; the moves away from it
 * and back are those of identity-state.ts, on the word of a majority of the region's observers with a real token (I3).
 * When the primary is in this region, its own Keystones are used at once, whatever anybody saw: there are no others
 * that can write. Without knowledge of the primary, or of home's Keystones, everything stays as it is.
 */
import type { KnownPrimary } from './database-route.ts';
import { type DesiredIdentity, type IdentityState, sameDesired } from './desired.ts';
import type { NewEvent, RefusalCode } from './event.ts';
import { nextPosition, type Standing, soonestMs } from './hysteresis.ts';
import { type IdentityBlock, type IdentityWalk, walkIdentity } from './identity-state.ts';
import type { SeenObservation } from './observation.ts';
import type { Accepted, IdentityRoute } from './policy.ts';
import { countVotes, type Votes } from './quorum.ts';
import type { RegionSnapshot, StandingRefusal, Verdict } from './region-snapshot.ts';

/**
 * A real token, issued through the home region's URL. If the observation carries the fact `home`, the region that was
 * tried, it counts only while that region is home.
 */
export const IDENTITY_HOME_PROBE = 'identity-home';

/** A real token, issued by the node's own Keystone. */
export const KEYSTONE_LOCAL_PROBE = 'keystone-local';

type Snapshot = Pick<RegionSnapshot, 'region' | 'observations' | 'globalReachable'>;

/** One policy and what its region knows, as the functions below pass it on. */
interface Case {
  readonly accepted: Accepted<IdentityRoute>;
  readonly snapshot: Snapshot;
  readonly current: DesiredIdentity | undefined;
  readonly home: string | undefined;
  readonly votes: Votes;
}

/**
 * @param known from `knownPrimary`, for the policy's database
 * @param current the value that is there; undefined before the first decision
 */
export function decideIdentity(
  accepted: Accepted<IdentityRoute>,
  known: KnownPrimary,
  current: DesiredIdentity | undefined,
  snapshot: Snapshot,
): Verdict {
  const { policy } = accepted;
  const home = known.view?.region;
  const heard = snapshot.observations.filter((each) => (each.facts.home ?? home) === home);
  const votes = countVotes(policy.observers, heard, IDENTITY_HOME_PROBE);
  const that: Case = { accepted, snapshot, current, home, votes };
  if (home === undefined) return unchanged(that, `the primary of ${policy.database} was never known here`);
  if (policy.keystones[home] === undefined)
    return unchanged(that, `the policy names no Keystones of ${home}, which is home`);
  if (home === snapshot.region)
    return settle(that, home, { state: 'home', entered: [], blocked: undefined, changesInMs: undefined });
  const { failed, ok } = votes;
  const evidence = {
    failedForMs: failed.majorityForMs,
    okForMs: ok.majorityForMs,
    anyFailed: failed.nodes.length > 0,
    ownKeystoneWorks: ownKeystones(that).some((each) => each.seen?.health === 'ok'),
  };
  return settle(that, home, walkIdentity(startState(that, home), evidence, policy));
}

/** A home that has moved must prove itself anew, unless the region was on a home Keystone anyway. */
function startState({ current }: Case, home: string): IdentityState {
  if (current === undefined) return 'home';
  if (current.home === home) return current.state;
  return current.state === 'home' || current.state === 'suspect' ? 'home' : 'isolated';
}

function unchanged(that: Case, cause: string): Verdict {
  const refusals = [refusal(that, 'PreconditionUnmet', cause)];
  return { desired: undefined, events: [], refusals, changesInMs: undefined };
}

function settle(that: Case, home: string, walk: IdentityWalk): Verdict {
  const { policy } = that.accepted;
  const away = walk.state === 'isolated' || walk.state === 'returning';
  const own = away ? ownTargets(that) : undefined;
  const desired: DesiredIdentity = {
    kind: 'identity',
    name: policy.name,
    state: walk.state,
    home,
    backend: policy.backend,
    ready: own?.nodes ?? policy.keystones[home]?.nodes ?? [],
    readOnly: away,
  };
  const told = walk.entered.length > 0 ? walk.entered : [walk.state];
  return {
    desired,
    events: sameDesired(that.current, desired) ? [] : told.map((state) => event(that, desired, state)),
    refusals: walk.blocked === undefined ? [] : [refusal(that, walk.blocked, blockedBecause(that, walk.blocked))],
    changesInMs: soonestMs(walk.changesInMs, own?.changesInMs),
  };
}

function ownKeystones({ accepted, snapshot }: Case) {
  const nodes = accepted.policy.keystones[snapshot.region]?.nodes ?? [];
  return nodes.map((node) => ({
    node,
    seen: snapshot.observations.find((each) => each.node === node && each.probe === KEYSTONE_LOCAL_PROBE),
  }));
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
function ownTargets(that: Case): Targets {
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

function event(that: Case, desired: DesiredIdentity, state: IdentityState): NewEvent {
  const { accepted, current } = that;
  return {
    name: `identity:region:${state}`,
    subject: accepted.policy.name,
    message: `${that.snapshot.region} is ${state}; ${desired.backend} goes to ${desired.ready.join(', ')}`,
    cause: causeOf(that, state),
    observers: state === 'suspect' || state === 'isolated' ? that.votes.failed.nodes : that.votes.ok.nodes,
    policyRevision: accepted.revision,
    facts: { from: current?.state ?? null, ...commonFacts(that), ready: desired.ready },
  };
}

function causeOf({ current, home, votes, snapshot }: Case, state: IdentityState): string {
  if (current === undefined) return 'first decision under this policy';
  if (home === snapshot.region && current.home !== home) return 'the primary moved into this region';
  if (current.home !== home) return `the primary moved from ${current.home} to ${home}`;
  if (current.state === state) return 'the usable Keystones changed';
  if (state === 'suspect' || state === 'isolated') {
    return `${votes.failed.nodes.length} observers failed, ${votes.needed} are needed; for ${Math.round(votes.failed.majorityForMs ?? 0)} ms`;
  }
  return `${votes.ok.nodes.length} observers are ok, ${votes.needed} are needed; for ${Math.round(votes.ok.majorityForMs ?? 0)} ms`;
}

function blockedBecause({ accepted, votes }: Case, blocked: IdentityBlock): string {
  switch (blocked) {
    case 'MinorityOfObservers':
      return `${votes.failed.nodes.length} of ${accepted.policy.observers.length} observers failed, ${votes.needed} are needed`;
    case 'NoHealthyTarget':
      return 'no Keystone of this region is known to issue tokens';
    case 'ManualPromotion':
      return 'home answers again, and the policy returns only by hand: set returning to automatic';
  }
}

function refusal(that: Case, code: RefusalCode, cause: string): StandingRefusal {
  const { policy, revision } = that.accepted;
  const state = that.current?.state ?? 'home';
  return {
    key: `identity/${policy.name}/${code}/${state}`,
    event: {
      name: 'identity:switch:refused',
      subject: policy.name,
      message: `the identity route of ${that.snapshot.region} stays ${state}`,
      cause,
      refusal: code,
      observers: that.votes.failed.nodes,
      policyRevision: revision,
      facts: { state, ...commonFacts(that) },
    },
  };
}

function commonFacts({ home, votes, snapshot }: Case) {
  return {
    home: home ?? null,
    failed: votes.failed.nodes,
    silent: votes.silent,
    globalStoreReachable: snapshot.globalReachable,
  };
}
