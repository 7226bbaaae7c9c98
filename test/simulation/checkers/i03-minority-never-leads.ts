/**
 * I3: an agent without a way to the store's majority gains no leadership, new or again. Whatever it relies on came
 * from a call that has ended within its time limit, so half a second after the way broke nothing can arrive any more.
 */
import type { World } from '../world.ts';
import type { Checker } from './checkers.ts';

const LAST_ANSWER_MS = 600;

export function minorityNeverLeads(world: World): Checker {
  const brokenSince = new Map<string, number>();
  return {
    afterStep: () => {
      for (const { name, path } of world.agents) {
        const isBroken = path.isCutToStore || path.isCutFromStore || path.member !== 'serving';
        if (!isBroken) brokenSince.delete(name);
        else if (!brokenSince.has(name)) brokenSince.set(name, world.scheduler.nowMs());
      }
    },
    onElected: ({ name }, epoch) => {
      const since = brokenSince.get(name);
      if (since !== undefined && world.scheduler.nowMs() - since > LAST_ANSWER_MS) {
        world.violated(`I3: ${name} gained epoch ${epoch} without a way to the majority`);
      }
    },
  };
}
