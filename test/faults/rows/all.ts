/** The whole table, the quick and certain rows first. */

import type { FaultRow } from '../row.ts';
import { agentRows } from './agent.ts';
import { arbiterRows } from './arbiter.ts';
import { fenceRows } from './fence.ts';
import { hostRows } from './host.ts';
import { operatorRows } from './operator.ts';
import { replicaRows } from './replica.ts';
import { serverRows } from './server.ts';
import { storeRows } from './store.ts';

export const faultRows: readonly FaultRow[] = [
  ...serverRows,
  ...hostRows,
  ...agentRows,
  ...fenceRows,
  ...replicaRows,
  ...storeRows,
  ...arbiterRows,
  ...operatorRows,
];

/** @throws RangeError naming the rows that there are */
export function rowsByName(names: readonly string[]): readonly FaultRow[] {
  return names.map((name) => {
    const found = faultRows.find((each) => each.name === name);
    if (found === undefined)
      throw new RangeError(`no row "${name}"; there are ${faultRows.map((each) => each.name).join(', ')}`);
    return found;
  });
}
