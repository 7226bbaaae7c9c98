/**
 * The promise about an idle system, as checks: no write to any store within a minute, by agents that are all alive.
 */

import type { Check } from '../demo/scenario.ts';
import { IDLE_MS, type IdleResult } from './idle.ts';

/** Pure. */
export function idleChecks({ stores, agents, durationMs }: IdleResult): readonly Check[] {
  const unwell = agents.filter((each) => each.complaints.length > 0);
  return [
    ...stores.map(({ store, revisionDelta, changed }) => ({
      name: `an idle system writes nothing to the ${store} store within ${IDLE_MS / 1000} s`,
      ok: revisionDelta === 0 && durationMs >= IDLE_MS,
      detail: [`${revisionDelta} writes`, ...changed].join(', '),
    })),
    {
      name: 'every agent is alive before and after that',
      ok: unwell.length === 0 && agents.length > 0,
      detail:
        unwell.map((each) => `${each.host}: ${each.complaints.join('; ')}`).join(' | ') || `${agents.length} agents`,
    },
  ];
}
