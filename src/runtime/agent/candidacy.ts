/**
 * Standing for an election, and what an agent has only while it leads: the mirrors that nobody else's duty reads. They
 * are opened when the election is won and closed when it is lost, so that a node that does not lead sees no more of
 * its stores than it needs.
 */
import type { EventName } from '../../core/event.ts';
import type { Instant } from '../../core/time.ts';
import { Election } from '../../store/election.ts';
import { fileLeaseMemory } from '../../store/lease-memory.ts';
import { leaderRecord } from '../../store/schema.ts';
import type { Compare, Entry, Store } from '../../store/store.ts';
import type { Candidate } from '../duty/arbiter-duty.ts';
import type { StoreView } from '../duty/store-view.ts';
import { type Agent, LEADERSHIP_TTL_MS, MARGIN_MS } from './agent.ts';

export interface CandidacyOptions {
  /** `leader` or `arbiter`; in events, metrics and file names. */
  readonly name: 'leader' | 'arbiter';
  readonly store: Store;
  /** The campaign key. */
  readonly key: string;
  readonly onElected: (epoch: bigint) => void;
  readonly onDeposed: () => void;
}

const EVENTS = {
  leader: { won: 'leader:election:won', lost: 'leader:election:lost' },
  arbiter: { won: 'arbiter:election:won', lost: 'arbiter:election:lost' },
} as const satisfies Record<string, { won: EventName; lost: EventName }>;

export class Candidacy implements Candidate {
  readonly #agent: Agent;
  readonly #election: Election;
  #isStanding = true;

  constructor(agent: Agent, options: CandidacyOptions) {
    const { name, store, key, onElected, onDeposed } = options;
    const { config, bootId, runDirectory } = agent.parts;
    const { clock, timers, random, onProblem } = agent;
    this.#agent = agent;
    this.#election = new Election({
      store,
      key,
      value: leaderRecord.encode({ node: config.node, region: config.region, bootId }),
      ttlMs: LEADERSHIP_TTL_MS,
      marginMs: MARGIN_MS,
      clock,
      timers,
      random,
      memory: fileLeaseMemory(`${runDirectory}/${name}.json`),
      onElected: (epoch) => {
        this.#tell(EVENTS[name].won, `${config.node} is elected`, 'the campaign key was created', epoch);
        onElected(epoch);
      },
      onDeposed: (reason) => {
        this.#tell(EVENTS[name].lost, `${config.node} is not elected any more`, reason);
        onDeposed();
      },
      onProblem,
    });
    agent.addElection(name, () => this.epoch() !== undefined);
    agent.shutdown.add(`candidacy for ${name}`, () => this.#election.stop({ revoke: false }));
  }

  start(): Promise<void> {
    return this.#election.start();
  }

  epoch(): bigint | undefined {
    return this.#election.right(this.#agent.clock.nowMs())?.epoch;
  }

  /** @returns since when the store's majority has been in reach without a break; undefined while it is not */
  contactSince(): Instant | undefined {
    return this.#election.contactSince(this.#agent.clock.nowMs());
  }

  guard(epoch: bigint): Compare {
    return this.#election.guard(epoch);
  }

  /** Leadership stays away from the primary's node: losing both at once would cost a failover its judge. */
  prefer(isWelcome: boolean): void {
    if (isWelcome === this.#isStanding) return;
    this.#isStanding = isWelcome;
    if (isWelcome) this.#election.stand();
    else this.#election.resign();
  }

  #tell(name: EventName, message: string, cause: string, epoch?: bigint): void {
    const event = { name, subject: this.#agent.parts.config.region, message, cause };
    this.#agent.record(epoch === undefined ? event : { ...event, epoch });
  }
}

/** A view that is only there at times; while it is not, nothing in it can be believed. */
export class LateView implements StoreView {
  target: StoreView | undefined;

  entries(): Iterable<Entry> {
    return this.target?.entries() ?? [];
  }

  get revision(): bigint {
    return this.target?.revision ?? 0n;
  }

  awayForMs(): number {
    return this.target?.awayForMs() ?? Number.MAX_SAFE_INTEGER;
  }
}

const LOOK_MS = 1_000;

/** Looks now and then whether this node is the primary's, and lets others lead while it is. */
export function keepAwayFromPrimary(agent: Agent, candidacies: readonly Candidacy[], isPrimary: () => boolean): void {
  const loop = agent.loop({
    name: 'candidacies',
    everyMs: LOOK_MS,
    timeoutMs: LOOK_MS,
    tick: async () => {
      for (const candidacy of candidacies) candidacy.prefer(!isPrimary());
      return undefined;
    },
  });
  loop.start();
}
