/** The loop that empties what this node's Keystone remembers, where there is a memcached and a region. */
import { KeystoneCache } from '../../actuator/keystone-cache.ts';
import { CacheDuty } from '../duty/cache-duty.ts';
import type { Agent } from './agent.ts';
import type { RegionPart } from './region-part.ts';

/** What happens is told by the store; this is for a memcached that did not answer. */
const EVERY_MS = 30_000;
const TIMEOUT_MS = 10_000;
const SERVER_TIMEOUT_MS = 2_000;

/** @param servers of memcached, `host:port`; with none there is nothing to do */
export function addCaches(agent: Agent, region: RegionPart, servers: readonly string[]): void {
  if (servers.length === 0) return;
  const { grants, config } = agent.parts;
  const duty = new CacheDuty({
    node: config.node,
    store: region.store,
    view: region.view,
    routes: () => region.book.ofKind('IdentityRoute').filter(({ policy }) => policy.region === config.region),
    caches: new KeystoneCache({ servers, grants, timeoutMs: SERVER_TIMEOUT_MS }),
    record: agent.record,
  });
  const loop = agent.loop({
    name: 'caches',
    everyMs: EVERY_MS,
    timeoutMs: TIMEOUT_MS,
    tick: (signal) => duty.tick(signal),
  });
  loop.start();
  region.onChange(() => loop.wake());
}
