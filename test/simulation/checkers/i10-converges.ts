/** I10: when all faults have ended, one agent leads, and it is the one that the store says. */
import { leaderKey } from '../../../src/store/keys.ts';
import type { World } from '../world.ts';
import type { Checker } from './checkers.ts';

export function converges(world: World): Checker {
  return {
    atEnd: () => {
      const leading = world.agents.filter((agent) => agent.isLeading()).map((agent) => agent.name);
      const said = world.cluster.state.get(leaderKey())?.value;
      if (leading.length !== 1 || leading[0] !== said) {
        world.violated(
          `I10: at the end ${leading.join(' and ') || 'nobody'} leads, the store says ${said ?? 'nobody'}`,
        );
      }
    },
  };
}
