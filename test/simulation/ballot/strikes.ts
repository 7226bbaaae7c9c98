/**
 * Blows in the middle of a ballot: at a step that the store has just taken, the arbiter, the candidate's agent or the
 * candidate's server is killed. A schedule by the clock alone would rarely meet those moments.
 */
import { databaseStateKey } from '../../../src/store/keys.ts';
import type { SeededRandom } from '../random.ts';
import { DATABASE } from './settings.ts';
import type { BallotWorld } from './world.ts';

const PROBABILITY = 0.25;
const STRIKES_MAX = 3;
const UNTIL_MS = 30_000;

export function strikeInBallots(world: BallotWorld, random: SeededRandom): void {
  let strikes = 0;
  world.cluster.watch(undefined, {
    onRevision: ({ changes }) => {
      if (!changes.some(({ key }) => key === databaseStateKey(DATABASE))) return;
      const isDue = random.happens(PROBABILITY) && strikes < STRIKES_MAX && world.scheduler.nowMs() < UNTIL_MS;
      if (!isDue || world.state()?.phase !== 'ballot') return;
      strikes += 1;
      world.scheduler.after(random.between(0, 120), () => strike(world, random));
    },
    // Compaction ends the watch, and with it the blows.
    onCancelled: () => {},
  });
}

function strike(world: BallotWorld, random: SeededRandom): void {
  const ballot = world.state()?.ballot;
  const kind = random.pick(['arbiter', 'agent', 'server']);
  const candidate = world.agents.find(({ host }) => host.node === ballot?.candidate);
  if (kind === 'arbiter' || candidate === undefined) {
    const arbiter = world.arbiters.find((each) => each.isArbiter && !each.host.agentMachine.isFrozen);
    if (arbiter === undefined) return;
    world.note(`strike: arbiter ${arbiter.host.node} is killed in step ${ballot?.step}`);
    arbiter.kill();
    world.scheduler.after(random.between(100, 3_000), () => arbiter.start());
    return;
  }
  if (!candidate.isRunning || candidate.host.serverMachine.isFrozen || !candidate.host.path.isWhole) return;
  world.note(`strike: ${kind} of ${candidate.host.node} is killed in step ${ballot?.step}`);
  if (kind === 'server') candidate.server.crash();
  else {
    candidate.kill();
    world.scheduler.after(random.between(20, 800), () => {
      if (!candidate.isRunning) candidate.start();
    });
  }
}
