/**
 * Ends the process in order: what was started last is stopped first, each step once, all of them within one deadline,
 * and then the exit code says whether that worked. Stopping in order never closes anything that regent manages (I6);
 * what a step does about that is the step's own business. A second signal ends the process at once.
 */
import type { Timers } from '../core/clock.ts';
import type { DurationMs } from '../core/time.ts';
import type { Logger } from './logger.ts';

/** What of `process` is used here. */
export interface ShutdownProcess {
  on(signal: 'SIGTERM' | 'SIGINT', listener: (signal: string) => void): unknown;
  exit(code: number): void;
}

export interface ShutdownDeps {
  readonly process: ShutdownProcess;
  readonly timers: Timers;
  readonly logger: Logger;
  /** For all steps together; below the unit's TimeoutStopSec. */
  readonly deadlineMs: DurationMs;
}

interface Step {
  readonly name: string;
  readonly stop: () => Promise<void>;
}

/** Exit codes of an agent. systemd restarts it after each of them but the first. */
export const agentExitCodes = { stopped: 0, stopFailed: 1, badConfiguration: 2, defect: 70 } as const;

export class Shutdown {
  readonly #deps: ShutdownDeps;
  readonly #steps: Step[] = [];
  #ending: Promise<number> | undefined;

  constructor(deps: ShutdownDeps) {
    this.#deps = deps;
  }

  /** True from the first call of `begin` on. */
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /** @param stop is idempotent and bounded; steps run in the reverse order of their registration */
  add(name: string, stop: () => Promise<void>): void {
    this.#steps.push({ name, stop });
  }

  /** From now on SIGTERM and SIGINT end the process. */
  listen(): void {
    const onSignal = (signal: string) => {
      if (this.isEnding) this.#deps.process.exit(agentExitCodes.stopFailed);
      else void this.begin(signal, agentExitCodes.stopped);
    };
    this.#deps.process.on('SIGTERM', onSignal);
    this.#deps.process.on('SIGINT', onSignal);
  }

  /**
   * Stops everything and exits. Idempotent: the first reason counts.
   * @param code with which the process ends if every step worked
   * @returns the exit code, after `exit` was called with it
   */
  begin(reason: string, code: number): Promise<number> {
    this.#ending ??= this.#end(reason, code);
    return this.#ending;
  }

  async #end(reason: string, code: number): Promise<number> {
    const { process, timers, logger, deadlineMs } = this.#deps;
    logger.info({ reason }, 'stopping');
    let running = '';
    const late = Promise.withResolvers<boolean>();
    const deadline = timers.after(deadlineMs, () => {
      logger.error({ step: running, deadlineMs }, 'a step did not stop within the deadline');
      late.resolve(false);
    });
    const all = this.#stopAll((name) => {
      running = name;
    });
    const isClean = await Promise.race([all, late.promise]);
    deadline.cancel();
    const exitCode = isClean || code !== agentExitCodes.stopped ? code : agentExitCodes.stopFailed;
    process.exit(exitCode);
    return exitCode;
  }

  async #stopAll(onStep: (name: string) => void): Promise<boolean> {
    let isClean = true;
    for (const { name, stop } of [...this.#steps].reverse()) {
      onStep(name);
      try {
        await stop();
      } catch (error) {
        // The others still have to be stopped; the exit code tells that this one was not.
        this.#deps.logger.error({ step: name, err: error }, 'a step failed to stop');
        isClean = false;
      }
    }
    return isClean;
  }
}
