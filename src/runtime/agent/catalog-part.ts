/**
 * Keeping the endpoint catalogue, on every node with the role api: it says that its grants allow it, and does it while the
 * region's leader names it.
 */
import type { CatalogApi } from '../../actuator/catalog-api.ts';
import { CATALOG_GRANT_PROBE } from '../../core/catalog/keeper.ts';
import { CatalogDuty } from '../duty/catalog-duty.ts';
import type { Agent } from './agent.ts';
import { WRITE_WITHIN_MS } from './catalog-access.ts';
import type { RegionPart } from './region-part.ts';

/** While nothing is to be kept. */
const TICK_MS = 30_000;
/** A first round may write hundreds of rows; the next one goes on with the rest. */
const TIMEOUT_MS = 120_000;
export function keepCatalog(agent: Agent, region: RegionPart, catalog: CatalogApi): void {
  const { config, grants } = agent.parts;
  const duty = new CatalogDuty({
    node: config.node,
    store: region.store,
    view: region.view,
    catalog,
    leaseRemainingMs: () => region.leaseRemainingMs,
    writeWithinMs: WRITE_WITHIN_MS,
    observe: (probe, observation) => {
      if (observation === undefined) region.forget(probe);
      else region.observe(probe, observation);
      agent.metrics.catalogLooked(probe, observation);
    },
    record: agent.record,
    clock: agent.clock,
  });
  const granted = { health: 'ok', detail: 'may write the endpoint catalogue', facts: {} } as const;
  if (grants.mayCatalog()) region.observe(CATALOG_GRANT_PROBE, granted);
  const loop = agent.loop({
    name: 'catalog',
    everyMs: TICK_MS,
    timeoutMs: TIMEOUT_MS,
    tick: (signal) => duty.tick(signal),
  });
  loop.start();
  region.onChange(() => loop.wake());
}
