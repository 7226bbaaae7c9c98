/**
 * More rest than `settle` knows: somebody acknowledges the primary's commits and has proved it, every other member may be
 * promoted and has told that it follows, and the cooldown after the last switch is over. A failover that is measured
 * earlier measures that, and a switchover is refused.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { isClaimed } from '../../src/core/database/ackers.ts';
import { hostsWithRole } from '../bed/topology.ts';
import { waitUntil } from '../bed/wait.ts';
import { bedPolicy } from '../faults/bed-policy.ts';
import { databaseState, followedBy } from '../faults/store-view.ts';

const REST_TIMEOUT_MS = 90_000;

/** @param options.cooldownMs - default: that of the bed's policy. @throws NotInTime saying what is still not at rest */
export async function restForSwitch(options: {
  readonly signal: AbortSignal;
  readonly cooldownMs?: number;
}): Promise<void> {
  const { signal } = options;
  const members = hostsWithRole('db').length;
  await waitUntil('an acknowledging replica', { timeoutMs: REST_TIMEOUT_MS, pauseMs: 500, signal }, async () => {
    const state = await databaseState();
    const { electable } = state;
    if (electable.length < members - 1) return { ok: false, detail: `only ${electable.join(', ')} may be promoted` };
    for (const node of electable) {
      const source = await followedBy(node);
      if (source !== state.primary) return { ok: false, detail: `${node} says that it follows ${source ?? 'nobody'}` };
    }
    return { ok: isClaimed(state), detail: 'no write has proved that commits wait' };
  });
  const { promotions, switchedAtMs } = await databaseState();
  const cooldownMs = options.cooldownMs ?? (await bedPolicy()).cooldownMs;
  const cooledAtMs = promotions.length === 0 ? 0 : switchedAtMs + cooldownMs;
  await delay(Math.max(0, cooledAtMs - Date.now()), undefined, { signal });
}
