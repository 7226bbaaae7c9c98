/** I1: what a holder wrote is never overwritten by a holder before it, however late its write arrives. */
import { leaderKey } from '../../../src/store/keys.ts';
import { WORK_KEY } from '../agent.ts';
import type { World } from '../world.ts';
import type { Checker } from './checkers.ts';

export function noStaleWrite(world: World): Checker {
  let seen = 0n;
  return {
    afterStep: () => {
      const written = world.cluster.state.get(WORK_KEY);
      if (written === undefined || written.modRevision === seen) return;
      seen = written.modRevision;
      const epoch = world.cluster.state.get(leaderKey())?.createRevision;
      if (epoch?.toString() !== written.value) {
        world.violated(`I1: a write of epoch ${written.value} was applied while ${epoch ?? 'nobody'} led`);
      }
    },
  };
}
