/** One row per step of a ballot: the arbiter's agent is killed when the store shows that step (I10). */

import type { BallotStep } from '../../../src/core/database/state.ts';
import { killUnit } from '../../bed/faults.ts';
import { CHECKS, type FaultRow } from '../row.ts';
import { arbiterNow, atStep, mainProcess } from '../store-view.ts';
import { bounds } from '../timing.ts';

const STEPS: readonly BallotStep[] = ['poll', 'freeze', 'drain', 'prove'];

export const arbiterRows: readonly FaultRow[] = STEPS.map((step) => ({
  name: `arbiter-killed-at-${step}`,
  what: `the primary's mariadbd is killed, and the arbiter's agent when the ballot is at "${step}"`,
  shows: ['I1', 'I2', 'I10'],
  moves: 'the primary',
  outage: bounds.arbiterLost,
  make: async (scene) => {
    const arbiter = await arbiterNow();
    const pid = await mainProcess(arbiter, 'agents/main.ts');
    const reached = await atStep(scene, step, () => process.kill(pid, 'SIGKILL'));
    await killUnit(scene.primary, 'mariadb.service');
    const seen = await reached();
    scene.check(CHECKS.met, seen, seen ? `${arbiter} was killed at ${step}` : `no ballot reached ${step}`);
  },
}));
