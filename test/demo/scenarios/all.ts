/**
 * The scenarios in the order in which they run: the region's loss moves the primary to the other region, so it comes after
 * the cut, which needs the primary where the bed starts it; the last one works with any primary.
 */

import type { Scenario } from '../scenario.ts';
import { agentFrozen, agentKilled } from './agent-lost.ts';
import { blind } from './blind.ts';
import { databaseCrash } from './database-crash.ts';
import { endpointCatalog } from './endpoint-catalog.ts';
import { healthy } from './healthy.ts';
import { identityFiles } from './identity-files.ts';
import { identityIsolated } from './identity-isolated.ts';
import { identitySwitch } from './identity-switch.ts';
import { keyRotation } from './key-rotation.ts';
import { proxyLost } from './proxy-lost.ts';
import { rebuild } from './rebuild.ts';
import { regionCut } from './region-cut.ts';
import { regionLost } from './region-lost.ts';
import { switchover } from './switchover.ts';

/** What the demo shows. */
export const scenarios: readonly Scenario[] = [healthy, proxyLost, databaseCrash, regionCut, regionLost, blind];

/** What the system suite runs: those of the demo, and what would only make it longer. */
export const systemScenarios: readonly Scenario[] = [
  healthy,
  proxyLost,
  databaseCrash,
  agentFrozen,
  agentKilled,
  switchover,
  rebuild,
  identitySwitch,
  identityIsolated,
  keyRotation,
  endpointCatalog,
  identityFiles,
  regionCut,
  regionLost,
  blind,
];
