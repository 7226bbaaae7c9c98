/** The catalogue of faults around a database: what each one does, to whom, and for how long. */
import type { SeededRandom } from '../random.ts';
import type { DbAgent } from './db-agent.ts';
import { agentStop } from './orderly-faults.ts';
import {
  comeBackToTheStoreOnly,
  halfHeard,
  peerLoss,
  peerMute,
  revokeEarly,
  sleepsOnAnswers,
  wordInAFreeze,
} from './promise-faults.ts';
import { regionCut, regionFreeze } from './region-faults.ts';
import { FIRST_PRIMARY, STORE } from './settings.ts';
import { isWhole } from './strikes.ts';
import type { BallotWorld } from './world.ts';

export interface BallotFault {
  readonly kind: string;
  /** Hosts, `store` or `peers`; nothing else may be disturbed there at the same time. */
  readonly targets: readonly string[];
  readonly durationMs: number;
  begin(): void;
  end(): void;
}

export type MakeBallotFault = (world: BallotWorld, random: SeededRandom) => BallotFault;

/** Well within the lease: a crashed agent is started again within a second. One that stays away is `agentLost`. */
const AGENT_BACK_WITHIN_MS = 900;

const onAgent =
  (
    kind: string,
    [minMs, maxMs]: readonly [number, number],
    begin: (agent: DbAgent) => void,
    end: (agent: DbAgent) => void,
  ): MakeBallotFault =>
  (world, random) => {
    const isPrimary = random.happens(0.6);
    const primary = world.agents.find(({ host }) => host.node === FIRST_PRIMARY);
    const agent = (isPrimary ? primary : undefined) ?? random.pick(world.agents as readonly [DbAgent, ...DbAgent[]]);
    return {
      kind,
      targets: [agent.host.node],
      durationMs: random.between(minMs, maxMs),
      begin: () => begin(agent),
      end: () => end(agent),
    };
  };

const none = () => {};

const serverKill = onAgent('server-kill', [0, 1], ({ server }) => server.crash(), none);
const serverStall = onAgent(
  'server-stall',
  [200, 6_000],
  ({ server }) => server.machine.freeze(),
  ({ server }) => server.machine.thaw(),
);
const hostCrash = onAgent(
  'host-crash',
  [3_000, 15_000],
  (agent) => {
    agent.server.crash();
    agent.kill();
  },
  (agent) => agent.start(),
);
const hostFreeze = onAgent(
  'host-freeze',
  [300, 9_000],
  ({ host }) => host.freeze(),
  ({ host }) => host.thaw(),
);
/** Longer than a lease and a ballot: it thaws into a world that has another primary, the hardest case of all. */
export const primarySleeps: MakeBallotFault = (world, random) => {
  const primary = world.agents.find(({ host }) => host.node === FIRST_PRIMARY);
  return {
    kind: 'primary-sleeps',
    targets: [FIRST_PRIMARY],
    durationMs: random.between(3_200, 6_500),
    begin: () => primary?.host.freeze(),
    end: () => primary?.host.thaw(),
  };
};

/**
 * The agent of whoever is the primary is gone or frozen for longer than its lease, and its server goes on: nobody but the
 * dead man's switch can close it then (F2).
 */
export const agentLost: MakeBallotFault = (world, random) => {
  const isFrozen = random.happens(0.5);
  let lost: DbAgent | undefined;
  return {
    kind: isFrozen ? 'agent-frozen' : 'agent-killed',
    targets: ['primary'],
    durationMs: random.between(3_000, 14_000),
    begin: () => {
      lost = world.agents.find((agent) => agent.host.node === world.state()?.primary && isWhole(agent));
      if (isFrozen) lost?.host.agentMachine.freeze();
      else lost?.kill();
    },
    end: () => (isFrozen ? lost?.host.agentMachine.thaw() : lost?.start()),
  };
};

const storeCut = onAgent(
  'store-cut',
  [300, 9_000],
  ({ host }) => host.cutFromStore(),
  ({ host }) => host.healToStore(),
);
const storeLoss = onAgent(
  'store-loss',
  [1_000, 9_000],
  ({ host }) => {
    host.path.lossProbability = 0.4;
  },
  ({ host }) => {
    host.path.lossProbability = 0;
  },
);
const oneWay = onAgent(
  'store-cut-one-way',
  [300, 9_000],
  ({ host }) => {
    host.path.isCutFromStore = true;
  },
  ({ host }) => host.healToStore(),
);

const agentRestart: MakeBallotFault = (world, random) => {
  const fault = onAgent(
    'agent-restart',
    [20, AGENT_BACK_WITHIN_MS],
    (agent) => agent.kill(),
    (agent) => agent.start(),
  )(world, random);
  return { ...fault, targets: [...fault.targets, STORE] };
};

const replicationCut: MakeBallotFault = ({ agents, network }, random) => {
  const [a, b] = [random.pick(names(agents)), random.pick(names(agents))];
  return {
    kind: 'replication-cut',
    targets: [`${a}|${b}`],
    durationMs: random.between(300, 12_000),
    begin: () => network.cut(a, b),
    end: () => network.heal(a, b),
  };
};

const arbiterRestart: MakeBallotFault = (world, random) => {
  const arbiter = random.pick(world.arbiters as readonly [(typeof world.arbiters)[number]]);
  return {
    kind: 'arbiter-restart',
    targets: [arbiter.host.node],
    durationMs: random.between(50, 8_000),
    begin: () => arbiter.kill(),
    end: () => arbiter.start(),
  };
};

const storeOutage: MakeBallotFault = ({ cluster }, random) => ({
  kind: 'store-outage',
  targets: [STORE],
  durationMs: random.between(300, 9_000),
  begin: () => cluster.loseLeader(),
  end: () => cluster.electLeader(),
});

const earlyRevocation: MakeBallotFault = (world) => ({
  kind: 'early-revocation',
  targets: [STORE],
  durationMs: 0,
  begin: () => revokeEarly(world),
  end: none,
});

/** For far longer than a lease lasts. */
const longStoreOutage: MakeBallotFault = (world, random) => ({
  ...storeOutage(world, random),
  durationMs: random.between(9_000, 25_000),
});

/** The same, with the holder cut off, so that it believes in its lease until its own deadline. */
const revokedAndCut: MakeBallotFault = (world, random) => {
  const fault = storeCut(world, random);
  const revocation = earlyRevocation(world, random);
  return {
    ...fault,
    kind: 'revoked-and-cut',
    targets: [...fault.targets, STORE],
    begin: () => {
      fault.begin();
      revocation.begin();
    },
  };
};

const compaction: MakeBallotFault = ({ cluster }) => ({
  kind: 'compaction',
  targets: [STORE],
  durationMs: 0,
  begin: () => cluster.compact(),
  end: none,
});

export const BALLOT_FAULTS: readonly [MakeBallotFault, ...MakeBallotFault[]] = [
  serverKill,
  serverKill,
  serverStall,
  hostCrash,
  hostFreeze,
  storeCut,
  oneWay,
  storeLoss,
  agentRestart,
  agentStop,
  replicationCut,
  regionFreeze,
  regionCut,
  arbiterRestart,
  storeOutage,
  longStoreOutage,
  peerLoss,
  peerMute,
  sleepsOnAnswers,
  comeBackToTheStoreOnly,
  halfHeard,
  wordInAFreeze,
  compaction,
  earlyRevocation,
  revokedAndCut,
  revokedAndCut,
  revokedAndCut,
];

function names(agents: readonly DbAgent[]): readonly [string, ...string[]] {
  const [first = '', ...rest] = agents.map(({ host }) => host.node);
  return [first, ...rest];
}
