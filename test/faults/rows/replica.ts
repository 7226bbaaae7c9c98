/** Rows about the databases that follow. */

import { readFile } from 'node:fs/promises';
import { isClaimed } from '../../../src/core/database/ackers.ts';
import type { DatabaseFailover } from '../../../src/core/policy.ts';
import { applyPolicyText } from '../../bed/apply-policies.ts';
import { freeze, killUnit, startUnit, thaw } from '../../bed/faults.ts';
import { hostByName } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import { BED_POLICY } from '../bed-policy.ts';
import { breakApplier, holdApplier } from '../database-faults.ts';
import { CHECKS, type FaultRow } from '../row.ts';
import { atStep, databaseState, mainProcess } from '../store-view.ts';
import { after, bounds } from '../timing.ts';

const UNIT = 'mariadb.service';
const BEHIND_MS = 4_000;
const STILL_BEHIND_MS = 3_000;

/** An acker that is lost, seen gone, shut out, and another one proved. */
const REPLACED_WITHIN_MS = 30_000;
/** The next one to be found, claimed and proved, after the bed's policy was edited. */
const CLAIMED_WITHIN_MS = 60_000;

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
    name: 'acker-replaced',
    what: 'the host of the acker freezes, under a policy that wants it in another region: another one there takes its place',
    shows: ['I2', 'I5'],
    moves: 'nothing',
    outage: bounds.ackerHostLost,
    prepare: ({ signal }) => wantAckers('region', signal),
    make: async (scene) => {
      scene.onUndo(() => wantAckers('node', scene.signal));
      const [acker] = (await databaseState()).ackers;
      if (acker === undefined) throw new Error('nobody acknowledges');
      scene.onUndo(() => thaw(acker.node));
      await freeze(acker.node);
      const options = { timeoutMs: REPLACED_WITHIN_MS, pauseMs: 200, signal: scene.signal };
      const replaced = await waitUntil('another acker', options, async () => {
        const state = await databaseState();
        const nodes = state.ackers.map(({ node }) => node);
        return { ok: isClaimed(state) && !nodes.includes(acker.node), detail: nodes.join(', ') };
      }).then(
        () => '',
        (error: unknown) => String(error),
      );
      scene.check(CHECKS.met, replaced === '', replaced || `${acker.node} was replaced`);
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

/** Edits the bed's policy, and waits until those and no others are claimed to acknowledge. */
async function wantAckers(survives: DatabaseFailover['survives'], signal: AbortSignal): Promise<void> {
  await applyPolicyText(`${await readFile(BED_POLICY, 'utf8')}survives: ${survives}\n`);
  const options = { timeoutMs: CLAIMED_WITHIN_MS, pauseMs: 500, signal };
  await waitUntil(`ackers that survive a ${survives}`, options, async () => {
    const state = await databaseState();
    const home = hostByName(state.primary).site;
    const sites = state.ackers.map(({ node }) => hostByName(node).site);
    const isWanted = sites.every((site) => (site === home) === (survives === 'node'));
    return { ok: isClaimed(state) && isWanted, detail: state.ackers.map(({ node }) => node).join(', ') || 'none' };
  });
}
