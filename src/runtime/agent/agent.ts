/**
 * What every agent has, whatever its roles: configuration, grants, stores, audit trail, presence, loops and probes,
 * and one order in which all of it is started and stopped. Roles add to it; nothing is decided here.
 */
import { join } from 'node:path';
import type { KeySeal } from '../../actuator/key-seal.ts';
import type { NewEvent } from '../../core/event.ts';
import type { Grants } from '../../core/grants.ts';
import type { Probe } from '../../probe/probe.ts';
import { fileLeaseMemory } from '../../store/lease-memory.ts';
import type { Store } from '../../store/store.ts';
import type { AgentStatus } from '../agent-status.ts';
import { systemClock, systemRandom, systemTimers } from '../clock.ts';
import type { AgentConfig } from '../config-schema.ts';
import { LeasedKeys } from '../duty/leased-keys.ts';
import type { RunningLogger } from '../logger.ts';
import { createMetrics, type Metrics, type MetricsSample } from '../metrics.ts';
import { ProbeRunner } from '../probe-runner.ts';
import { agentExitCodes, Shutdown } from '../shutdown.ts';
import { TickLoop, type TickLoopOptions } from '../tick-loop.ts';
import { Mirrors } from './mirrors.ts';
import type { Stores } from './stores.ts';
import { Trail } from './trail.ts';

export interface AgentParts {
  readonly config: AgentConfig;
  readonly version: string;
  readonly bootId: string;
  readonly grants: Grants;
  readonly stores: Stores;
  readonly logger: RunningLogger;
  /** Where leases are remembered from one process to the next; emptied by a reboot. */
  readonly runDirectory: string;
  /** Undefined where agent.yaml names no sealing key. */
  readonly seal: KeySeal | undefined;
}

/** Presence: three renewals may be lost (architecture.md, "Two stores"). */
export const PRESENCE_TTL_MS = 9_000;
/** Leaders and the arbiter (architecture.md, "Two stores"). */
export const LEADERSHIP_TTL_MS = 3_000;
/** 2 · 50 ms round trip + 1000 ppm of 3 s + 400 ms to step down, rounded up; see core/lease-timing.ts. */
export const MARGIN_MS = 600;
const STOP_WITHIN_MS = 8_000;
const FLUSH_MS = 5_000;
const STORES_EVERY_MS = 1_000;

export class Agent {
  readonly parts: AgentParts;
  readonly clock = systemClock;
  readonly timers = systemTimers;
  readonly random = systemRandom;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  readonly probes: ProbeRunner;
  readonly mirrors: Mirrors;
  readonly #trail: Trail;
  readonly #loops: TickLoop[] = [];
  readonly #elections = new Map<string, () => boolean>();
  readonly #registrations = new Map<string, LeasedKeys>();
  readonly #databases = new Map<string, () => AgentStatus['databases'][string]>();
  #keys: () => MetricsSample['keys'] = () => ({});
  readonly #probeSources: (() => readonly Probe[])[] = [];

