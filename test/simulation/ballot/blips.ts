/**
 * Schedules of nothing but blips: pauses of processes and hosts, cuts, elections of the store and stuttering processors,
 * each shorter than what the lease forgives, one after the other for as long as one likes. None is a reason to move anything.
 */
import type { SeededRandom } from '../random.ts';
import { blipMaxMs, blipPauseMinMs } from './blip-bound.ts';
import { nothingMoves } from './checkers/nothing-moves.ts';
import type { DbAgent } from './db-agent.ts';
import type { BallotFault, MakeBallotFault } from './faults.ts';
import type { PlannedBallotFault } from './plan.ts';
import { FIRST_PRIMARY, STORE } from './settings.ts';
import { type BallotRun, type BallotWorld, simulateBallots } from './world.ts';

/** The database is adopted, its acker has proved itself, and everybody has promised by then. */
const FIRST_MS = 10_000;
const SHORTEST_MS = 50;
/** The longest ordinary round trip here, and the store's answer to a call. */
const RTT_MS = 30;
/** etcd elects within two of its timeouts of 1 s. Longer than the lease forgives: promises bridge it. */
const ELECTION_MAX_MS = 2_000;
/** A processor that others keep busy lets a process run in between. */
const STUTTER_MS = [20, 150] as const;
const STUTTER_FOR_MS = [2_000, 5_000] as const;
const PAUSE_MAX_MS = 5_000;
const CALM_MS = 5_000;
const ON_PRIMARY = 0.6;

const someAgent = ({ agents }: BallotWorld, random: SeededRandom): DbAgent => {
  const primary = agents.find(({ host }) => host.node === FIRST_PRIMARY);
  return (random.happens(ON_PRIMARY) ? primary : undefined) ?? random.pick(agents as [DbAgent, ...DbAgent[]]);
};

const longestMs = ({ policies }: BallotWorld): number => blipMaxMs({ ...policies.latest.policy, rttMs: RTT_MS });

const blip =
  (kind: string, begin: (agent: DbAgent, world: BallotWorld) => void, end: typeof begin): MakeBallotFault =>
  (world, random) => {
    const agent = someAgent(world, random);
    return {
      kind,
      targets: [agent.host.node],
      durationMs: random.between(SHORTEST_MS, longestMs(world)),
      begin: () => begin(agent, world),
      end: () => end(agent, world),
    };
  };

const others = ({ host }: DbAgent, { agents }: BallotWorld): readonly string[] =>
  agents.map((each) => each.host.node).filter((node) => node !== host.node);

const agentPause = blip(
  'agent-pause',
  ({ host }) => host.agentMachine.freeze(),
  ({ host }) => host.agentMachine.thaw(),
);
const serverPause = blip(
  'server-pause',
  ({ host }) => host.serverMachine.freeze(),
  ({ host }) => host.serverMachine.thaw(),
);
const hostPause = blip(
  'host-pause',
  ({ host }) => host.freeze(),
  ({ host }) => host.thaw(),
);
const unheardByStore = blip(
  'unheard-by-store',
  ({ host }) => {
    host.path.isCutToStore = true;
  },
  ({ host }) => host.healToStore(),
);
const deafToStore = blip(
  'deaf-to-store',
  ({ host }) => {
    host.path.isCutFromStore = true;
  },
  ({ host }) => host.healToStore(),
);
const hostCut = blip(
  'host-cut',
  (agent, world) => {
    agent.host.cutFromStore();
    for (const other of others(agent, world)) world.network.cut(agent.host.node, other);
  },
  (agent, world) => {
    agent.host.healToStore();
    for (const other of others(agent, world)) world.network.heal(agent.host.node, other);
  },
);
const arbiterPause: MakeBallotFault = (world, random) => {
  const arbiter = random.pick(world.arbiters as readonly [(typeof world.arbiters)[number]]);
  return {
    kind: 'arbiter-pause',
    targets: [arbiter.host.node],
    durationMs: random.between(SHORTEST_MS, longestMs(world)),
    begin: () => arbiter.host.agentMachine.freeze(),
    end: () => arbiter.host.agentMachine.thaw(),
  };
};
const election: MakeBallotFault = ({ cluster }, random) => ({
  kind: 'election',
  targets: [STORE],
  durationMs: random.between(SHORTEST_MS, ELECTION_MAX_MS),
  begin: () => cluster.loseLeader(),
  end: () => cluster.electLeader(),
});
/** Every agent stops and goes on, again and again, each at its own pace. */
const stutter: MakeBallotFault = ({ agents, scheduler }, random) => {
  let isOver = false;
  const pause = (agent: DbAgent): void => {
    if (isOver) return;
    agent.host.agentMachine.freeze();
    scheduler.after(random.between(...STUTTER_MS), () => {
      agent.host.agentMachine.thaw();
      scheduler.after(random.between(...STUTTER_MS), () => pause(agent));
    });
  };
  return {
    kind: 'stutter',
    targets: agents.map(({ host }) => host.node),
    durationMs: random.between(...STUTTER_FOR_MS),
    begin: () => agents.forEach(pause),
    end: () => {
      isOver = true;
    },
  };
};

/** What the last blip has begun shows within a ttl; whoever orders something afterwards moves the primary on purpose. */
const calm: BallotFault = { kind: 'calm', targets: [STORE], durationMs: CALM_MS, begin: () => {}, end: () => {} };

export const BLIPS: readonly [MakeBallotFault, ...MakeBallotFault[]] = [
  agentPause,
  serverPause,
  hostPause,
  unheardByStore,
  deafToStore,
  hostCut,
  arbiterPause,
  election,
  stutter,
];

/**
 * One run of blips for some simulated minutes.
 *
 * @param options.stretch - how many times as long as drawn each one lasts; default 1. With more they are no blips any more
 */
export function simulateBlips(
  seed: number,
  { minutes, stretch = 1 }: { readonly minutes: number; readonly stretch?: number },
): Promise<BallotRun> {
  const untilMs = FIRST_MS + minutes * 60_000;
  const plan = (world: BallotWorld, random: SeededRandom): readonly PlannedBallotFault[] => {
    const planned: PlannedBallotFault[] = [];
    const pauseMinMs = blipPauseMinMs({ ...world.policies.latest.policy, rttMs: RTT_MS });
    for (let atMs = FIRST_MS; atMs < untilMs; ) {
      const drawn = random.pick(BLIPS)(world, random);
      const fault: BallotFault = { ...drawn, durationMs: stretch * drawn.durationMs };
      planned.push({ atMs, fault });
      atMs += fault.durationMs + random.between(pauseMinMs, PAUSE_MAX_MS);
    }
    return [...planned, { atMs: untilMs, fault: calm }];
  };
  return simulateBallots(seed, { plan, checkers: [nothingMoves(FIRST_MS, untilMs + CALM_MS)] });
}
