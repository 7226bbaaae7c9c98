/** Rows about the global store and about who leads in it. */

import { freeze, startUnit, stopUnit, thaw } from '../../bed/faults.ts';
import { globalStoreMembers } from '../../bed/topology.ts';
import { CHECKS, type FaultRow, type Scene } from '../row.ts';
import { arbiterNow, moveLeader, storeLeader } from '../store-view.ts';
import { after, bounds } from '../timing.ts';

const STORE = 'etcd-global.service';
const AWAY_MS = 60_000;
const REPLICA_LOST_AFTER_MS = 2_000;

export const storeRows: readonly FaultRow[] = [
  {
    name: 'store-leader-moved',
    what: "the global store's leadership is moved to another member: nothing moves",
    shows: ['I5'],
    moves: 'nothing',
    outage: bounds.untouched,
    standsMs: ({ ttlMs }) => 3 * ttlMs,
    make: async (scene) => {
      const from = await storeLeader();
      const to = globalStoreMembers().find((each) => each.name !== from)?.name ?? from;
      await moveLeader(from, to);
      scene.check(CHECKS.met, (await storeLeader()) === to, `${from} -> ${to}`);
    },
  },
  {
    name: 'store-down',
    what: `every member of the global store is stopped for ${AWAY_MS / 1000} s: nothing moves`,
    shows: ['I5'],
    moves: 'nothing',
    outage: bounds.untouched,
    standsMs: () => AWAY_MS,
    make: stopStore,
  },
  {
    name: 'store-down-replica-lost',
    what: `the global store is stopped for ${AWAY_MS / 1000} s and the acknowledging replica's host freezes: the primary closes, nothing is promoted`,
    shows: ['I1', 'I3'],
    moves: 'not the primary',
    outage: after(AWAY_MS, 'store away', bounds.storeReturn),
    standsMs: () => AWAY_MS,
    make: async (scene) => {
      await stopStore(scene);
      await scene.pause(REPLICA_LOST_AFTER_MS);
      scene.onUndo(() => thaw(scene.neighbour));
      await freeze(scene.neighbour);
    },
  },
  {
    name: 'leader-and-arbiter-lost',
    what: "the primary's host freezes together with those that lead the global store and are the arbiter",
    shows: ['I1', 'I2', 'I3', 'I10'],
    moves: 'the primary',
    outage: bounds.leaseAfterElection,
    dualWritableMaxMs: 1_000,
    make: async (scene) => {
      const arbiter = await arbiterNow();
      const members = globalStoreMembers().map((each) => each.name);
      const lost = members.includes(arbiter) ? arbiter : await storeLeader();
      const leader = await storeLeader();
      if (leader !== lost) await moveLeader(leader, lost);
      scene.check(CHECKS.met, (await storeLeader()) === lost, `${lost} leads the store, ${arbiter} is the arbiter`);
      for (const host of new Set([scene.primary, lost, arbiter])) {
        scene.onUndo(() => thaw(host));
        await freeze(host);
      }
    },
  },
];

async function stopStore({ onUndo }: Scene): Promise<void> {
  const members = globalStoreMembers().map((each) => each.name);
  onUndo(async () => {
    await Promise.all(members.map((host) => startUnit(host, STORE)));
  });
  await Promise.all(members.map((host) => stopUnit(host, STORE)));
}
