/**
 * Which servers have just thawed. A frozen server goes on where it stopped, its clients and what its agent had sent with
 * it, until the agent has looked at its clock: that window is documented (database-failover.md) and counted apart.
 */
import type { BallotWorld } from './world.ts';

/** A thawed agent's timers fire at once; closing takes 300 ms at most, and a kill comes after it. */
const THAW_GRACE_MS = 400;

export class ThawLog {
  readonly #world: BallotWorld;
  readonly #frozenAt = new Map<string, number>();

  constructor(world: BallotWorld) {
    this.#world = world;
  }

  look(): void {
    const now = this.#world.scheduler.nowMs();
    for (const { host } of this.#world.agents) if (host.serverMachine.isFrozen) this.#frozenAt.set(host.node, now);
  }

  isThawing(node: string): boolean {
    const frozenAt = this.#frozenAt.get(node);
    return frozenAt !== undefined && this.#world.scheduler.nowMs() - frozenAt <= THAW_GRACE_MS;
  }
}
