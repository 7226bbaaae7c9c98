/**
 * A simulated agent: the real election and lease holder on a simulated machine, and the least a leader does: it
 * writes its epoch under the guard of its leadership, and acts only while it may. Its processes come and go; what it
 * remembers of its lease stays.
 */
import { mayAct, type Right } from '../../src/core/fencing.ts';
import { Election } from '../../src/store/election.ts';
import { leaderKey } from '../../src/store/keys.ts';
import type { LeaseMemory, RememberedLease } from '../../src/store/lease-memory.ts';
import type { MemoryCluster } from '../../src/store/memory-cluster.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Machine } from './machine.ts';
import type { Path } from './path.ts';
import type { SeededRandom } from './random.ts';

export const WORK_KEY = '/regent/v1/desired/simulation/work';
const WORK_EVERY_MS = 250;

export interface AgentOptions {
  readonly name: string;
  readonly machine: Machine;
  readonly path: Path;
  readonly cluster: MemoryCluster;
  readonly random: SeededRandom;
  readonly ttlMs: number;
  readonly marginMs: number;
  readonly callTimeoutMs: number;
  onElected(agent: Agent, epoch: bigint): void;
}

export class Agent {
  readonly name: string;
  readonly machine: Machine;
  readonly path: Path;
  readonly #options: AgentOptions;
  readonly #memory = leaseMemory();
  #election: Election | undefined;
  #right: Right | undefined;
  #isAside = false;

  constructor(options: AgentOptions) {
    this.name = options.name;
    this.machine = options.machine;
    this.path = options.path;
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#election !== undefined;
  }

  /** True if nothing keeps it from leading. */
  get isFit(): boolean {
    return this.isRunning && !this.machine.isFrozen && this.path.isWhole && !this.#isAside;
  }

  isLeading(): boolean {
    return this.#election?.isLeading(this.machine.clock.nowMs()) ?? false;
  }

  /**
   * What the agent last relied on. It outlives freezing and killing: nobody is there to stop what was begun under it,
   * and what fences it from outside goes by the same deadline.
   */
  lastRight(): Right | undefined {
    if (!this.machine.isFrozen) this.#right = this.#election?.right(this.machine.clock.nowMs()) ?? this.#right;
    return this.#right;
  }

  start(): void {
    const { machine, path, cluster, random, ttlMs, marginMs, callTimeoutMs, name } = this.#options;
    const timers = machine.timers();
    const link = path.link(machine.receiver());
    const member = () => path.member;
    const store = new MemoryStore({ name: 'regional', cluster, timers, link, member, callTimeoutMs });
    const election: Election = new Election({
      store,
      key: leaderKey(),
      value: name,
      ttlMs,
      marginMs,
      clock: machine.clock,
      timers,
      random,
      memory: this.#memory,
      onElected: (epoch) => {
        this.#options.onElected(this, epoch);
        work(epoch);
      },
      onDeposed: () => {},
    });
    const work = (epoch: bigint) => {
      const right = election.right(machine.clock.nowMs());
      if (!mayAct(right, epoch, machine.clock.nowMs()).ok) return;
      const write = { kind: 'put', key: WORK_KEY, value: epoch.toString() } as const;
      // A write that was not confirmed is not repeated here; the next one follows anyway.
      store.transact([election.guard(epoch)], [write]).catch(() => {});
      timers.after(WORK_EVERY_MS, () => work(epoch));
    };
    this.#election = election;
    void election.start();
  }

  /** The process dies without a word. */
  kill(): void {
    this.lastRight();
    this.machine.kill();
    this.#election = undefined;
  }

  /** Stops what it does as leader and then gives the leadership away. */
  resign(): void {
    this.#isAside = true;
    this.#right = undefined;
    this.#election?.resign();
  }

  stand(): void {
    this.#isAside = false;
    this.#election?.stand();
  }
}

/** What a machine remembers of a lease from one process to the next. */
export function leaseMemory(): LeaseMemory {
  let remembered: RememberedLease | undefined;
  return {
    load: async () => remembered,
    save: async (lease) => {
      remembered = lease;
    },
    clear: async () => {
      remembered = undefined;
    },
  };
}
