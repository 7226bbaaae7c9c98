/**
 * What a region's leader decides on one tick: every policy's verdict, then modes and holds, then only what differs.
 * Pure: same snapshot, same answer, and deciding again on the result changes nothing. A policy under a hold or in
 * `observe` is judged like any other; what it would have changed becomes a refusal that says so.
 */
import { assertNever } from './assert-never.ts';
import { decideCatalog } from './catalog/keeper.ts';
import { decideDatabase, knownPrimary } from './database-route.ts';
import { type Desired, type DesiredCatalog, sameDesired, scopeOf } from './desired.ts';
import type { NewEvent, RefusalCode } from './event.ts';
import { type Hold, holdOver } from './holds.ts';
import { soonestMs } from './hysteresis.ts';
import { identityOrderRefused } from './identity-order.ts';
import { decideIdentity } from './identity-route.ts';
import {
  type Accepted,
  type DatabaseFailover,
  type EndpointCatalog,
  type IdentityRoute,
  isGlobalKind,
  type Policy,
  type VirtualAddress,
} from './policy.ts';
import type {
  RegionDecision,
  RegionSnapshot,
  SettledIdentityOrder,
  StandingRefusal,
  Verdict,
  WantedChange,
} from './region-snapshot.ts';
import { decideAddress } from './virtual-address.ts';

/** Without anything pending. The snapshot is re-read from the store about as often, because watches go quiet. */
const IDLE_TICK_MS = 30_000;

/** A remainder below this would make the tick spin on rounding. */
const SHORTEST_TICK_MS = 10;

export function decideRegion(snapshot: RegionSnapshot): RegionDecision {
  const seen = sinceLeading(snapshot);
  const outcomes = seen.policies.map((accepted) => outcomeOf(accepted, seen));
  const waitMs = soonestMs(IDLE_TICK_MS, ...outcomes.map((each) => each.changesInMs)) ?? IDLE_TICK_MS;
  return {
    desired: outcomes.map((each) => each.change).filter((change) => change !== undefined),
    released: released(seen),
    settled: [...outcomes.flatMap((each) => each.settled ?? []), ...ownerless(seen)],
    events: outcomes.flatMap((each) => each.events).map((event) => ({ ...event, epoch: seen.epoch })),
    refusals: outcomes
      .flatMap((each) => each.refusals)
      .map(({ key, event }) => ({ key, event: { ...event, epoch: seen.epoch } })),
    nextTickInMs: Math.max(SHORTEST_TICK_MS, Math.ceil(waitMs)),
  };
}

/** What stood before this leader was elected was not seen by it, so it does not count. */
function sinceLeading(snapshot: RegionSnapshot): RegionSnapshot {
  const { leadingForMs } = snapshot;
  const observations = snapshot.observations.map((each) => ({
    ...each,
    standingMs: Math.min(each.standingMs, leadingForMs),
  }));
  return { ...snapshot, observations };
}

interface Outcome {
  readonly change: WantedChange | undefined;
  readonly events: readonly NewEvent[];
  readonly refusals: readonly StandingRefusal[];
  readonly changesInMs: number | undefined;
  readonly settled?: SettledIdentityOrder;
}

const NOTHING: Outcome = { change: undefined, events: [], refusals: [], changesInMs: undefined };

function outcomeOf({ policy, revision }: Accepted, seen: RegionSnapshot): Outcome {
  switch (policy.kind) {
    case 'VirtualAddress':
      return policy.region === seen.region ? address({ policy, revision }, seen) : NOTHING;
    case 'IdentityRoute':
      return policy.region === seen.region ? identity({ policy, revision }, seen) : NOTHING;
    case 'DatabaseFailover':
      return database({ policy, revision }, seen);
    case 'EndpointCatalog':
      return catalog({ policy, revision }, seen);
    case 'FernetKeys':
      return NOTHING;
    default:
      return assertNever(policy);
  }
}

function address(accepted: Accepted<VirtualAddress>, seen: RegionSnapshot): Outcome {
  const current = currentOf('vip', accepted.policy.name, seen);
  return gate(accepted, current, decideAddress(accepted, current, seen), seen);
}

function identity(accepted: Accepted<IdentityRoute>, seen: RegionSnapshot): Outcome {
  const { name, database: home } = accepted.policy;
  const current = currentOf('identity', name, seen);
  const { sideStandingMs = 0, standingMs = 0 } = seen.desired.find((each) => each.value === current) ?? {};
  const standing = current === undefined ? undefined : { value: current, sideStandingMs, standingMs };
  const verdict = decideIdentity(accepted, knownPrimary(home, seen), standing, seen);
  const outcome = gate(accepted, current, verdict, seen);
  const { settled } = verdict;
  if (settled === undefined) return outcome;
  const { order, refused } = settled;
  const told = refused === undefined ? [] : [identityOrderRefused(accepted, order, refused)];
  return { ...outcome, events: [...outcome.events, ...told], settled };
}

