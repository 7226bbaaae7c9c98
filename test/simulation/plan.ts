/**
 * From a seed to a schedule: which faults happen when. They look for whoever leads, since that is where they can do
 * harm. An agent has one fault at a time and then some peace, and the store has one at a time, so that each fault's
 * own promise can be judged; everything else may overlap.
 */
import { leaderKey } from '../../src/store/keys.ts';
import type { Agent } from './agent.ts';
import { earlyRevocation, type Fault, ORDINARY_FAULTS } from './faults.ts';
import type { SeededRandom } from './random.ts';
import type { World } from './world.ts';

/** Everybody has found a leader by then. */
const FIRST_FAULT_MS = 3_000;
export const FAULTS_END_MS = 32_000;
const PEACE_MS = 2_500;
const AT_THE_LEADER = 0.6;
const REVOCATIONS = 0.3;

export class Plan {
  /** When faults are to happen, in ms from the start. */
  readonly timesMs: readonly number[];
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #quietFrom = new Map<Agent | 'store', number>();

  constructor(world: World, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
    const times = Array.from({ length: random.whole(2, 9) }, () => random.between(FIRST_FAULT_MS, FAULTS_END_MS));
    this.timesMs = times.sort((a, b) => a - b);
  }

  /** @returns the fault that happens now; undefined if what it would hit has not had its peace yet. */
  draw(): Fault | undefined {
    const world = this.#world;
    const random = this.#random;
    const agent = this.#victim();
    const isRevocation = world.options.earlyRevocation && random.happens(REVOCATIONS);
    const fault = (isRevocation ? earlyRevocation : random.pick(ORDINARY_FAULTS))(world, agent, random.fork());
    const now = world.scheduler.nowMs();
    const disturbed = fault.kind === 'minority' ? [agent, 'store' as const] : [fault.agent ?? ('store' as const)];
    if (disturbed.some((part) => (this.#quietFrom.get(part) ?? 0) > now)) return undefined;
    for (const part of disturbed) this.#quietFrom.set(part, now + fault.durationMs + PEACE_MS);
    return fault;
  }

  #victim(): Agent {
    const { agents, cluster } = this.#world;
    const any = this.#random.pick(agents as readonly [Agent, ...Agent[]]);
    if (!this.#random.happens(AT_THE_LEADER)) return any;
    return agents.find((agent) => agent.name === cluster.state.get(leaderKey())?.value) ?? any;
  }
}
