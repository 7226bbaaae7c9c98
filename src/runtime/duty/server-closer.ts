/**
 * Closes this node's server within a bounded time (F1): read-only first, and if that is not confirmed in time, the
 * process is killed. Without the bound, the inequality behind the lease's margin could not be kept.
 */
import type { DatabaseServer, ServerProcess } from '../../actuator/database-server.ts';
import type { Timers } from '../../core/clock.ts';
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import type { NewEvent } from '../../core/event.ts';

/** database-failover.md, "Fences": SIGKILL when the server is not confirmed read-only after this time. */
export const CLOSE_WITHIN_MS = 300;

export interface ServerCloserDeps {
  readonly server: DatabaseServer;
  readonly process: ServerProcess;
  readonly timers: Timers;
  readonly record: (event: NewEvent) => void;
}

/** What an event about a closing needs to know. */
export type ClosingContext = Pick<MemberSnapshot, 'node' | 'policy' | 'state'>;

export class ServerCloser {
  readonly #deps: ServerCloserDeps;
  #running: Promise<void> | undefined;

  constructor(deps: ServerCloserDeps) {
    this.#deps = deps;
  }

  /** Callers that come while it runs wait for the same closing. Returns when the server cannot write any more. */
  close(cause: string, context: ClosingContext): Promise<void> {
    this.#running ??= this.#close(cause, context).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Waits for the closing that runs, if one does. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #close(cause: string, context: ClosingContext): Promise<void> {
    if (await this.#isClosedInTime()) {
      this.#record(context, 'database:primary:demoted', `${context.node} closed its server: ${cause}`, cause);
      return;
    }
    await this.#deps.process.kill();
    this.#record(
      context,
      'database:primary:killed',
      `${context.node} was not read-only after ${CLOSE_WITHIN_MS} ms, mariadbd was killed: ${cause}`,
      cause,
    );
  }

  /** The server is asked to keep the bound; the own timer does not rely on it. */
  async #isClosedInTime(): Promise<boolean> {
    const { server, timers } = this.#deps;
    const late = Promise.withResolvers<boolean>();
    const timer = timers.after(CLOSE_WITHIN_MS, () => late.resolve(false));
    const closed = server.close({ withinMs: CLOSE_WITHIN_MS }).catch(() => false);
    const isClosed = await Promise.race([closed, late.promise]);
    timer.cancel();
    return isClosed;
  }

  #record(context: ClosingContext, name: NewEvent['name'], message: string, cause: string): void {
    const term = context.state?.term;
    this.#deps.record({
      name,
      subject: context.policy.policy.name,
      message,
      cause,
      policyRevision: context.policy.revision,
      ...(term === undefined ? {} : { epoch: term }),
    });
  }
}
