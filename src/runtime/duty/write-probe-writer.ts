/**
 * Writes the write-probe row of a primary: the proof that writes are taken, and the mark by which replicas know how far
 * behind they are. One write is under way at a time: one that waits for an acknowledgement must not be joined by more.
 * It keeps count of the failures in a row: by them a server that hangs is told from one that is slow.
 */
import { type DatabaseServer, ServerUnreachable, WAITS_FOR_ACK } from '../../actuator/database-server.ts';
import type { Clock } from '../../core/clock.ts';
import { elapsedMs, type Instant } from '../../core/time.ts';

/** Longer than a commit ever takes that gets its acknowledgement; shorter than a lease. */
const WRITE_TIMEOUT_MS = 2_000;
/** An agent that was kept from running for a while sees one late answer, or two, of a server that is well. */
const FAILURES_MIN = 3;

export interface WriteProbeWriterDeps {
  readonly node: string;
  readonly server: DatabaseServer;
  readonly clock: Clock;
  readonly wallMs: () => number;
}

export class WriteProbeWriter {
  readonly #deps: WriteProbeWriterDeps;
  #isWriting = false;
  #waitsSince: Instant | undefined;
  #failures: { readonly since: Instant; readonly count: number } | undefined;

  constructor(deps: WriteProbeWriterDeps) {
    this.#deps = deps;
  }

  /** @throws ServerUnreachable when the write was not confirmed in time */
  async write(term: bigint, signal: AbortSignal): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    const since = this.#deps.clock.nowMs();
    try {
      const row = { term, node: this.#deps.node, atMs: this.#deps.wallMs() };
      await this.#deps.server.writeProbe(row, { timeoutMs: WRITE_TIMEOUT_MS }, signal);
      this.forget();
    } catch (error) {
      this.#failed(since, error);
      throw error;
    } finally {
      this.#isWriting = false;
    }
  }

  /** For how many ms writes have failed in a row, one after the other; 0 while that may be chance. */
  get failForMs(): number {
    if (this.#failures === undefined || this.#failures.count < FAILURES_MIN) return 0;
    return elapsedMs(this.#failures.since, this.#deps.clock.nowMs());
  }

  /** For how long writes have waited for an acknowledgement, one after the other; 0 if the last one did not. */
  get waitForMs(): number {
    return this.#waitsSince === undefined ? 0 : elapsedMs(this.#waitsSince, this.#deps.clock.nowMs());
  }

  /** As a round wants to know it. */
  get standing() {
    return { commitsWaitForMs: this.waitForMs, writesFailForMs: this.failForMs };
  }

  /** The server is not asked to write any more: what failed before says nothing about the next time. */
  forget(): void {
    this.#failures = undefined;
    this.#waitsSince = undefined;
  }

  /** A server that took the write, and waits for another one, does not hang. */
  #failed(since: Instant, error: unknown): void {
    const waits = error instanceof ServerUnreachable && error.code === WAITS_FOR_ACK;
    this.#waitsSince = waits ? (this.#waitsSince ?? since) : undefined;
    const earlier = this.#failures ?? { since, count: 0 };
    this.#failures = waits ? undefined : { since: earlier.since, count: earlier.count + 1 };
  }
}
