/**
 * Faults aimed at the set of acknowledging members: one that comes back after it was given up, one that alone has the last
 * writes, one that is believed to be there, one that a new term has forgotten. Each ends with the loss of the primary's
 * host, so that a ballot has to count.
 */
import type { SeededRandom } from '../random.ts';
import type { DbAgent } from './db-agent.ts';
import type { BallotFault } from './faults.ts';
import { FIRST_PRIMARY } from './settings.ts';
import type { BallotWorld } from './world.ts';

const DURATION_MS = 18_000;
/** A tick until it is told, 5 s for which a lost acker keeps its seat, and a few ticks for its replacement. */
const REPLACED_MS = 10_500;
/** By then the store says that it does not follow, and it has given up to stop receiving early: its server tries again. */
const TOLD_MS = 7_500;
/** A registration outlives its host by this much at most. */
const RECORD_GONE_MS = 9_000;
/** Two steps of a ballot that has nobody to choose, after which a server that is down is started, and the rest of it. */
const PROMOTED_AGAIN_MS = 8_500;
/** A replica connects again after 700 ms. */
const RECONNECTED_MS = 1_200;

/** What happens to an acker and to the one that is to replace it, or shares its work. */
type Play = (world: BallotWorld, random: SeededRandom, cast: readonly [DbAgent, DbAgent]) => void;

const fault =
  (kind: string, play: Play) =>
  (world: BallotWorld, random: SeededRandom): BallotFault => {
    const others = world.agents.filter(({ host }) => host.node !== FIRST_PRIMARY && host.region === 'north');
    return {
      kind,
      targets: world.agents.map(({ host }) => host.node),
      durationMs: DURATION_MS,
      begin: () => {
        const first = world.state()?.ackers[0]?.node;
        const acker = others.find(({ host }) => host.node === first);
        const other = others.find((agent) => agent !== acker);
        if (acker !== undefined && other !== undefined) play(world, random, [acker, other]);
      },
      end: () => {
        for (const { host } of world.agents)
          for (let cuts = 0; cuts < 2; cuts++) world.network.heal(host.node, FIRST_PRIMARY);
        for (const { host } of others) {
          host.thaw();
          host.healToStore();
        }
        for (const agent of world.agents) agent.start();
      },
    };
  };

function losePrimary(world: BallotWorld): void {
  const primary = world.agents.find(({ host }) => host.node === FIRST_PRIMARY);
  world.note(`the host of ${FIRST_PRIMARY} dies`);
  primary?.server.crash();
  primary?.kill();
}

/** As soon as it is so, or when the time is over. */
function when({ scheduler }: BallotWorld, isSo: () => boolean, withinMs: number, then: () => void): void {
  const untilMs = scheduler.nowMs() + withinMs;
  const look = () => {
    if (!isSo() && scheduler.nowMs() < untilMs) scheduler.after(1, look);
    else then();
  };
  look();
}

const isNamed = (world: BallotWorld, { host }: DbAgent): boolean =>
  world.state()?.ackers.some(({ node }) => node === host.node) === true;

/** As soon as the store says that it is no acker. */
function whenForgotten(world: BallotWorld, acker: DbAgent, withinMs: number, then: () => void): void {
  when(world, () => !isNamed(world, acker), withinMs, then);
}

/** Nobody else gets the primary's writes, who could give them to a candidate. */
function cutAllBut(world: BallotWorld, acker: DbAgent): void {
  for (const { host } of world.agents) {
    if (host !== acker.host && host.node !== FIRST_PRIMARY) world.network.cut(host.node, FIRST_PRIMARY);
  }
}

/**
 * Its server is cut off, and its agent is gone; when another one has replaced it, the server connects again and would
 * acknowledge what the other one does not get. The primary's agent is restarted as soon as the set has shrunk.
 */
const returnsToAcknowledge = fault('acker-returns', (world, random, [acker]) => {
  const { scheduler, network } = world;
  network.cut(acker.host.node, FIRST_PRIMARY);
  scheduler.after(TOLD_MS, () => acker.kill());
  const primary = world.agents.find(({ host }) => host.node === FIRST_PRIMARY);
  if (random.happens(0.5)) {
    whenForgotten(world, acker, REPLACED_MS, () => {
      primary?.kill();
      scheduler.after(random.between(20, 300), () => primary?.start());
    });
  }
  const backMs = REPLACED_MS + random.between(0, 1_500);
  scheduler.after(backMs, () => {
    network.heal(acker.host.node, FIRST_PRIMARY);
    cutAllBut(world, acker);
  });
  scheduler.after(backMs + RECONNECTED_MS + random.between(0, 800), () => {
    losePrimary(world);
  });
});

/** The others are cut off for a while, and then this one goes with the primary. */
const hasTheLastWrites = fault('acker-has-the-last-writes', (world, random, [acker]) => {
  cutAllBut(world, acker);
  world.scheduler.after(random.between(300, 2_000), () => {
    losePrimary(world);
    acker.kill();
  });
});

/** A frozen host's record outlives it: the other one looks well while this one is given up. */
const isThoughtThere = fault('acker-thought-there', (world, random, [acker, other]) => {
  const { scheduler, network } = world;
  other.host.freeze();
  cutAllBut(world, acker);
  const cutMs = random.between(150, 500);
  scheduler.after(cutMs, () => network.cut(acker.host.node, FIRST_PRIMARY));
  whenForgotten(world, acker, RECORD_GONE_MS, () => {
    losePrimary(world);
    acker.kill();
    other.host.thaw();
  });
});

/**
 * The primary's server restarts and is promoted again, while the acker's agent is cut off from the store: the new term has
 * forgotten it, and its server does not know. It connects again just when another one, who is to acknowledge, is cut off.
 */
const isForgottenByATerm = fault('acker-forgotten-by-a-term', (world, random, [acker, other]) => {
  const { scheduler, network } = world;
  const primary = world.agents.find(({ host }) => host.node === FIRST_PRIMARY);
  acker.host.cutFromStore();
  network.cut(acker.host.node, FIRST_PRIMARY);
  primary?.server.crash();
  const isReplaced = () =>
    !isNamed(world, acker) &&
    isNamed(world, other) &&
    primary?.server.streams.some(({ replica, isSemiSync }) => replica === other.server && isSemiSync) === true;
  when(world, isReplaced, PROMOTED_AGAIN_MS, () => {
    network.heal(acker.host.node, FIRST_PRIMARY);
    cutAllBut(world, acker);
    scheduler.after(RECONNECTED_MS + random.between(0, 800), () => losePrimary(world));
  });
});

/** Of one acker, and of two. */
export const ONE_ACKER = [returnsToAcknowledge, isForgottenByATerm] as const;
export const TWO_ACKERS = [returnsToAcknowledge, hasTheLastWrites, isThoughtThere, isForgottenByATerm] as const;