  /** @param onGone a probe is wanted no more */
  constructor(parts: AgentParts, onObservation: (probe: string) => void, onGone: (probe: string) => void) {
    const { clock, timers, random, onProblem } = this;
    this.parts = parts;
    this.#trail = new Trail(parts, () => this.metrics);
    this.metrics = createMetrics(parts.version, () => this.#sample());
    this.mirrors = new Mirrors({ clock, timers, random, onProblem });
    this.probes = new ProbeRunner({
      clock,
      timers,
      random,
      onChange: onObservation,
      onGone,
      onLook: (probe, durationMs, { health }) => this.metrics.probeLooked(probe, durationMs, health),
    });
    this.shutdown = new Shutdown({ process, timers, logger: parts.logger, deadlineMs: STOP_WITHIN_MS });
  }

  /** Wall clock, for records that people read. */
  readonly wallMs = (): number => Date.now();

  /** Never fails and never blocks. */
  readonly record = (event: NewEvent): void => this.#trail.record(event);

  /** For errors that cost nothing but a retry. */
  readonly onProblem = (error: unknown): void => {
    this.parts.logger.debug({ err: error }, 'a call to a store failed');
  };

  /** Begins to tell and to watch over the stores; what is begun here ends last. */
  async begin(): Promise<void> {
    this.shutdown.add('stores', async () => {
      const { regional, global } = this.parts.stores;
      await Promise.all([regional?.close(), global.close()]);
    });
    this.shutdown.add('mirrors', () => this.mirrors.closeAll());
    this.shutdown.add('events', () => this.#trail.close());
    await this.#trail.open();
    const tick = async () => {
      for (const event of this.mirrors.changes()) this.record(event);
      return undefined;
    };
    this.loop({ name: 'stores', everyMs: STORES_EVERY_MS, timeoutMs: STORES_EVERY_MS, tick }).start();
  }

  /** Keys under a lease of this agent in one store, kept by a loop of their own and resumed after a restart. */
  leasedKeys(store: Store, name: 'regional' | 'global'): LeasedKeys {
    const { clock, timers, onProblem } = this;
    const memory = fileLeaseMemory(join(this.parts.runDirectory, `presence-${name}.json`));
    const keys = new LeasedKeys({
      store,
      ttlMs: PRESENCE_TTL_MS,
      marginMs: MARGIN_MS,
      memory,
      clock,
      timers,
      onWake: () => loop.wake(),
      onProblem,
    });
    this.#registrations.set(name, keys);
    this.shutdown.add(`${name} presence`, () => keys.stop({ revoke: false }));
    const loop = this.loop({
      name: `${name}-presence`,
      everyMs: FLUSH_MS,
      timeoutMs: FLUSH_MS,
      tick: async (signal) => {
        await keys.flush(signal);
        return undefined;
      },
    });
    loop.start();
    return keys;
  }

  loop(options: TickLoopOptions): TickLoop {
    const { clock, timers, random } = this;
    const loop = new TickLoop(
      {
        clock,
        timers,
        random,
        onTick: (name, durationMs, kind) => this.metrics.tickEnded(name, durationMs, kind),
        onFailed: ({ loop: name, kind, error }) => this.#tickFailed(name, kind, error),
      },
      options,
    );
    this.#loops.push(loop);
    this.shutdown.add(`loop ${options.name}`, () => loop.stop());
    return loop;
  }

  /** Probes may change with the policies; `refreshProbes` asks every source again. */
  addProbes(source: () => readonly Probe[]): void {
    this.#probeSources.push(source);
  }

  refreshProbes(): Promise<void> {
    return this.probes.use(this.#probeSources.flatMap((source) => source()));
  }

  addElection(name: string, isHeld: () => boolean): void {
    this.#elections.set(name, isHeld);
  }

  addDatabase(name: string, status: () => AgentStatus['databases'][string]): void {
    this.#databases.set(name, status);
  }

  /** How this node's Keystone keys stand, by policy. */
  addKeys(standing: () => MetricsSample['keys']): void {
    this.#keys = standing;
  }

  /** Loops that should have gone round and have not. */
  healthComplaints(): readonly string[] {
    return this.#loops.filter((loop) => loop.isLate).map((loop) => `loop ${loop.name} does not go round`);
  }

  /** Why others cannot count on this agent: a store that it cannot ask, or one in which they cannot see it yet. */
  readinessComplaints(): readonly string[] {
    const away = [...this.mirrors.awayForMs()]
      .filter(([, ms]) => ms > 0)
      .map(([store]) => `the ${store} store is away`);
    const unseen = [...this.#registrations].filter(([, keys]) => !keys.isRegistered);
    return [...away, ...unseen.map(([store]) => `not registered in the ${store} store`)];
  }

  status(): AgentStatus {
    const databases = Object.fromEntries([...this.#databases].map(([name, status]) => [name, status()]));
    return { node: this.parts.config.node, version: this.parts.version, databases };
  }

  #tickFailed(loop: string, kind: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const subject = this.parts.config.node;
    this.parts.logger.warn({ loop, kind, err: error }, 'a tick failed');
    this.record({ name: 'agent:tick:failed', subject, message: `${loop}: ${message}`, cause: kind });
    if (kind === 'defect') void this.shutdown.begin(`a defect in ${loop}`, agentExitCodes.defect);
  }

  #sample() {
    return {
      storeConfirmedAgeSeconds: Object.fromEntries(
        [...this.mirrors.awayForMs()].map(([name, ms]) => [name, ms / 1000]),
      ),
      holds: Object.fromEntries([...this.#elections].map(([name, isHeld]) => [name, isHeld()])),
      promisedSeconds: Object.fromEntries(
        [...this.#databases].map(([name, status]) => [name, status().promisedSeconds]),
      ),
      keys: this.#keys(),
      eventsUnshipped: this.#trail.backlog,
    };
  }
}
