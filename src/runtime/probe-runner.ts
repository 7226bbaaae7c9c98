/**
 * Runs probes, each at its own pace with jitter and never twice at once, and keeps what each saw last. Only what says
 * something else than before is passed on, because observations are written when they change (an idle system writes
 * nothing). A probe that does not answer in time, or throws, has not looked: `unknown`, never `failed`.
 */
import type { Clock, Random, Timer, Timers } from '../core/clock.ts';
import { type Observation, saysTheSame } from '../core/observation.ts';
import { type DurationMs, elapsedMs } from '../core/time.ts';
import type { Probe } from '../probe/probe.ts';
import { jittered } from './random.ts';

export interface ProbeRunnerDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Called when a probe says something else than the last time. Must not throw. */
  readonly onChange: (probe: string, observation: Observation) => void;
  /** Called when a probe has ended because it is wanted no more: what it said is nobody's word now. Not at `stop`. */
  readonly onGone?: (probe: string) => void;
  /** Called after each look. For metrics. */
  readonly onLook?: (probe: string, durationMs: DurationMs, observation: Observation) => void;
  /** A probe that ignores its own time limit is aborted and counts as `unknown` after this. */
  readonly timeoutMs?: DurationMs;
}

/** Above the time limit of every probe. */
const TIMEOUT_MS = 15_000;
const JITTER = 0.1;

interface Running {
  readonly probe: Probe;
  timer: Timer | undefined;
  abort: AbortController | undefined;
  ended: Promise<void>;
  last: Observation | undefined;
}

export class ProbeRunner {
  readonly #deps: ProbeRunnerDeps;
  readonly #running = new Map<string, Running>();
  #isStopped = false;

  constructor(deps: ProbeRunnerDeps) {
    this.#deps = deps;
  }

  /** What each probe saw last; a probe that has not looked yet is not in here. */
  get observations(): ReadonlyMap<string, Observation> {
    const seen = [...this.#running].flatMap(([name, { last }]) => (last === undefined ? [] : [[name, last] as const]));
    return new Map(seen);
  }

  /**
   * Runs exactly these probes from now on: new names begin at once, names that are missing end. A probe that is the
   * same object goes on undisturbed.
   */
  async use(probes: readonly Probe[]): Promise<void> {
    const wanted = new Map(probes.map((probe) => [probe.name, probe]));
    const leaving = [...this.#running].filter(([name, { probe }]) => wanted.get(name) !== probe);
    for (const [name] of leaving) {
      this.#running.delete(name);
      if (!wanted.has(name) && !this.#isStopped) this.#deps.onGone?.(name);
    }
    const ended = leaving.map(([, running]) => end(running));
    for (const probe of wanted.values()) if (!this.#running.has(probe.name)) this.#begin(probe);
    await Promise.all(ended);
  }

  /** Brings the next look of a probe forward, for when somebody knows that something has happened. */
  wake(name: string): void {
    const running = this.#running.get(name);
    if (running !== undefined && running.abort === undefined) this.#schedule(running, 0);
  }

  /** Idempotent. Aborts what is looking and waits for it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.use([]);
  }

  #begin(probe: Probe): void {
    if (this.#isStopped) return;
    const running: Running = { probe, timer: undefined, abort: undefined, ended: Promise.resolve(), last: undefined };
    this.#running.set(probe.name, running);
    this.#schedule(running, 0);
  }

  #schedule(running: Running, delayMs: DurationMs): void {
    running.timer?.cancel();
    running.timer = this.#deps.timers.after(delayMs, () => {
      running.ended = this.#look(running);
    });
  }

  async #look(running: Running): Promise<void> {
    const { clock, timers, timeoutMs = TIMEOUT_MS, onLook } = this.#deps;
    const { probe } = running;
    const abort = new AbortController();
    running.abort = abort;
    const startedAt = clock.nowMs();
    const late = Promise.withResolvers<Observation>();
    const timeout = timers.after(timeoutMs, () => {
      abort.abort();
      late.resolve(unknown(`did not answer within ${timeoutMs} ms`));
    });
    const looked = Promise.resolve(abort.signal)
      .then((signal) => probe.observe(signal))
      .catch((error: unknown) => unknown(`could not look: ${error}`));
    const observation = await Promise.race([looked, late.promise]);
    timeout.cancel();
    if (!this.#isCurrent(running)) {
      await looked;
      return;
    }
    onLook?.(probe.name, elapsedMs(startedAt, clock.nowMs()), observation);
    this.#keep(running, observation);
    await looked; // One look at a time, also after a time-out.
    running.abort = undefined;
    if (this.#isCurrent(running)) this.#schedule(running, jittered(probe.everyMs, JITTER, this.#deps.random));
  }

  #isCurrent(running: Running): boolean {
    return this.#running.get(running.probe.name) === running;
  }

  #keep(running: Running, observation: Observation): void {
    const isNews = !saysTheSame(running.last, observation);
    running.last = observation;
    if (isNews) this.#deps.onChange(running.probe.name, observation);
  }
}

async function end(running: Running): Promise<void> {
  running.timer?.cancel();
  running.abort?.abort();
  await running.ended;
}

const unknown = (detail: string): Observation => ({ health: 'unknown', detail, facts: {} });
