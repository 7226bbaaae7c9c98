/**
 * What every agent has, whatever its roles: configuration, grants, stores, audit trail, presence, loops and probes,
 * and one order in which all of it is started and stopped. Roles add to it; nothing is decided here.
 */
import { join } from 'node:path';
import { Journal } from '../../audit/journal.ts';
import { Recorder } from '../../audit/recorder.ts';
import { Shipper } from '../../audit/shipper.ts';
import type { NewEvent } from '../../core/event.ts';
import type { Grants } from '../../core/grants.ts';
import { wallTime } from '../../core/time.ts';
import type { Probe } from '../../probe/probe.ts';
import { fileLeaseMemory } from '../../store/lease-memory.ts';
import type { Store } from '../../store/store.ts';
import type { AgentStatus } from '../agent-status.ts';
import { systemClock, systemRandom, systemTimers } from '../clock.ts';
import type { AgentConfig } from '../config-schema.ts';
import { LeasedKeys } from '../duty/leased-keys.ts';
import { logEvent, type RunningLogger } from '../logger.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { ProbeRunner } from '../probe-runner.ts';
import { agentExitCodes, Shutdown } from '../shutdown.ts';
import { TickLoop, type TickLoopOptions } from '../tick-loop.ts';
import { MirrorSet } from './mirror-set.ts';
import type { Stores } from './stores.ts';

export interface AgentParts {
  readonly config: AgentConfig;
  readonly version: string;
  readonly bootId: string;
  readonly grants: Grants;
  readonly stores: Stores;
  readonly logger: RunningLogger;
  /** Where leases are remembered from one process to the next; emptied by a reboot. */
  readonly runDirectory: string;
}

/** Presence: three renewals may be lost (architecture.md, "Two stores"). */
export const PRESENCE_TTL_MS = 9_000;
/** Leaders and the arbiter (architecture.md, "Two stores"). */
export const LEADERSHIP_TTL_MS = 3_000;
/** 2 · 50 ms round trip + 1000 ppm of 3 s + 400 ms to step down, rounded up; see core/lease-timing.ts. */
export const MARGIN_MS = 600;
const STOP_WITHIN_MS = 8_000;
const SHIP_WITHIN_MS = 2_000;
const FLUSH_MS = 5_000;

export class Agent {
  readonly parts: AgentParts;
  readonly clock = systemClock;
  readonly timers = systemTimers;
  readonly random = systemRandom;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  readonly probes: ProbeRunner;
  readonly #journal: Journal;
  readonly #shipper: Shipper;
  readonly #recorder: Recorder;
  readonly #loops: TickLoop[] = [];
  #mirrors: { readonly store: string; readonly set: MirrorSet }[] = [];
  readonly #elections = new Map<string, () => boolean>();
  readonly #databases = new Map<string, () => AgentStatus['databases'][string]>();
  readonly #probeSources: (() => readonly Probe[])[] = [];

