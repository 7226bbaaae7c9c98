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
  readonly #unfenced = new Set<string>();

  constructor(world: BallotWorld) {
    this.#world = world;
  }

  look(): void {
    const now = this.#world.scheduler.nowMs();
    for (const { host } of this.#world.agents) {
      if (host.serverMachine.isFrozen) this.#frozenAt.set(host.node, now);
      else if (this.#unfenced.size > 0 && !this.isThawing(host.node)) this.#unfenced.delete(host.node);
    }
  }

  /** A candidate was chosen without a frozen acker: nothing but its agent fences a server that sleeps now. */
  promotedWithoutFence(): void {
    for (const { host } of this.#world.agents) if (host.serverMachine.isFrozen) this.#unfenced.add(host.node);
  }

  /** @returns true if a server thawed just now that slept through a promotion without a fence */
  isBeyondPromise(node: string): boolean {
    return this.#unfenced.has(node) && this.isThawing(node);
  }

  isThawing(node: string): boolean {
    const frozenAt = this.#frozenAt.get(node);
    return frozenAt !== undefined && this.#world.scheduler.nowMs() - frozenAt <= THAW_GRACE_MS;
  }
}
