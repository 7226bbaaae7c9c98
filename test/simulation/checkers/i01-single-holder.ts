/**
 * I1: at no moment do two agents act on the same leadership. An agent acts until its deadline by its own clock, and
 * what it has begun needs the step-down time beyond that, also if it is frozen or dead by then.
 */
import { later } from '../../../src/core/time.ts';
import { STEP_DOWN_MS } from '../timing.ts';
import type { World } from '../world.ts';
import type { Checker } from './checkers.ts';

export function singleHolder(world: World): Checker {
  return {
    afterStep: () => {
      const acting = world.agents.filter((agent) => {
        const right = agent.lastRight();
        return right !== undefined && agent.machine.clock.nowMs() < later(right.deadline, STEP_DOWN_MS);
      });
      if (acting.length < 2) return;
      const names = acting.map((agent) => `${agent.name} (epoch ${agent.lastRight()?.epoch})`);
      world.violated(`I1: ${names.join(' and ')} act at the same time`);
    },
  };
}
