/**
 * What every agent does in its region's store: it registers under a lease, writes what its probes see when it changes,
 * and follows the decisions and the policies in force.
 */
import type { Observation } from '../../core/observation.ts';
import { nodeKey, observationKey, prefixes } from '../../store/keys.ts';
import { nodeRecord, observationRecord } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import type { LeasedKeys } from '../duty/leased-keys.ts';
import { type RegionView, readRegion } from '../duty/region-view.ts';
import type { Agent } from './agent.ts';
import type { MirrorSet } from './mirror-set.ts';
import { PolicyBook } from './policy-book.ts';

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

  /** This node's keys under its lease there. */
  get presence(): LeasedKeys {
    return this.#presence;
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

  /** For how long the others surely see this node, in ms. */
  get leaseRemainingMs(): number {
    return this.#presence.remainingMs;
  }

  /** Takes back what `observe` said. */
  forget(probe: string): void {
    this.#presence.remove(observationKey(this.#agent.parts.config.node, probe));
  }

  observe(probe: string, { health, detail, facts }: Observation): void {
    const since = new Date(this.#agent.wallMs()).toISOString();
    this.#presence.set(
      observationKey(this.#agent.parts.config.node, probe),
      observationRecord.encode({ health, detail, facts, since }),
      withoutSince,
    );
  }
}

/** A process that sees the same as the one before it says nothing new. */
function withoutSince(observation: string): string {
  return JSON.stringify({ ...JSON.parse(observation), since: '' });
}

/** Where other nodes reach `/status`; undefined while it listens on loopback only. */
function httpOf(agent: Agent): string | null {
  const { address, port } = agent.parts.config.http;
  return address.startsWith('127.') || address === '::1'
    ? null
    : `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
