/**
 * What an agent does in its region's store: it registers under a lease, writes what its probes see when it changes,
 * follows the decisions and the policies in force, and stands for the region's leader.
 */
import type { Observation } from '../../core/observation.ts';
import { leaderKey, nodeKey, observationKey, prefixes, regionKey } from '../../store/keys.ts';
import { nodeRecord, observationRecord, regionRecord } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { LeaderDuty } from '../duty/leader-duty.ts';
import type { LeasedKeys } from '../duty/leased-keys.ts';
import { PolicyDuty } from '../duty/policy-duty.ts';
import { type RegionView, readRegion } from '../duty/region-view.ts';
import type { Agent } from './agent.ts';
import { Candidacy, LateView } from './candidacy.ts';
import { GlobalKnowledge } from './global-knowledge.ts';
import type { MirrorSet } from './mirror-set.ts';
import { PolicyBook } from './policy-book.ts';

const LEADER_PREFIXES = [
  prefixes.nodes,
  prefixes.observations,
  prefixes.policies,
  prefixes.accepted,
  prefixes.rejected,
  prefixes.desired,
  prefixes.holds,
];
const LEADER_TICK_MS = 10_000;
const TIMEOUT_MS = 5_000;

export class RegionPart {
  readonly #agent: Agent;
  readonly #store: Store;
  readonly #presence: LeasedKeys;
  readonly #follow: MirrorSet;
  readonly book: PolicyBook;
  readonly #wakers: (() => void)[] = [];

  private constructor(agent: Agent, store: Store, presence: LeasedKeys) {
    this.#agent = agent;
    this.#store = store;
    this.#presence = presence;
    this.#follow = agent.mirrors.open(store, [prefixes.desired, prefixes.accepted], () => {
      for (const wake of this.#wakers) wake();
    });
    this.book = new PolicyBook(this.#follow, (detail) =>
      agent.parts.logger.error({ detail }, 'a policy cannot be read'),
    );
  }

  static join(agent: Agent, store: Store): RegionPart {
    const presence = agent.leasedKeys(store, 'regional');
    const part = new RegionPart(agent, store, presence);
    const { node, region, roles, addresses } = agent.parts.config;
    const { version, bootId } = agent.parts;
    presence.set(nodeKey(node), nodeRecord.encode({ region, roles, addresses, version, bootId, http: httpOf(agent) }));
    return part;
  }

  /** What the leader wants, as last seen. */
  decisions(): RegionView {
    return readRegion(this.#follow.entries());
  }

  /** The region that has the primary of a database, as the leader last wrote it; undefined before it ever did. */
  homeOf(database: string): string | undefined {
    for (const { value } of this.decisions().desired) {
      if (value.kind === 'database' && value.name === database) return value.region;
    }
    return undefined;
  }

  get view(): MirrorSet {
    return this.#follow;
  }

  get store(): Store {
    return this.#store;
  }

  /** Called when a decision or a policy in force changes. */
  onChange(wake: () => void): void {
    this.#wakers.push(wake);
  }

  observe(probe: string, { health, detail, facts }: Observation): void {
    const since = new Date(this.#agent.wallMs()).toISOString();
    this.#presence.set(
      observationKey(this.#agent.parts.config.node, probe),
      observationRecord.encode({ health, detail, facts, since }),
    );
  }

  /** Stands for leader; the global store is opened by the leader only, unless this agent has its own reasons. */
  async stand(regions: LeasedKeys | undefined): Promise<Candidacy> {
    const agent = this.#agent;
    const store = this.#store;
    const view = new LateView();
    const knowledge = new GlobalKnowledge(agent);
    let mirrors: MirrorSet | undefined;
    const wake = () => {
      leaderLoop.wake();
      policyLoop.wake();
    };
    const region = agent.parts.config.region;
    const candidacy = new Candidacy(agent, {
      name: 'leader',
      store,
      key: leaderKey(),
      onElected: () => {
        mirrors = agent.mirrors.open(store, LEADER_PREFIXES, wake);
        view.target = mirrors;
        knowledge.open(wake);
        const epoch = candidacy.epoch();
        if (epoch !== undefined)
          regions?.set(regionKey(region), regionRecord.encode({ leader: agent.parts.config.node, epoch }));
        wake();
      },
      onDeposed: () => {
        view.target = undefined;
        regions?.remove(regionKey(region));
        void knowledge.close();
        if (mirrors !== undefined) void agent.mirrors.close(mirrors);
        mirrors = undefined;
      },
    });
    const book = new PolicyBook(view, (detail) => agent.parts.logger.error({ detail }, 'a policy cannot be read'));
    const duty = new LeaderDuty({
      region,
      store,
      view,
      leadership: candidacy,
      policies: () => (agent.parts.stores.isOne ? book.all() : [...book.all(), ...knowledge.policies()]),
      unreadable: () =>
        agent.parts.stores.isOne ? book.unreadable() : [...book.unreadable(), ...knowledge.unreadable()],
      databases: () => knowledge.databases(),
      record: agent.record,
      clock: agent.clock,
      wallMs: agent.wallMs,
    });
    const policies = new PolicyDuty({
      store,
      view,
      leadership: candidacy,
      scope: agent.parts.stores.isOne ? 'only' : 'regional',
      region,
      databases: () => knowledge.policiesIfKnown(),
      globalStoreSites: globalStoreSites(agent),
      record: agent.record,
    });
    const leaderLoop = agent.loop({
      name: 'leader',
      everyMs: LEADER_TICK_MS,
      timeoutMs: TIMEOUT_MS,
      tick: (signal) => duty.tick(signal),
    });
    const policyLoop = agent.loop({
      name: 'policies',
      everyMs: LEADER_TICK_MS,
      timeoutMs: TIMEOUT_MS,
      tick: (signal) => policies.tick(signal),
    });
    leaderLoop.start();
    policyLoop.start();
    await candidacy.start();
    return candidacy;
  }
}

/** The global store has a member per site, and the configuration names every member. */
export function globalStoreSites(agent: Agent): number {
  const { global, regional } = agent.parts.config.stores;
  return (global ?? regional)?.endpoints.length ?? 0;
}

/** Where other nodes reach `/status`; undefined while it listens on loopback only. */
function httpOf(agent: Agent): string | null {
  const { address, port } = agent.parts.config.http;
  return address.startsWith('127.') || address === '::1'
    ? null
    : `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
