/**
 * The server's process as the member's duty may drive it: while its data is being exchanged nobody else starts it. A
 * start that was already on its way is waited for.
 */
import { type ServerProcess, ServerRefused, type StartRole } from '../../actuator/database-server.ts';

export class StartGate implements ServerProcess {
  readonly #process: ServerProcess;
  readonly #isClosed: () => boolean;
  #starting: Promise<void> = Promise.resolve();

  constructor(process: ServerProcess, isClosed: () => boolean) {
    this.#process = process;
    this.#isClosed = isClosed;
  }

  invocation(signal?: AbortSignal): Promise<string | undefined> {
    return this.#process.invocation(signal);
  }

  /** @throws ServerRefused with `Rebuilding` while the gate is closed */
  async start(role: StartRole, signal?: AbortSignal): Promise<void> {
    if (this.#isClosed()) throw new ServerRefused('its data is being exchanged', { code: 'Rebuilding' });
    const started = this.#process.start(role, signal);
    this.#starting = started.catch(() => {});
    await started;
  }

  kill(signal?: AbortSignal): Promise<void> {
    return this.#process.kill(signal);
  }

  /** Returns when no start is on its way. */
  idle(): Promise<void> {
    return this.#starting;
  }
}
