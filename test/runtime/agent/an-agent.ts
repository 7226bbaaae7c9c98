/** What the parts of an agent need of it, on virtual time and with stores in memory. The node is south-1. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeySeal } from '../../../src/actuator/key-seal.ts';
import type { NewEvent } from '../../../src/core/event.ts';
import { noGrants } from '../../../src/core/grants.ts';
import type { Agent } from '../../../src/runtime/agent/agent.ts';
import { Mirrors } from '../../../src/runtime/agent/mirrors.ts';
import { LeasedKeys } from '../../../src/runtime/duty/leased-keys.ts';
import { TickLoop, type TickLoopOptions } from '../../../src/runtime/tick-loop.ts';
import type { LeaseMemory, RememberedLease } from '../../../src/store/lease-memory.ts';
import type { Store } from '../../../src/store/store.ts';
import { AStore } from '../duty/a-store.ts';
import { fixedRandom, settle } from '../fake-time.ts';

export interface Life {
  readonly node: string;
  readonly region: string;
  readonly regional: AStore;
  readonly global: AStore;
  /** What a process finds of the one before it. */
  readonly memories: Map<string, RememberedLease>;
  readonly runDirectory: string;
  readonly isOne?: boolean;
}

/** Two stores on one clock and a directory for what processes remember. */
export async function aLife(node = 'south-1'): Promise<Life> {
  const regional = new AStore();
  return {
    node,
    region: node.split('-')[0] ?? '',
    regional,
    global: new AStore(regional.time),
    memories: new Map(),
    runDirectory: await mkdtemp(join(tmpdir(), 'regent-agent-')),
  };
}

export const endLife = ({ runDirectory }: Life) => rm(runDirectory, { recursive: true });

/** One process of the agent. */
export class AnAgent {
  readonly parts;
  readonly clock;
  readonly timers;
  readonly random = fixedRandom(0);
  readonly mirrors: Mirrors;
  readonly told: NewEvent[] = [];
  readonly problems: unknown[] = [];
  readonly complaints: string[] = [];
  readonly elections = new Map<string, () => boolean>();
  readonly #life: Life;
  readonly #steps: (() => Promise<void>)[] = [];

  constructor(life: Life) {
    const { time } = life.regional;
    this.#life = life;
    this.clock = time;
    this.timers = time;
    this.mirrors = new Mirrors({ clock: time, timers: time, random: this.random, onProblem: this.onProblem });
    this.shutdown.add('mirrors', () => this.mirrors.closeAll());
    this.parts = {
      config: {
        node: life.node,
        region: life.region,
        roles: ['proxy'],
        addresses: ['198.51.100.11'],
        stores: { global: { endpoints: ['a', 'b', 'c'] } },
        http: { address: '127.0.0.1', port: 9464 },
        stateDirectory: life.runDirectory,
      },
      version: '1',
      bootId: 'boot-1',
      runDirectory: life.runDirectory,
      grants: noGrants,
      seal: undefined as KeySeal | undefined,
      stores: { regional: life.regional.store, global: life.global.store, isOne: life.isOne ?? false },
      logger: { error: ({ detail }: { readonly detail: string }) => this.complaints.push(detail) },
    };
  }

  /** As the parts see it. */
  get agent(): Agent {
    return this as unknown as Agent;
  }

  get names(): readonly string[] {
    return this.told.map((event) => event.name);
  }

  readonly shutdown = {
    isEnding: false,
    add: (_name: string, stop: () => Promise<void>): void => {
      this.#steps.push(stop);
    },
  };

  readonly wallMs = (): number => this.#life.regional.time.wallMs();
  readonly record = (event: NewEvent): void => {
    this.told.push(event);
  };
  readonly onProblem = (error: unknown): void => {
    this.problems.push(error);
  };

  addElection(name: string, isHeld: () => boolean): void {
    this.elections.set(name, isHeld);
  }

  keys: () => object = () => ({});

  addKeys(standing: () => object): void {
    this.keys = standing;
  }

  addDatabase(): void {}

  loop(options: TickLoopOptions): TickLoop {
    const { clock, timers, random } = this;
    const onFailed = ({ error }: { readonly error: unknown }) => void this.problems.push(error);
    const loop = new TickLoop({ clock, timers, random, onTick: () => {}, onFailed }, options);
    this.shutdown.add(options.name, () => loop.stop());
    return loop;
  }

  leasedKeys(store: Store, name: string): LeasedKeys {
    const { clock, timers, onProblem } = this;
    const keys: LeasedKeys = new LeasedKeys({
      store,
      ttlMs: 9_000,
      marginMs: 600,
      memory: this.#memory(name),
      clock,
      timers,
      onWake: () => loop.wake(),
      onProblem,
    });
    this.shutdown.add(name, () => keys.stop({ revoke: false }));
    const tick = async (signal: AbortSignal) => {
      await keys.flush(signal);
      return undefined;
    };
    const loop = this.loop({ name: `${name}-presence`, everyMs: 5_000, timeoutMs: 5_000, tick });
    loop.start();
    return keys;
  }

  /** In order; time goes on meanwhile. */
  async stop(): Promise<void> {
    this.shutdown.isEnding = true;
    for (const stop of this.#steps.toReversed()) {
      let isOver = false;
      const stopped = stop().finally(() => {
        isOver = true;
      });
      await settle();
      while (!isOver) await this.#life.regional.time.advance(10);
      await stopped;
    }
  }

  #memory(name: string): LeaseMemory {
    const { memories } = this.#life;
    return {
      load: async () => memories.get(name),
      save: async (lease) => void memories.set(name, lease),
      clear: async () => void memories.delete(name),
    };
  }
}