function database(accepted: Accepted<DatabaseFailover>, seen: RegionSnapshot): Outcome {
  const current = currentOf('database', accepted.policy.name, seen);
  const known = knownPrimary(accepted.policy.name, seen);
  return gate(accepted, current, decideDatabase(accepted, known, seen), seen);
}

function catalog(accepted: Accepted<EndpointCatalog>, seen: RegionSnapshot): Outcome {
  const current = currentOf('catalog', accepted.policy.name, seen);
  return gate(accepted, current, decideCatalog(accepted, current, seen), seen);
}

function currentOf<K extends Desired['kind']>(kind: K, name: string, seen: RegionSnapshot) {
  return seen.desired
    .map((each) => each.value)
    .find((value): value is Extract<Desired, { kind: K }> => value.kind === kind && value.name === name);
}

/** What a node puts into effect as it stands. */
type Applied = Exclude<Desired, DesiredCatalog>;

/** Turns a verdict into a change, or into the reason why it is none. */
function gate(accepted: Accepted, current: Desired | undefined, verdict: Verdict, seen: RegionSnapshot): Outcome {
  const { desired, refusals, changesInMs } = verdict;
  if (desired === undefined || sameDesired(current, desired)) {
    return { change: undefined, events: [], refusals, changesInMs };
  }
  const change = { value: desired, policyRevision: accepted.revision };
  // Mode and hold are in the value: a keeper that may not act looks all the same.
  if (desired.kind === 'catalog') return { change, events: verdict.events, refusals, changesInMs };
  const hold = holdOver(scopeOf(desired), seen.holds, seen.wallMs);
  const blocked = accepted.policy.mode === 'observe' ? 'ObserveMode' : hold === undefined ? undefined : 'OnHold';
  if (blocked === undefined) {
    return { change, events: verdict.events, refusals, changesInMs };
  }
  const withheld = eventsOf(verdict, desired, accepted).map((event) => withhold(event, blocked, hold, desired));
  const overInMs = blocked === 'OnHold' && hold !== undefined ? hold.expiresAtMs - seen.wallMs : undefined;
  return {
    change: undefined,
    events: [],
    refusals: [...refusals, ...withheld],
    changesInMs: soonestMs(changesInMs, overInMs),
  };
}

/** A change that has no event of its own still gets one when it is withheld. */
function eventsOf(verdict: Verdict, desired: Applied, accepted: Accepted<Policy>): readonly NewEvent[] {
  if (verdict.events.length > 0) return verdict.events;
  const told = { subject: desired.name, cause: 'the policy wants a change', policyRevision: accepted.revision };
  if (desired.kind === 'vip') {
    const message = `the configuration of ${desired.wanted.address} on ${desired.wanted.nodes.join(', ')} differs`;
    return [{ ...told, name: 'vip:configuration:applied', message }];
  }
  const what = desired.backend ?? 'the configuration of the nodes';
  return [{ ...told, name: 'route:backend:refused', message: `${what} would go to ${desired.ready.join(', ')}` }];
}

function withhold(event: NewEvent, code: RefusalCode, hold: Hold | undefined, desired: Applied): StandingRefusal {
  const why =
    code === 'OnHold' && hold !== undefined
      ? `held by ${hold.owner} (${hold.reason})`
      : 'the policy is in mode observe: it decides and does not act';
  return {
    key: `${scopeOf(desired)}/${code}/${event.name}/${event.facts?.node ?? ''}`,
    event: { ...event, message: `not done, ${why}: ${event.message}`, refusal: code },
  };
}

/** Orders about a route whose policy is gone: nobody will obey them. */
function ownerless({ identityOrders, policies, unreadable, region }: RegionSnapshot): readonly SettledIdentityOrder[] {
  const routes = policies.flatMap(({ policy }) =>
    policy.kind === 'IdentityRoute' && policy.region === region ? [policy.name] : [],
  );
  return identityOrders
    .filter(({ name }) => !routes.includes(name) && !unreadable?.includes(name))
    .map((order) => ({
      ...order,
      refused: { code: 'PreconditionUnmet', detail: `no identity route ${order.name} of this region is in force` },
    }));
}

/**
 * Values whose policy is gone. The absence of one that lives in the global store counts only while that store can be
 * asked.
 */
function released(seen: RegionSnapshot): readonly Pick<Desired, 'kind' | 'name'>[] {
  return seen.desired
    .map(({ value: { kind, name } }) => ({ kind, name }))
    .filter(
      ({ kind, name }) => (!isGlobalKind(KIND_OF[kind]) || seen.globalReachable) && !seen.unreadable?.includes(name),
    )
    .filter(
      ({ kind, name }) => !seen.policies.some(({ policy }) => KIND_OF[kind] === policy.kind && policy.name === name),
    );
}

const KIND_OF = {
  vip: 'VirtualAddress',
  identity: 'IdentityRoute',
  database: 'DatabaseFailover',
  catalog: 'EndpointCatalog',
} as const;
