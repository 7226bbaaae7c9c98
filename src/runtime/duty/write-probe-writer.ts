/**
 * Writes the write-probe row of a primary: the proof that writes are taken, and the mark by which replicas know how far
 * behind they are. One write is under way at a time: one that waits for an acknowledgement must not be joined by more.
 */
import type { DatabaseServer } from '../../actuator/database-server.ts';

/** Longer than a commit ever takes that gets its acknowledgement; shorter than a lease. */
const WRITE_TIMEOUT_MS = 2_000;

export class WriteProbeWriter {
  readonly #deps: { readonly node: string; readonly server: DatabaseServer; readonly wallMs: () => number };
  #isWriting = false;

  constructor(deps: { readonly node: string; readonly server: DatabaseServer; readonly wallMs: () => number }) {
    this.#deps = deps;
  }

  /** @throws ServerUnreachable when the write was not confirmed in time */
  async write(term: bigint, signal: AbortSignal): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    try {
      const row = { term, node: this.#deps.node, atMs: this.#deps.wallMs() };
      await this.#deps.server.writeProbe(row, { timeoutMs: WRITE_TIMEOUT_MS }, signal);
    } finally {
      this.#isWriting = false;
    }
  }
}
