/**
 * Blows at the moments that matter: right after a step of a ballot was taken, or a new acker was named, somebody who is
 * needed next is killed. A schedule by the clock alone would rarely meet those moments.
 */
import { isClaimed } from '../../../src/core/database/ackers.ts';
import type { DatabaseState } from '../../../src/core/database/state.ts';
import type { SeededRandom } from '../random.ts';
import type { DbAgent } from './db-agent.ts';
import { STATE_KEY } from './settings.ts';
import type { BallotWorld } from './world.ts';

const PROBABILITY = 0.3;
const STRIKES_MAX = 3;
const UNTIL_MS = 17_000;

export function strikeInBallots(world: BallotWorld, random: SeededRandom): void {
  let strikes = 0;
  world.cluster.watch(undefined, {
    onRevision: ({ changes }) => {
      if (!changes.some(({ key }) => key === STATE_KEY)) return;
      const state = world.state();
      if (state === undefined || world.scheduler.nowMs() > UNTIL_MS || strikes >= STRIKES_MAX) return;
      if (!random.happens(PROBABILITY)) return;
      if (state.phase === 'ballot') world.scheduler.after(random.between(0, 150), () => strike(world, random));
      else if (state.ackers.length === 0 || isClaimed(state) || world.scheduler.nowMs() < 1_000) return;
      else strikeEntry(world, random, state);
      strikes += 1;
      world.tally.injected('strike');
    },
    // Compaction ends the watch, and with it the blows.
    onCancelled: () => {},
  });
}

function strike(world: BallotWorld, random: SeededRandom): void {
  world.disturbed();
  const ballot = world.state()?.ballot;
  const replicas = world.agents.filter(({ host }) => host.node !== ballot?.formerPrimary);
  const candidate =
    ballot?.step === 'freeze'
      ? random.pick(replicas as [DbAgent, ...DbAgent[]])
      : replicas.find(({ host }) => host.node === ballot?.candidate);
  const acker = world.agents.find(({ host }) => host.node === world.state()?.ackers.at(-1)?.node);
  if (acker !== undefined && acker !== candidate && random.happens(0.5) && isWhole(acker)) {
    world.note(`strike: agent of the acker ${acker.host.node} is killed in step ${ballot?.step}`);
    acker.kill();
    world.scheduler.after(random.between(500, 9_000), () => acker.start());
    return;
  }
  const kind = random.pick(['arbiter', 'agent', 'server', 'server-restart', 'server-restart', 'host']);
  if (kind === 'arbiter' || candidate === undefined) {
    const arbiter = world.arbiters.find((each) => each.isArbiter && !each.host.agentMachine.isFrozen);
    if (arbiter === undefined) return;
    world.note(`strike: arbiter ${arbiter.host.node} is killed in step ${ballot?.step}`);
    arbiter.kill();
    world.scheduler.after(random.between(100, 3_000), () => arbiter.start());
    return;
  }
  if (!isWhole(candidate)) return;
  world.note(`strike: ${kind} of ${candidate.host.node} is killed in step ${ballot?.step}`);
  const { server } = candidate;
  if (kind === 'host') {
    crashHost(world, candidate, random.between(3_000, 12_000));
    return;
  }
  if (kind === 'agent') {
    // A candidate that is not open yet may lose its agent for longer than a lease lasts.
    const backAfterMs = random.between(20, server.readOnly && ballot?.step !== 'prove' ? 2_900 : 800);
    candidate.kill();
    world.scheduler.after(backAfterMs, () => candidate.start());
    return;
  }
  server.crash();
  if (kind === 'server-restart') world.scheduler.after(random.between(50, 400), () => server.start('keep'));
}

/** A new acker cannot be reached, and the primary's host dies before the acker has proved itself. */
function strikeEntry(world: BallotWorld, random: SeededRandom, { primary, ackers }: DatabaseState): void {
  const acker = ackers.at(-1)?.node;
  world.disturbed();
  const agent = world.agents.find(({ host }) => host.node === primary);
  if (agent === undefined || acker === undefined || !isWhole(agent)) return;
  world.note(`strike: ${acker} is cut from ${primary}, whose host dies`);
  world.network.cut(primary, acker);
  world.scheduler.after(random.between(100, 900), () => {
    world.network.heal(primary, acker);
    if (isWhole(agent)) crashHost(world, agent, random.between(4_000, 12_000));
  });
}

function crashHost(world: BallotWorld, agent: DbAgent, backAfterMs: number): void {
  agent.server.crash();
  agent.kill();
  world.scheduler.after(backAfterMs, () => {
    world.disturbed();
    agent.start();
  });
}

/** Nothing disturbs it at this moment. */
export function isWhole({ host, isRunning }: DbAgent): boolean {
  return isRunning && host.path.isWhole && !host.serverMachine.isFrozen && !host.agentMachine.isFrozen;
}
