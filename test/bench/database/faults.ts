/**
 * What the benchmark breaks, in the order in which it does, and what is to be reached. Faults of the fault table are made by
 * its rows. Those that move the primary alternate with those that may move nothing, which fill the cooldown between two
 * switches.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { AGENT_UNIT } from '../../bed/agents.ts';
import { execHost } from '../../bed/exec.ts';
import { freeze, restartUnit, startUnit, stopUnit, thaw } from '../../bed/faults.ts';
import { globalStoreMembers, regionalStoreMembers } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import type { FaultRow, Scene } from '../../faults/row.ts';
import { rowsByName } from '../../faults/rows/all.ts';
import { arbiterNow, moveLeader, storeLeader } from '../../faults/store-view.ts';

/** An upper limit of the outage in ms: of half of the runs, and of 19 in 20. */
export interface Target {
  readonly medianMs: number;
  readonly p95Ms: number;
}

export interface BenchFault extends Pick<FaultRow, 'name' | 'what' | 'moves' | 'standsMs' | 'make'> {
  readonly target: Target;
  /** Brings the cloud into the state that the fault wants to meet; the run begins when it is at rest again. */
  readonly prepare?: (scene: Pick<Scene, 'primary' | 'home' | 'signal' | 'say'>) => Promise<void>;
}

const UNFELT: Target = { medianMs: 0, p95Ms: 0 };
const LEASE: Target = { medianMs: 4_500, p95Ms: 6_000 };
const AGENT_LOST: Target = { medianMs: 5_000, p95Ms: 7_000 };
/** A member that came back is given this long to serve again, beyond its own word that it is ready. */
const BETWEEN_MEMBERS_MS = 1_000;
const SWITCHOVER_TIMEOUT_MS = 40_000;
const ARBITER_TIMEOUT_MS = 15_000;
const ARBITER_TRIES = 20;

export const benchFaults: readonly BenchFault[] = [
  fromTable('mariadbd-killed', { medianMs: 1_000, p95Ms: 1_500 }),
  fromTable('store-down', UNFELT),
  fromTable('host-frozen', LEASE),
  {
    name: 'agent-restarted',
    what: "the primary's agent is restarted in order, as for an upgrade",
    moves: 'nothing',
    target: UNFELT,
    standsMs: ({ ttlMs }) => 3 * ttlMs,
    make: ({ primary }) => restartUnit(primary, AGENT_UNIT),
  },
  fromTable('host-isolated', LEASE),
  fromTable('store-leader-moved', UNFELT),
  {
    name: 'leader-and-arbiter-lost',
    what: "the primary's host freezes together with the one that leads the global store and is the arbiter",
    moves: 'the primary',
    target: { medianMs: 8_000, p95Ms: 8_000 },
    prepare: gatherLeaderAndArbiter,
    make: async ({ primary, onUndo }) => {
      const lost = [primary, await storeLeader()];
      onUndo(async () => {
        await Promise.all(lost.map(thaw));
      });
      await Promise.all(lost.map(freeze));
    },
  },
  {
    name: 'store-rolling-restart',
    what: "every member of the global store, then of the region's own, is restarted one after the other",
    moves: 'nothing',
    target: UNFELT,
    standsMs: ({ ttlMs }) => 3 * ttlMs,
    make: restartStores,
  },
  fromTable('agent-frozen', AGENT_LOST),
  fromTable('agent-killed', AGENT_LOST),
  {
    name: 'switchover',
    what: 'regentctl database switchover',
    moves: 'the primary',
    target: { medianMs: 200, p95Ms: 500 },
    make: async ({ primary }) => {
      const argv = ['regentctl', 'database', 'switchover', '--timeout', '30'];
      const { code, stderr } = await execHost(primary, argv, { timeoutMs: SWITCHOVER_TIMEOUT_MS });
      if (code !== 0) throw new Error(`the switchover from ${primary} failed: ${stderr.trim()}`);
    },
  },
];

function fromTable(name: string, target: Target): BenchFault {
  const [row] = rowsByName([name]);
  if (row === undefined) throw new RangeError(`the fault table has no row ${name}`);
  const { what, moves, standsMs, make } = row;
  return { name, what, moves, make, target, ...(standsMs === undefined ? {} : { standsMs }) };
}

async function restartStores({ home, pause }: Scene): Promise<void> {
  for (const { name } of globalStoreMembers()) {
    await restartUnit(name, 'etcd-global.service');
    await pause(BETWEEN_MEMBERS_MS);
  }
  for (const { name } of regionalStoreMembers(home)) {
    await restartUnit(name, 'etcd.service');
    await pause(BETWEEN_MEMBERS_MS);
  }
}

/**
 * Makes one host the arbiter and the leader of the global store: no proxy of the primary's region, whose loss would be the
 * route's, and not the primary's own, which has no member of the store here. An arbiter elsewhere is stopped until another
 * one is elected, as often as it takes.
 */
async function gatherLeaderAndArbiter({ home, signal }: Pick<Scene, 'home' | 'signal'>): Promise<void> {
  const wanted = globalStoreMembers()
    .filter(({ site }) => site !== home)
    .map(({ name }) => name);
  for (let tries = 0; tries < ARBITER_TRIES; tries++) {
    const arbiter = await arbiterNow();
    if (wanted.includes(arbiter)) {
      const leader = await storeLeader();
      if (leader !== arbiter) await moveLeader(leader, arbiter);
      return;
    }
    // One that is back within its lease is the arbiter still.
    await stopUnit(arbiter, AGENT_UNIT);
    try {
      await waitUntil('another arbiter', { timeoutMs: ARBITER_TIMEOUT_MS, pauseMs: 200, signal }, async () =>
        arbiterNow().then(
          (name) => ({ ok: name !== arbiter, detail: name }),
          (error: Error) => ({ ok: false, detail: error.message }),
        ),
      );
    } finally {
      await startUnit(arbiter, AGENT_UNIT);
    }
    await delay(BETWEEN_MEMBERS_MS, undefined, { signal });
  }
  throw new Error(`none of ${wanted.join(', ')} became the arbiter in ${ARBITER_TRIES} elections`);
}
