/** The events and refusals of an identity route, in words. */
import type { DesiredIdentity, IdentityState } from './desired.ts';
import type { NewEvent, RefusalCode } from './event.ts';
import type { IdentityCase } from './identity-case.ts';
import type { IdentityBlock } from './identity-state.ts';
import type { StandingRefusal } from './region-snapshot.ts';
import { staleReplicas } from './replica-age.ts';

export function routeEvent(that: IdentityCase, desired: DesiredIdentity, state: IdentityState): NewEvent {
  const { accepted, current } = that;
  const stale = state === 'isolated' ? staleReplicas(that) : [];
  return {
    name: `identity:region:${state}`,
    subject: accepted.policy.name,
    message: `${that.snapshot.region} is ${state}; ${whatGoes(desired)}${staleText(stale, that)}`,
    cause: causeOf(that, state),
    observers: state === 'suspect' || state === 'isolated' ? that.votes.failed.nodes : that.votes.ok.nodes,
    policyRevision: accepted.revision,
    facts: {
      from: current?.state ?? null,
      ...commonFacts(that),
      ready: desired.ready,
      order: that.order?.id ?? null,
      stale,
    },
  };
}

function whatGoes({ backend, rollout, ready }: DesiredIdentity): string {
  if (rollout === null) return `${backend} goes to ${ready.join(', ')}`;
  return `the files of ${rollout.nodes.join(', ')} are to name ${rollout.to}`;
}

function staleText(stale: readonly string[], { accepted }: IdentityCase): string {
  if (stale.length === 0) return '';
  return `; data of ${stale.join(', ')} were older than ${accepted.policy.maxLagMs / 1000} s before that (ReplicaBehind)`;
}

function causeOf({ current, home, votes, snapshot, order }: IdentityCase, state: IdentityState): string {
  if (order !== undefined) return `${order.kind} ordered by ${order.by}`;
  if (current === undefined) return 'first decision under this policy';
  if (home === snapshot.region && current.home !== home) return 'the primary moved into this region';
  if (current.home !== home) return `the primary moved from ${current.home} to ${home}`;
  if (current.state === state) return 'the usable Keystones changed';
  if (state === 'suspect' || state === 'isolated') {
    return `${votes.failed.nodes.length} observers failed, ${votes.needed} are needed; for ${Math.round(votes.failed.majorityForMs ?? 0)} ms`;
  }
  return `${votes.ok.nodes.length} observers are ok, ${votes.needed} are needed; for ${Math.round(votes.ok.majorityForMs ?? 0)} ms`;
}

export function blockedBecause({ accepted, votes, snapshot }: IdentityCase, blocked: IdentityBlock): string {
  switch (blocked) {
    case 'MinorityOfObservers':
      return `${votes.failed.nodes.length} of ${accepted.policy.observers.length} observers failed, ${votes.needed} are needed`;
    case 'NoHealthyTarget':
      return 'no Keystone of this region is known to issue tokens';
    case 'ManualPromotion':
      return `home answers again, and the policy returns by order only: regentctl identity return ${snapshot.region}`;
    case 'Cooldown':
      return 'home answers again, and the region has not been away for the cooldown of the policy';
  }
}

export function routeRefusal(that: IdentityCase, code: RefusalCode, cause: string): StandingRefusal {
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

function commonFacts({ home, votes, snapshot }: IdentityCase) {
  return {
    home: home ?? null,
    failed: votes.failed.nodes,
    silent: votes.silent,
    globalStoreReachable: snapshot.globalReachable,
  };
}
