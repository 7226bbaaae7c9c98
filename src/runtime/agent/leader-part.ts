/**
 * Standing for a region's leader, and the leader's two loops: decisions and policies. What only a leader sees is
 * mirrored only while it leads.
 */
import { leaderKey, prefixes, regionKey } from '../../store/keys.ts';
import { regionRecord } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { KeysRelay } from '../duty/keys-relay.ts';
import { concernsKeys } from '../duty/keys-view.ts';
import { LeaderDuty } from '../duty/leader-duty.ts';
import type { LeasedKeys } from '../duty/leased-keys.ts';
import { PolicyDuty } from '../duty/policy-duty.ts';
import type { Agent } from './agent.ts';
import { Candidacy, LateView } from './candidacy.ts';
import { GlobalKnowledge } from './global-knowledge.ts';
import type { MirrorSet } from './mirror-set.ts';
import { PolicyBook } from './policy-book.ts';

const PREFIXES = [
  prefixes.nodes,
  prefixes.observations,
  prefixes.policies,
  prefixes.accepted,
  prefixes.rejected,
  prefixes.desired,
  prefixes.applied,
  prefixes.holds,
  prefixes.identities,
  prefixes.keys,
  prefixes.wantedKeys,
];
const TICK_MS = 10_000;
const TIMEOUT_MS = 5_000;

/** @param globalKeys where the region's leader registers in the global store */
export async function standForLeader(agent: Agent, store: Store, globalKeys: LeasedKeys): Promise<Candidacy> {
  const { node, region } = agent.parts.config;
  const view = new LateView();
  const knowledge = new GlobalKnowledge(agent);
  let mirrors: MirrorSet | undefined;
  const wake = (keys?: readonly string[]) => {
    decisionLoop.wake();
    if (policies.wants(keys)) policyLoop.wake();
    if (concernsKeys(keys)) keysLoop.wake();
  };
  const candidacy = new Candidacy(agent, {
    name: 'leader',
    store,
    key: leaderKey(),
    onElected: (epoch) => {
      mirrors = agent.mirrors.open(store, PREFIXES, wake);
      view.target = mirrors;
      knowledge.open(wake);
      globalKeys.set(regionKey(region), regionRecord.encode({ leader: node, epoch }));
      wake();
    },
    onDeposed: () => {
      view.target = undefined;
      globalKeys.remove(regionKey(region));
      relay.silence();
      void knowledge.close();
      if (mirrors !== undefined) void agent.mirrors.close(mirrors);
      mirrors = undefined;
    },
  });
  const decisions = decisionDuty(agent, store, view, candidacy, knowledge);
  const policies = policyDuty(agent, store, view, candidacy, knowledge);
  const relay = keysRelay(agent, store, view, candidacy, knowledge, globalKeys);
  const pace = { everyMs: TICK_MS, timeoutMs: TIMEOUT_MS };
  const decisionLoop = agent.loop({ name: 'leader', ...pace, tick: (signal) => decisions.tick(signal) });
  const policyLoop = agent.loop({ name: 'policies', ...pace, tick: (signal) => policies.tick(signal) });
  const keysLoop = agent.loop({ name: 'leader-keys', ...pace, tick: (signal) => relay.tick(signal) });
  for (const loop of [decisionLoop, policyLoop, keysLoop]) loop.start();
  await candidacy.start();
  return candidacy;
}

function decisionDuty(agent: Agent, store: Store, view: LateView, leadership: Candidacy, knowledge: GlobalKnowledge) {
  const book = new PolicyBook(view, (detail) => agent.parts.logger.error({ detail }, 'a policy cannot be read'));
  const { isOne } = agent.parts.stores;
  return new LeaderDuty({
    region: agent.parts.config.region,
    store,
    view,
    leadership,
    policies: () => (isOne ? book.all() : [...book.all(), ...knowledge.shared()]),
    unreadable: () => (isOne ? book.unreadable() : [...book.unreadable(), ...knowledge.unreadable()]),
    databases: () => knowledge.databases(),
    record: agent.record,
    clock: agent.clock,
    wallMs: agent.wallMs,
  });
}

function policyDuty(agent: Agent, store: Store, view: LateView, leadership: Candidacy, knowledge: GlobalKnowledge) {
  return new PolicyDuty({
    store,
    view,
    leadership,
    scope: agent.parts.stores.isOne ? 'only' : 'regional',
    region: agent.parts.config.region,
    databases: () => knowledge.policiesIfKnown(),
    isManaged: (database) => knowledge.isManaged(database),
    globalStoreSites: globalStoreSites(agent),
    record: agent.record,
  });
}

function keysRelay(
  agent: Agent,
  store: Store,
  view: LateView,
  leadership: Candidacy,
  knowledge: GlobalKnowledge,
  up: LeasedKeys,
): KeysRelay {
  return new KeysRelay({
    region: agent.parts.config.region,
    store,
    view,
    leadership,
    policies: () => knowledge.keyPolicies(),
    unreadable: () => knowledge.unreadable(),
    global: knowledge.view,
    up,
  });
}

/** The global store has a member per site, and the configuration names every member. */
export function globalStoreSites(agent: Agent): number {
  const { global, regional } = agent.parts.config.stores;
  return (global ?? regional)?.endpoints.length ?? 0;
}
