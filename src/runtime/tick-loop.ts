/**
 * Runs one duty's tick: observe, decide, act. One tick at a time, at its own pace with jitter; a wake-up (a watch, a
 * probe) only brings the next one forward, and any number of them before it count as one. A tick that fails changes
 * nothing about the next one, which starts from fresh facts (I10). It decides nothing, and it never runs two ticks of
 * one loop at once: a tick that ignores its abort is waited for, and `isLate` tells whoever watches the process.
 */
import type { Clock, Random, Timer, Timers } from '../core/clock.ts';
import { type DurationMs, elapsedMs, type Instant } from '../core/time.ts';
import { jittered } from './random.ts';
import { type TickErrorKind, TickTimeout, tickErrorKind } from './tick-error.ts';

export interface TickFailure {
  readonly loop: string;
  readonly kind: TickErrorKind;
  readonly error: unknown;
}

export interface TickLoopDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Called once for a row of failures of one kind, not for each of them. A `defect` has to end the process. */
  readonly onFailed: (failure: TickFailure) => void;
  /** Called after each tick; `kind` is undefined if it ended well. For metrics. */
  readonly onTick: (loop: string, durationMs: DurationMs, kind: TickErrorKind | undefined) => void;
}

export interface TickLoopOptions {
  readonly name: string;
  /** The longest time between two ticks. */
  readonly everyMs: DurationMs;
  /** After this a tick's signal is aborted. */
  readonly timeoutMs: DurationMs;
  /** Wake-ups start a tick no sooner than this after the last one started, so that a flood of changes cannot spin. */
  readonly gapMs?: DurationMs;
  /** @returns in how many ms the next tick is wanted at the latest, or undefined for the loop's own pace */
  readonly tick: (signal: AbortSignal) => Promise<DurationMs | undefined>;
}

/** A failover is a chain of rounds of several agents, each woken by the one before, and each may meet this once. */
const GAP_MS = 5;
const JITTER = 0.1;

export class TickLoop {
  readonly #deps: TickLoopDeps;
  readonly #options: Required<TickLoopOptions>;
  #timer: Timer | undefined;
  #current: { readonly ended: Promise<void>; readonly abort: AbortController } | undefined;
  #isStarted = false;
  #isStopped = false;
  #isWoken = false;
  #startedAt: Instant | undefined;
  /** When something last happened that shows that the loop goes round. */
  #progressAt: Instant | undefined;
  #failingAs: TickErrorKind | undefined;

  constructor(deps: TickLoopDeps, options: TickLoopOptions) {
    this.#deps = deps;
    this.#options = { gapMs: GAP_MS, ...options };
  }

  get name(): string {
    return this.#options.name;
  }

  /** The first tick starts at once. */
  start(): void {
    if (this.#isStarted || this.#isStopped) return;
    this.#isStarted = true;
    this.#progressAt = this.#deps.clock.nowMs();
    this.#schedule(0);
  }

  /** Brings the next tick forward. During a tick it means that another one follows: the facts may have changed since. */
  wake(): void {
    if (!this.#isStarted || this.#isStopped || this.#isWoken) return;
    this.#isWoken = true;
    if (this.#current === undefined) this.#schedule(this.#gapLeftMs());
  }

  /** True if the loop should have gone round by now and has not: its process is no longer of use. */
  get isLate(): boolean {
    if (this.#progressAt === undefined || this.#isStopped) return false;
    const { everyMs, timeoutMs } = this.#options;
    return elapsedMs(this.#progressAt, this.#deps.clock.nowMs()) > everyMs + 2 * timeoutMs;
  }

  /** Idempotent. Aborts the tick that runs and waits for its end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#current?.abort.abort(new Error('the loop was stopped'));
    await this.#current?.ended;
  }

  #gapLeftMs(): DurationMs {
    if (this.#startedAt === undefined) return 0;
    return Math.max(0, this.#options.gapMs - elapsedMs(this.#startedAt, this.#deps.clock.nowMs()));
  }

  #schedule(delayMs: DurationMs): void {
    this.#timer?.cancel();
    this.#timer = this.#deps.timers.after(delayMs, () => this.#begin());
  }

  #begin(): void {
    if (this.#isStopped) return;
    const abort = new AbortController();
    this.#isWoken = false;
    this.#startedAt = this.#deps.clock.nowMs();
    this.#progressAt = this.#startedAt;
    this.#current = { abort, ended: this.#run(abort, this.#startedAt) };
  }

  async #run(abort: AbortController, startedAt: Instant): Promise<void> {
    const { name, timeoutMs, everyMs, tick } = this.#options;
    const timeout = this.#deps.timers.after(timeoutMs, () =>
      abort.abort(new TickTimeout(`${name} did not end within ${timeoutMs} ms`)),
    );
    let wantedMs: DurationMs | undefined;
    let failed: { readonly error: unknown } | undefined;
    try {
      // As a promise in any case: what runs after it relies on #current being set.
      wantedMs = await Promise.resolve(abort.signal).then(tick);
    } catch (error) {
      failed = { error };
    }
    timeout.cancel();
    this.#progressAt = this.#deps.clock.nowMs();
    this.#current = undefined;
    this.#report(elapsedMs(startedAt, this.#progressAt), failed, abort.signal);
    if (this.#isStopped) return;
    const ownPaceMs = jittered(everyMs, JITTER, this.#deps.random);
    const delayMs = Math.min(ownPaceMs, Math.max(0, wantedMs ?? ownPaceMs));
    this.#schedule(this.#isWoken ? this.#gapLeftMs() : Math.max(delayMs, this.#gapLeftMs()));
  }

  #report(durationMs: DurationMs, failed: { readonly error: unknown } | undefined, signal: AbortSignal): void {
    const { name } = this.#options;
    // What a tick throws because it was aborted only repeats that; a tick that ended well all the same has ended well.
    const error = failed !== undefined && signal.aborted ? signal.reason : failed?.error;
    const kind = failed === undefined ? undefined : this.#isStopped ? 'stopped' : tickErrorKind(error);
    this.#deps.onTick(name, durationMs, kind);
    const isNews = kind !== undefined && kind !== 'stopped' && kind !== this.#failingAs;
    this.#failingAs = kind;
    if (isNews) this.#deps.onFailed({ loop: name, kind, error });
  }
}
