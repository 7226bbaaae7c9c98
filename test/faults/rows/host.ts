/** Rows about the primary's host and its ways to the others. */

import { cut, cutFromGlobalStore, freeze, heal, thaw } from '../../bed/faults.ts';
import { hostsWithRole } from '../../bed/topology.ts';
import type { FaultRow } from '../row.ts';
import { bounds } from '../timing.ts';

const STORE_CUT_MS = 15_000;

export const hostRows: readonly FaultRow[] = [
  {
    name: 'host-frozen',
    what: "all processes of the primary's host stop",
    shows: ['I1', 'I2'],
    moves: 'the primary',
    outage: bounds.lease,
    make: async ({ primary, onUndo }) => {
      onUndo(() => thaw(primary));
      await freeze(primary);
    },
  },
  {
    name: 'host-isolated',
    what: "the primary's host is cut off from everybody, both ways",
    shows: ['I1', 'I2', 'I3'],
    moves: 'the primary',
    outage: bounds.lease,
    make: async ({ primary, onUndo }) => {
      onUndo(heal);
      await cut(primary, 'world');
    },
  },
  {
    name: 'host-hears-nobody',
    what: "nothing reaches the primary's host; what it sends arrives",
    shows: ['I1', 'I2'],
    moves: 'the primary',
    outage: bounds.lease,
    make: async ({ primary, onUndo }) => {
      onUndo(heal);
      await cut('world', primary, { oneWay: true });
    },
  },
  {
    name: 'host-heard-by-nobody',
    what: "nothing that the primary's host sends arrives; it hears everybody",
    shows: ['I1', 'I2'],
    moves: 'the primary',
    outage: bounds.lease,
    make: async ({ primary, onUndo }) => {
      onUndo(heal);
      await cut(primary, 'world', { oneWay: true });
    },
  },
  {
    name: 'cut-from-replicas',
    what: 'the primary is cut off from the other databases only: nothing is promoted, commits wait and then go on (bounded)',
    shows: ['I2', 'I3'],
    moves: 'not the primary',
    outage: bounds.ackerLost,
    make: async ({ primary, onUndo }) => {
      onUndo(heal);
      const others = hostsWithRole('db').filter((each) => each.name !== primary);
      for (const { name } of others) await cut(primary, name);
    },
  },
  {
    name: 'cut-from-store',
    what: `the primary is cut off from the global store only, for ${STORE_CUT_MS / 1000} s: nothing moves`,
    shows: ['I1', 'I5'],
    moves: 'nothing',
    outage: bounds.untouched,
    standsMs: () => STORE_CUT_MS,
    make: async ({ primary, onUndo }) => {
      onUndo(await cutFromGlobalStore(primary));
    },
  },
];
