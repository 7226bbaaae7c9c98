/**
 * Does something on every host at the same time and returns when all of it has ended, also when one failed: nothing may
 * still be building while somebody starts to tear down.
 */

import { HOSTS, type Host } from './topology.ts';

/** @throws the first failure, after all have ended */
export async function onEveryHost(action: (host: Host) => Promise<void>): Promise<void> {
  const settled = await Promise.allSettled(HOSTS.map(action));
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
