/**
 * The catalogue of faults: what each one does to the world, for how long, and whether it may cost a holder its lease.
 * `mayCost: false` is a promise (I5) that the checkers hold the lease layer to.
 */
import type { Agent } from './agent.ts';
import type { SeededRandom } from './random.ts';
import type { World } from './world.ts';

export interface Fault {
  readonly kind: string;
  /** Undefined: it is the store that is disturbed. */
  readonly agent: Agent | undefined;
  readonly durationMs: number;
  readonly mayCost: boolean;
  begin(): void;
  end(): void;
}

type MakeFault = (world: World, agent: Agent, random: SeededRandom) => Fault;

/** A process that is back within this time finds its lease: the TTL less a renewal that was late. */
const RESTART_WITHIN_TTL_MS = 1_000;
/** Long enough that the others have to manage without it. */
const CUT_MAX_MS = 25_000;
const CRASH_MAX_MS = 25_000;
const ELECTION_TIMEOUT_MS = 1_000;

const cut =
  (kind: string, set: (agent: Agent, isCut: boolean) => void): MakeFault =>
  (_world, agent, random) => ({
    kind,
    agent,
    durationMs: random.between(200, CUT_MAX_MS),
    mayCost: true,
    begin: () => set(agent, true),
    end: () => set(agent, false),
  });

const cutBoth = cut('cut', ({ path }, isCut) => {
  path.isCutToStore = isCut;
  path.isCutFromStore = isCut;
});
const cutToStore = cut('cut-to-store', ({ path }, isCut) => {
  path.isCutToStore = isCut;
});
const cutFromStore = cut('cut-from-store', ({ path }, isCut) => {
  path.isCutFromStore = isCut;
});

const loss: MakeFault = (_world, agent, random) => {
  const probability = random.between(0.1, 0.6);
  return {
    kind: 'loss',
    agent,
    durationMs: random.between(1_000, 10_000),
    mayCost: true,
    begin: () => {
      agent.path.lossProbability = probability;
    },
    end: () => {
      agent.path.lossProbability = 0;
    },
  };
};

/** Answers come slower and slower, and then none at all: what a link does before it dies. */
const dyingPath: MakeFault = ({ scheduler }, agent, random) => {
  const diesAfterMs = random.between(500, 3_000);
  const answerDelayMs = random.between(100, 450);
  return {
    kind: 'dying-path',
    agent,
    durationMs: random.between(5_000, 9_000),
    mayCost: true,
    begin: () => {
      agent.path.answerDelayMs = answerDelayMs;
      scheduler.after(diesAfterMs, () => {
        agent.path.isCutToStore = true;
        agent.path.isCutFromStore = true;
      });
    },
    end: () => {
      agent.path.answerDelayMs = 0;
      agent.path.isCutToStore = false;
      agent.path.isCutFromStore = false;
    },
  };
};

const freeze: MakeFault = (_world, agent, random) => ({
  kind: 'freeze',
  agent,
  durationMs: random.between(100, 8_000),
  mayCost: true,
  begin: () => agent.machine.freeze(),
  end: () => agent.machine.thaw(),
});

const restart =
  (kind: string, minMs: number, maxMs: number, mayCost: boolean): MakeFault =>
  (_world, agent, random) => ({
    kind,
    agent,
    durationMs: random.between(minMs, maxMs),
    mayCost,
    begin: () => agent.kill(),
    end: () => agent.start(),
  });

const wallStep: MakeFault = (_world, agent, random) => {
  const byMs = random.between(-20_000, 20_000);
  return {
    kind: 'wall-clock-step',
    agent,
    durationMs: 1_000,
    mayCost: false,
    begin: () => agent.machine.setWallClock(byMs),
    end: () => {},
  };
};

const resign: MakeFault = (_world, agent, random) => ({
  kind: 'resign',
  agent,
  durationMs: random.between(500, 5_000),
  mayCost: true,
  begin: () => agent.resign(),
  end: () => agent.stand(),
});

const outage =
  (kind: string, minMs: number, maxMs: number): MakeFault =>
  ({ cluster }, _agent, random) => ({
    kind,
    agent: undefined,
    durationMs: random.between(minMs, maxMs),
    mayCost: false,
    begin: () => cluster.loseLeader(),
    end: () => cluster.electLeader(),
  });

const compaction: MakeFault = ({ cluster }) => ({
  kind: 'compaction',
  agent: undefined,
  durationMs: 0,
  mayCost: false,
  begin: () => cluster.compact(),
  end: () => {},
});

/**
 * The store's leader is cut off with one agent on its side. It goes on acknowledging that agent's renewals, without
 * effect, until it notices; the others elect a leader no earlier than one election timeout after the cut.
 */
const minority: MakeFault = ({ cluster, scheduler }, agent, random) => {
  const noticesAfterMs = random.between(0, 2 * ELECTION_TIMEOUT_MS);
  const electedAfterMs = random.between(ELECTION_TIMEOUT_MS, 2 * ELECTION_TIMEOUT_MS);
  return {
    kind: 'minority',
    agent,
    durationMs: random.between(2_500, 9_000),
    mayCost: true,
    begin: () => {
      agent.path.member = 'staleLeader';
      cluster.loseLeader();
      scheduler.after(noticesAfterMs, () => {
        agent.path.member = 'cutOff';
      });
      scheduler.after(electedAfterMs, () => cluster.electLeader());
    },
    end: () => {
      agent.path.member = 'serving';
    },
  };
};

/** etcd #15247: a leader with a stuck disk revokes leases that were renewed elsewhere. Not part of ordinary plans. */
export const earlyRevocation: MakeFault = ({ cluster }, agent) => ({
  kind: 'early-revocation',
  agent,
  durationMs: 1_000,
  mayCost: true,
  begin: () => {
    const held = cluster.state.list('/regent/v1/leader/')[0];
    if (held?.leaseId !== undefined) cluster.revokeLease(held.leaseId);
  },
  end: () => {},
});

export const ORDINARY_FAULTS: readonly [MakeFault, ...MakeFault[]] = [
  cutBoth,
  cutToStore,
  cutFromStore,
  loss,
  dyingPath,
  freeze,
  restart('restart', 50, RESTART_WITHIN_TTL_MS, false),
  restart('crash', RESTART_WITHIN_TTL_MS, CRASH_MAX_MS, true),
  wallStep,
  resign,
  outage('store-election', 200, 2_000),
  outage('store-outage', 2_000, 12_000),
  compaction,
  minority,
];
