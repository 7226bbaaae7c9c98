/**
 * An agent's audit trail put together: the journal on its disk, the log, the way into the store (I8). Opened first and
 * ended last, so that everything in between is told.
 */
import { Journal } from '../../audit/journal.ts';
import { Recorder } from '../../audit/recorder.ts';
import { Shipper } from '../../audit/shipper.ts';
import type { NewEvent } from '../../core/event.ts';
import { wallTime } from '../../core/time.ts';
import { systemClock, systemRandom, systemTimers } from '../clock.ts';
import { logEvent } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { AgentParts } from './agent.ts';

const SHIP_WITHIN_MS = 2_000;

export class Trail {
  readonly #parts: AgentParts;
  readonly #journal: Journal;
  readonly #shipper: Shipper;
  readonly #recorder: Recorder;

  constructor(parts: AgentParts, metrics: () => Metrics) {
    const { config, logger, stores } = parts;
    this.#parts = parts;
    this.#journal = new Journal({
      directory: config.stateDirectory,
      onDamage: (detail) => logger.error({ detail }, 'the journal of events is damaged'),
    });
    this.#shipper = new Shipper({
      store: stores.regional ?? stores.global,
      journal: this.#journal,
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      onProblem: (detail) => logger.warn({ detail }, 'events are not in the store yet'),
    });
    this.#recorder = new Recorder({
      node: config.node,
      region: config.region,
      wallMs: () => wallTime(Date.now()),
      timers: systemTimers,
      journal: this.#journal,
      shipper: this.#shipper,
      onRecorded: (event, isJournaled) => {
        logEvent(logger, event, isJournaled);
        metrics().eventRecorded(event.severity, isJournaled);
      },
    });
  }

  /** Never fails and never blocks. */
  readonly record = (event: NewEvent): void => {
    void this.#recorder.record(event);
  };

  /** Events that are not in the store yet. */
  get backlog(): number {
    return this.#shipper.backlog;
  }

  async open(): Promise<void> {
    const { version, config, logger } = this.#parts;
    // A disk that does not take events must not keep an agent from its work; each event tries the disk again.
    await this.#journal.open().catch((error: unknown) => {
      logger.error({ err: error }, 'the journal of events cannot be opened');
    });
    this.#shipper.start();
    const message = `version ${version}, roles ${config.roles.join(', ') || 'none'}`;
    this.record({ name: 'agent:process:started', subject: config.node, message, cause: 'systemd or an operator' });
  }

  async close(): Promise<void> {
    const { node } = this.#parts.config;
    const message = 'the agent was stopped in order';
    this.record({ name: 'agent:process:stopped', subject: node, message, cause: 'systemd or an operator' });
    await this.#recorder.flush();
    await this.#shipper.stop(SHIP_WITHIN_MS);
    await this.#journal.close();
  }
}
