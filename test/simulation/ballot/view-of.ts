/** A mirror of the store as the duties read it. */

import type { Clock } from '../../../src/core/clock.ts';
import type { DoubtedView } from '../../../src/runtime/duty/store-view.ts';
import type { Mirror } from '../../../src/store/mirror.ts';

export function viewOf(mirror: Mirror, clock: Clock): DoubtedView {
  let seen = mirror.entries();
  let entries = [...seen.values()];
  return {
    entries: () => {
      const now = mirror.entries();
      if (now !== seen) [seen, entries] = [now, [...now.values()]];
      return entries;
    },
    get revision() {
      return mirror.revision;
    },
    awayForMs: () => mirror.awayForMs(clock.nowMs()),
    refresh: () => mirror.refresh(),
  };
}
