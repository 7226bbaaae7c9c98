/**
 * I10: as long as one agent is fit and the store is there, somebody leads after a bounded time, whatever was lost on
 * the way: a candidate that missed the news looks at the key by itself.
 */
import { TTL_MS } from '../timing.ts';
import type { World } from '../world.ts';
import type { Checker } from './checkers.ts';

/** A look every four TTLs and a quarter more, and the campaign itself. */
const LEADER_WITHIN_MS = 4 * TTL_MS * 1.25 + 3_000;

export function somebodyLeads(world: World): Checker {
  const fitSince = new Map<string, number>();
  return {
    afterStep: () => {
      const now = world.scheduler.nowMs();
      if (!world.cluster.hasLeader || world.agents.some((agent) => agent.isLeading())) {
        fitSince.clear();
        return;
      }
      for (const { name, isFit } of world.agents) {
        if (!isFit) fitSince.delete(name);
        else if (!fitSince.has(name)) fitSince.set(name, now);
        if (now - (fitSince.get(name) ?? now) > LEADER_WITHIN_MS) {
          world.violated(`I10: nobody leads for ${LEADER_WITHIN_MS}ms, although ${name} is fit`);
        }
      }
    },
  };
}
