/**
 * Tells systemd how the agent is: READY, STATUS, STOPPING, and the watchdog's sign of life. Node has no datagram
 * sockets of the Unix kind, so each message is one run of systemd-notify(1), through the command port; messages are
 * few, and an unchanged status is not repeated. The unit has `NotifyAccess=all`, because the sender is a child.
 *
 * READY means that the agent works, not that it reaches a store: an agent that starts during an outage must not be
 * restarted for it (I5). Without NOTIFY_SOCKET (not started by systemd) everything here does nothing.
 */
import type { Timer, Timers } from '../core/clock.ts';

/** Runs a program; what it says is of no interest here. */
export type RunNotify = (argv: readonly string[]) => Promise<{ readonly ok: boolean; readonly stderr: string }>;

export interface SystemdDeps {
  readonly run: RunNotify;
  readonly timers: Timers;
  /** NOTIFY_SOCKET and WATCHDOG_USEC as systemd sets them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Path of systemd-notify. */
  readonly program?: string;
  /** False withholds the watchdog's sign of life, and systemd restarts the agent. */
  readonly isAlive: () => boolean;
  readonly onProblem: (detail: string) => void;
}

const PROGRAM = '/usr/bin/systemd-notify';
/** sd_watchdog_enabled(3): "every half of the time". */
const WATCHDOG_PART = 0.5;
const USEC_PER_MS = 1000;

export class Systemd {
  readonly #deps: SystemdDeps;
  #status: string | undefined;
  #watchdog: Timer | undefined;
  #isStopping = false;

  constructor(deps: SystemdDeps) {
    this.#deps = deps;
  }

  /** Tells that the agent works, and begins with the signs of life if the unit asks for them. */
  async ready(status: string): Promise<void> {
    this.#status = status;
    await this.#send('READY=1', `STATUS=${oneLine(status)}`);
    const watchdogMs = Number(this.#deps.environment.WATCHDOG_USEC) / USEC_PER_MS;
    if (watchdogMs > 0) this.#armWatchdog(watchdogMs * WATCHDOG_PART);
  }

  /** One sentence for `systemctl status`. */
  async status(status: string): Promise<void> {
    if (status === this.#status || this.#isStopping) return;
    this.#status = status;
    await this.#send(`STATUS=${oneLine(status)}`);
  }

  /** Idempotent. Ends the signs of life; systemd counts TimeoutStopSec from its own signal. */
  async stopping(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#watchdog?.cancel();
    await this.#send('STOPPING=1');
  }

  #armWatchdog(everyMs: number): void {
    this.#watchdog = this.#deps.timers.after(everyMs, () => {
      if (this.#isStopping) return;
      if (this.#deps.isAlive()) void this.#send('WATCHDOG=1');
      else this.#deps.onProblem('a loop does not go round any more; systemd will restart the agent');
      this.#armWatchdog(everyMs);
    });
  }

  /** Never rejects: systemd draws its own conclusions from what does not arrive. */
  async #send(...assignments: readonly string[]): Promise<void> {
    const { run, environment, program = PROGRAM, onProblem } = this.#deps;
    const socket = environment.NOTIFY_SOCKET;
    if (socket === undefined || socket === '') return;
    try {
      const result = await run(['/usr/bin/env', `NOTIFY_SOCKET=${socket}`, program, ...assignments]);
      if (!result.ok) onProblem(`systemd-notify failed: ${result.stderr}`);
    } catch (error) {
      onProblem(`systemd-notify failed: ${error}`);
    }
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
