/**
 * I1: at no moment can two servers acknowledge a client's write. A server that thaws together with its clients may take
 * writes until its agent has looked, if no acknowledgement is waited for; that is documented, and counted apart.
 */
import type { BallotWorld } from '../world.ts';
import type { BallotChecker } from './checker.ts';

/** A thawed agent's timers fire at once; closing takes 300 ms at most, and a kill after it. */
const THAW_GRACE_MS = 400;

export function oneWriter(world: BallotWorld): BallotChecker {
  const thawedAt = new Map<string, number>();
  return {
    afterStep: () => {
      const now = world.scheduler.nowMs();
      for (const { host } of world.agents) if (host.serverMachine.isFrozen) thawedAt.set(host.node, now);
      const writers = world.agents.filter(({ server }) => server.canAcknowledge);
      if (writers.length < 2) return;
      const isThawing = ({ host }: (typeof writers)[number]) =>
        now - (thawedAt.get(host.node) ?? Number.NEGATIVE_INFINITY) <= THAW_GRACE_MS;
      if (writers.filter((writer) => !isThawing(writer)).length < 2) {
        world.counted('a thawed server took writes until its agent looked');
        return;
      }
      world.violated(`I1: ${writers.map(({ host }) => host.node).join(' and ')} can acknowledge writes at once`);
    },
  };
}
