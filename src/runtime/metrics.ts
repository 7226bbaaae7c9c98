/**
 * The agent's metrics, by prom-client, which is imported only here. A registry of its own, one closed list, names
 * `regent_<noun>_<unit>` (`_total` for counters). Gauges are read when somebody asks; nothing here has a timer, which
 * is why prom-client's default metrics (a sampled event loop) are left out.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Severity } from '../core/event.ts';
import type { Health, Observation } from '../core/observation.ts';
import type { TickErrorKind } from './tick-error.ts';

/** What the gauges show; asked for at each scrape. */
export interface MetricsSample {
  /** By the store's name: seconds since it last confirmed something; undefined if it never has. */
  readonly storeConfirmedAgeSeconds: Readonly<Record<string, number | undefined>>;
  /** Elections by name (`leader`, `arbiter`) that this agent has won and still holds. */
  readonly holds: Readonly<Record<string, boolean>>;
  /** By database: for how long promises keep this node's server open without its lease. */
  readonly promisedSeconds: Readonly<Record<string, number>>;
  /** By policy: this node's keys of Keystone. */
  readonly keys: Readonly<Record<string, { readonly generation: number; readonly isInPlace: boolean }>>;
  /** Events that are not in the store yet. */
  readonly eventsUnshipped: number;
}

export interface Metrics {
  readonly contentType: string;
  /** The text that a scrape gets. */
  text(): Promise<string>;
  tickEnded(loop: string, durationMs: number, failed: TickErrorKind | undefined): void;
  probeLooked(probe: string, durationMs: number, health: Health): void;
  /** Undefined: this node does not keep the catalogue any more. */
  catalogLooked(probe: string, observation: Observation | undefined): void;
  eventRecorded(severity: Severity, isJournaled: boolean): void;
}

const MS_PER_SECOND = 1000;
const USEC_PER_SECOND = 1_000_000;
/** From a tick that finds nothing to do to one that waits for a slow server. */
const DURATION_BUCKETS_SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];
const HEALTHS: readonly Health[] = ['ok', 'degraded', 'failed', 'unknown'];

export function createMetrics(version: string, sample: () => MetricsSample): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const ticks = new Histogram({
    name: 'regent_tick_duration_seconds',
    help: 'How long the ticks of a loop took.',
    labelNames: ['loop'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const tickFailures = new Counter({
    name: 'regent_tick_failures_total',
    help: 'Ticks that ended with an error, by what the error means.',
    labelNames: ['loop', 'kind'],
    registers,
  });
  const probes = new Histogram({
    name: 'regent_probe_duration_seconds',
    help: 'How long a look of a probe took.',
    labelNames: ['probe'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const observations = new Gauge({
    name: 'regent_observation_health_state',
    help: '1 for the health that a probe saw last, 0 for the others.',
    labelNames: ['probe', 'health'],
    registers,
  });
  const events = new Counter({
    name: 'regent_events_total',
    help: 'Audit events recorded on this node.',
    labelNames: ['severity'],
    registers,
  });
  const unjournaled = new Counter({
    name: 'regent_events_unjournaled_total',
    help: 'Audit events that the local disk did not take.',
    registers,
  });
  const setDifferences = differencesGauge(registers);
  addSampledGauges(registers, version, sample);

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    tickEnded: (loop, durationMs, failed) => {
      ticks.observe({ loop }, durationMs / MS_PER_SECOND);
      if (failed !== undefined && failed !== 'stopped') tickFailures.inc({ loop, kind: failed });
    },
    probeLooked: (probe, durationMs, health) => {
      probes.observe({ probe }, durationMs / MS_PER_SECOND);
      for (const each of HEALTHS) observations.set({ probe, health: each }, each === health ? 1 : 0);
    },
    catalogLooked: (probe, observation) => {
      for (const each of HEALTHS) observations.set({ probe, health: each }, each === observation?.health ? 1 : 0);
      setDifferences(probe, observation);
    },
    eventRecorded: (severity, isJournaled) => {
      events.inc({ severity });
      if (!isJournaled) unjournaled.inc();
    },
  };
}

function differencesGauge(registers: Registry[]): (probe: string, observation: Observation | undefined) => void {
  const gauge = new Gauge({
    name: 'regent_catalog_differences_count',
    help: 'Rows of the endpoint catalogue that differ from the policy, as its keeper saw them last.',
    labelNames: ['probe'],
    registers,
  });
  return (probe, observation) => {
    const count = observation?.facts.differences;
    if (typeof count === 'number') gauge.set({ probe }, count);
    else gauge.remove({ probe });
  };
}

function addSampledGauges(registers: Registry[], version: string, sample: () => MetricsSample): void {
  const gauge = (name: string, help: string, labelNames: string[], collect: (self: Gauge) => void) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        collect(this);
      },
    });
  gauge('regent_build_info', 'Always 1; the label tells the version.', ['version'], (self) => self.set({ version }, 1));
  gauge('regent_store_confirmed_age_seconds', 'Time since a store last confirmed something.', ['store'], (self) => {
    for (const [store, age] of Object.entries(sample().storeConfirmedAgeSeconds)) self.set({ store }, age ?? Infinity);
  });
  gauge('regent_election_held_state', '1 while this agent holds the election.', ['election'], (self) => {
    for (const [election, isHeld] of Object.entries(sample().holds)) self.set({ election }, isHeld ? 1 : 0);
  });
  gauge(
    'regent_promise_remaining_seconds',
    "For how long the other members' promises keep this node's database open without its lease.",
    ['database'],
    (self) => {
      for (const [database, seconds] of Object.entries(sample().promisedSeconds)) self.set({ database }, seconds);
    },
  );
  gauge('regent_keys_in_place_state', '1 while the keys of this node are those in force.', ['policy'], (self) => {
    for (const [policy, { isInPlace }] of Object.entries(sample().keys)) self.set({ policy }, isInPlace ? 1 : 0);
  });
  gauge(
    'regent_keys_generation_count',
    'Generation of the keys that this node has put into place.',
    ['policy'],
    (self) => {
      for (const [policy, { generation }] of Object.entries(sample().keys)) self.set({ policy }, generation);
    },
  );
  gauge('regent_events_unshipped_count', 'Audit events that are not in the store yet.', [], (self) =>
    self.set(sample().eventsUnshipped),
  );
  gauge('regent_process_resident_memory_bytes', 'Resident memory of the agent.', [], (self) =>
    self.set(process.memoryUsage.rss()),
  );
  gauge('regent_process_cpu_seconds', 'Processor time that the agent has used.', [], (self) => {
    const { user, system } = process.cpuUsage();
    self.set((user + system) / USEC_PER_SECOND);
  });
}
