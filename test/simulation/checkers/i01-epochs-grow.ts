/** I1: a new holder has a higher epoch than every holder before it; the same epoch comes back to its owner only. */
import type { World } from '../world.ts';
import type { Checker } from './checkers.ts';

export function epochsGrow(world: World): Checker {
  let highest = 0n;
  let owner = '';
  return {
    onElected: ({ name }, epoch) => {
      const isBack = epoch === highest && name === owner;
      if (!isBack && epoch <= highest) {
        world.violated(`I1: ${name} leads with epoch ${epoch} after ${owner} with ${highest}`);
      }
      highest = epoch > highest ? epoch : highest;
      owner = name;
    },
  };
}