  constructor(parts: AgentParts, onObservation: (probe: string) => void) {
    this.parts = parts;
    const { config, logger, stores } = parts;
    const onDamage = (detail: string) => logger.error({ detail }, 'the journal of events is damaged');
    this.#journal = new Journal({ directory: join(config.stateDirectory, 'events'), onDamage });
    this.#shipper = new Shipper({
      store: stores.regional ?? stores.global,
      journal: this.#journal,
      clock: this.clock,
      timers: this.timers,
      random: this.random,
      onProblem: (detail) => logger.warn({ detail }, 'events are not in the store yet'),
    });
    this.metrics = createMetrics(parts.version, () => this.#sample());
    this.#recorder = new Recorder({
      node: config.node,
      region: config.region,
      wallMs: () => wallTime(Date.now()),
      timers: this.timers,
      journal: this.#journal,
      shipper: this.#shipper,
      onRecorded: (event, isJournaled) => {
        logEvent(logger, event, isJournaled);
        this.metrics.eventRecorded(event.severity, isJournaled);
      },
    });
    this.probes = new ProbeRunner({
      clock: this.clock,
      timers: this.timers,
      random: this.random,
      onChange: onObservation,
      onLook: (probe, durationMs, { health }) => this.metrics.probeLooked(probe, durationMs, health),
    });
    this.shutdown = new Shutdown({ process, timers: this.timers, logger, deadlineMs: STOP_WITHIN_MS });
  }

  /** Wall clock, for records that people read. */
  readonly wallMs = (): number => Date.now();

  /** Never fails and never blocks. */
  readonly record = (event: NewEvent): void => {
    void this.#recorder.record(event);
  };

  /** For errors that cost nothing but a retry. */
  readonly onProblem = (error: unknown): void => {
    this.parts.logger.debug({ err: error }, 'a call to a store failed');
  };

  /** Opens the journal and begins to ship; the last things to end. */
  async openTrail(): Promise<void> {
    await this.#journal.open();
    this.shutdown.add('stores', async () => {
      const { regional, global } = this.parts.stores;
      await Promise.all([regional?.close(), global.close()]);
    });
    this.shutdown.add('mirrors', async () => {
      await Promise.all(this.#mirrors.map(({ set }) => set.stop()));
    });
    this.shutdown.add('events', async () => {
      this.record(this.#own('agent:process:stopped', 'the agent was stopped in order'));
      await this.#shipper.stop(SHIP_WITHIN_MS);
      await this.#journal.close();
    });
    this.#shipper.start();
    this.record(
      this.#own(
        'agent:process:started',
        `version ${this.parts.version}, roles ${this.parts.config.roles.join(', ') || 'none'}`,
      ),
    );
  }

  mirror(store: Store, prefixes: readonly string[], onWake: () => void): MirrorSet {
    const { clock, timers, random, onProblem } = this;
    const set = new MirrorSet({ store, clock, timers, random, onWake, onProblem }, prefixes);
    this.#mirrors.push({ store: store.name, set });
    set.start();
    return set;
  }

  /** For a view that is needed only while this agent leads. */
  async dropMirror(set: MirrorSet): Promise<void> {
    this.#mirrors = this.#mirrors.filter((each) => each.set !== set);
    await set.stop();
  }

  /** Keys under a lease of this agent in one store, resumed after a restart. */
  leasedKeys(store: Store, name: string, onWake: () => void): LeasedKeys {
    const { clock, timers, onProblem } = this;
    const memory = fileLeaseMemory(join(this.parts.runDirectory, `presence-${name}.json`));
    const keys = new LeasedKeys({
      store,
      ttlMs: PRESENCE_TTL_MS,
      marginMs: MARGIN_MS,
      memory,
      clock,
      timers,
      onWake,
      onProblem,
    });
    this.shutdown.add(`presence in the ${name} store`, () => keys.stop({ revoke: false }));
    return keys;
  }

  /** This agent's keys in the global store, kept by a loop; the lease is asked for with the first key. */
  globalKeys(): LeasedKeys {
    let loop: TickLoop | undefined;
    const keys = this.leasedKeys(this.parts.stores.global, 'global', () => loop?.wake());
    loop = this.loop({
      name: 'global-keys',
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
    const loop = new TickLoop(
      {
        clock: this.clock,
        timers: this.timers,
        random: this.random,
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

  /** Loops that should have gone round and have not. */
  healthComplaints(): readonly string[] {
    return this.#loops.filter((loop) => loop.isLate).map((loop) => `loop ${loop.name} does not go round`);
  }

  readinessComplaints(): readonly string[] {
    const away = this.#mirrors.filter(({ set }) => set.awayForMs() > 0);
    return [...new Set(away.map(({ store }) => `the ${store} store is away`))];
  }

  status(): AgentStatus {
    const databases = Object.fromEntries([...this.#databases].map(([name, status]) => [name, status()]));
    return { node: this.parts.config.node, version: this.parts.version, databases };
  }

  #own(name: NewEvent['name'], message: string): NewEvent {
    return { name, subject: this.parts.config.node, message, cause: 'systemd or an operator' };
  }

  #tickFailed(loop: string, kind: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.parts.logger.warn({ loop, kind, err: error }, 'a tick failed');
    this.record({
      name: 'agent:tick:failed',
      subject: this.parts.config.node,
      message: `${loop}: ${message}`,
      cause: kind,
    });
    if (kind === 'defect') void this.shutdown.begin(`a defect in ${loop}`, agentExitCodes.defect);
  }

  #sample() {
    const ages = this.#mirrors.map(({ store, set }) => [store, set.awayForMs() / 1000] as const);
    return {
      storeConfirmedAgeSeconds: Object.fromEntries(ages),
      holds: Object.fromEntries([...this.#elections].map(([name, isHeld]) => [name, isHeld()])),
      eventsUnshipped: this.#shipper.backlog,
    };
  }
}
