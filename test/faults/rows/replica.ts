/** Rows about the databases that follow. */

import { freeze, killUnit, startUnit, thaw } from '../../bed/faults.ts';
import { breakApplier, holdApplier } from '../database-faults.ts';
import { CHECKS, type FaultRow } from '../row.ts';
import { atStep, mainProcess } from '../store-view.ts';
import { after, bounds } from '../timing.ts';

const UNIT = 'mariadb.service';
const BEHIND_MS = 4_000;
const STILL_BEHIND_MS = 3_000;

export const replicaRows: readonly FaultRow[] = [
  {
    name: 'replica-broken',
    what: 'the applier of the acknowledging replica ends with an SQL error: nothing moves',
    shows: ['I2', 'I5'],
    moves: 'nothing',
    outage: bounds.untouched,
    standsMs: () => 12_000,
    make: (scene) => breakApplier(scene, scene.neighbour),
  },
  {
    name: 'replica-behind',
    what: `the acknowledging replica applies nothing for ${BEHIND_MS / 1000} s, then the primary is killed: all is applied before it opens`,
    shows: ['I2'],
    moves: 'the primary',
    outage: after(STILL_BEHIND_MS, 'applier held', bounds.crash),
    make: async (scene) => {
      const release = await holdApplier(scene, scene.neighbour);
      await scene.pause(BEHIND_MS);
      await killUnit(scene.primary, UNIT);
      await scene.pause(STILL_BEHIND_MS);
      await release();
    },
  },
  {
    name: 'remote-replicas-gone',
    what: 'both database hosts of the other region freeze: home never notices',
    shows: ['I3', 'I5'],
    moves: 'not the primary',
    outage: bounds.untouched,
    standsMs: () => 12_000,
    make: async ({ remote, onUndo }) => {
      for (const host of remote) {
        onUndo(() => thaw(host));
        await freeze(host);
      }
    },
  },
  {
    name: 'replica-restarted-in-ballot',
    what: "the candidate's mariadbd is restarted from the moment on at which a ballot begins",
    shows: ['I1', 'I2', 'I10'],
    moves: 'the primary',
    outage: bounds.memberLost,
    make: async (scene) => {
      const pid = await mainProcess(scene.neighbour, 'mariadbd');
      // From the poll to the opening it takes 0.2 s, and a server that is told to end goes on for half of that.
      const reached = await atStep(scene, 'poll', () => process.kill(pid, 'SIGTERM'));
      await killUnit(scene.primary, UNIT);
      const seen = await reached();
      await startUnit(scene.neighbour, UNIT);
      scene.check(CHECKS.met, seen, seen ? 'the step was seen' : 'no ballot reached the step');
    },
  },
];
