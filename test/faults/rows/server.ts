/** Rows about the primary's mariadbd: gone, silent, or working badly while everything around it is well. */

import { killUnit, restartUnit } from '../../bed/faults.ts';
import { fillDisk, holdConnections, holdGlobalLock, keepBusy } from '../database-faults.ts';
import type { FaultRow } from '../row.ts';
import { after, bounds } from '../timing.ts';

const UNIT = 'mariadb.service';
/** A server that waits for room looks again after a minute. */
const AFTER_FULL_DISK_MS = 120_000;
const CONNECTIONS_HELD_MS = 8_000;

export const serverRows: readonly FaultRow[] = [
  {
    name: 'mariadbd-killed',
    what: "kill -9 of the primary's mariadbd",
    shows: ['I1', 'I2', 'I8'],
    moves: 'the primary',
    outage: bounds.crash,
    make: ({ primary }) => killUnit(primary, UNIT),
  },
  {
    name: 'mariadbd-restarted',
    what: "the primary's mariadbd is restarted in order, behind regent's back; it may open only through a ballot",
    shows: ['I1', 'I2'],
    moves: 'the primary',
    outage: bounds.restart,
    make: ({ primary }) => restartUnit(primary, UNIT),
  },
  {
    name: 'mariadbd-frozen',
    what: "SIGSTOP of the primary's mariadbd; its agent lives",
    shows: ['I1', 'I2'],
    moves: 'the primary',
    outage: bounds.hung,
    make: async ({ primary, onUndo }) => {
      // A server that was killed meanwhile has no process left to wake.
      onUndo(() => killUnit(primary, UNIT, 'SIGCONT').catch(() => undefined));
      await killUnit(primary, UNIT, 'SIGSTOP');
    },
  },
  {
    name: 'write-hung',
    what: 'a global read lock on the primary: reads work, no write ends',
    shows: ['I1', 'I2'],
    moves: 'the primary',
    outage: bounds.hung,
    make: holdGlobalLock,
  },
  {
    name: 'disk-full',
    what: "the file system of the primary's data is full",
    shows: ['I1', 'I2'],
    moves: 'the primary',
    outage: bounds.hung,
    restTimeoutMs: AFTER_FULL_DISK_MS,
    make: fillDisk,
  },
  {
    name: 'connections-exhausted',
    what: `every connection of the primary is taken for ${CONNECTIONS_HELD_MS / 1000} s: overload is not death`,
    shows: ['I5', 'I7'],
    moves: 'not the primary',
    outage: after(CONNECTIONS_HELD_MS, 'held', bounds.untouched),
    make: async (scene) => {
      const release = await holdConnections(scene);
      await scene.pause(CONNECTIONS_HELD_MS);
      await release();
    },
  },
  {
    name: 'saturated',
    what: 'the primary computes in sixteen sessions and works: overload is not death',
    shows: ['I5', 'I7'],
    moves: 'not the primary',
    outage: after(3_000, 'slow', bounds.untouched),
    standsMs: () => 15_000,
    make: keepBusy,
  },
];
