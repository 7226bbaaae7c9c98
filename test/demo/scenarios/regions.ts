/**
 * Which region is home: the one that has the primary. Scenarios look it up, because an earlier one may have moved it.
 */

import { hostByName, REGIONS, type RegionName, regionOf } from '../../bed/topology.ts';
import type { Context } from '../scenario.ts';

export interface HomeAndAway {
  readonly home: RegionName;
  readonly away: RegionName;
  /** The host whose database is open. */
  readonly primary: string;
}

/** @throws Error when no database, or more than one, is open */
export function homeAndAway(context: Context): HomeAndAway {
  const { open } = context.databases;
  const [primary] = open;
  if (primary === undefined || open.length > 1)
    throw new Error(`${open.length} databases are open: ${open.join(', ')}`);
  const home = regionOf(hostByName(primary));
  const away = REGIONS.find((region) => region !== home);
  if (home === undefined || away === undefined) throw new Error(`${primary} belongs to no region`);
  return { home, away, primary };
}
