/**
 * Faults aimed at the promises between the agents: lost messages, a primary that sleeps on the answers to its questions,
 * members that come back when nobody who asked them before can reach the store.
 */
import { databasePrimaryKey } from '../../../src/store/keys.ts';
import type { DbAgent } from './db-agent.ts';
import type { MakeBallotFault } from './faults.ts';
import { DATABASE, FIRST_PRIMARY, STORE } from './settings.ts';
import type { BallotWorld } from './world.ts';

export const peerLoss: MakeBallotFault = ({ peers }, random) => ({
  kind: 'peer-loss',
  targets: ['peers'],
  durationMs: random.between(1_000, 9_000),
  begin: () => {
    peers.lossProbability = 0.3;
  },
  end: () => {
    peers.lossProbability = 0;
  },
});

export const peerMute: MakeBallotFault = ({ peers }) => ({
  kind: 'peer-cut-one-way',
  targets: ['peers'],
  durationMs: 6_000,
  begin: () => peers.mute.add(FIRST_PRIMARY),
  end: () => peers.mute.delete(FIRST_PRIMARY),
});

/** etcd #15247: a lease is revoked although its holder renewed it. */
export function revokeEarly(world: BallotWorld): void {
  const held = world.cluster.state.get(databasePrimaryKey(DATABASE))?.leaseId;
  if (held === undefined) return;
  world.cluster.revokeLease(held);
  world.revokedAtMs = world.scheduler.nowMs();
}

/** Its last writes have been seen by then and veto nothing. */
const REVOKED_AFTER_MS = 850;
/** The answers have arrived by then, and nothing else does. */
const CUT_AFTER_MS = 20;

/** Its agent falls asleep with its questions under way, its lease is gone, and it wakes up alone with the answers. */
export const sleepsOnAnswers: MakeBallotFault = (world, random) => {
  const primary = world.agents.find(({ host }) => host.node === FIRST_PRIMARY);
  const others = world.agents.filter((agent) => agent !== primary);
  let isCut = false;
  let isOver = false;
  const asleepMs = random.between(1_800, 2_200);
  return {
    kind: 'sleeps-on-answers',
    targets: [FIRST_PRIMARY, STORE, 'peers'],
    durationMs: 8_000,
    begin: () =>
      world.peers.afterNextRequest(FIRST_PRIMARY, () => {
        if (primary === undefined || world.state()?.primary !== FIRST_PRIMARY) return;
        primary.host.freeze();
        primary.host.cutFromStore();
        world.peers.mute.add(FIRST_PRIMARY);
        world.scheduler.after(CUT_AFTER_MS, () => {
          if (isOver) return;
          isCut = true;
          for (const { host } of others) world.network.cut(FIRST_PRIMARY, host.node);
        });
        world.scheduler.after(REVOKED_AFTER_MS, () => revokeEarly(world));
        world.scheduler.after(asleepMs, () => primary.host.thaw());
      }),
    end: () => {
      isOver = true;
      world.peers.afterNextRequest(FIRST_PRIMARY, () => {});
      world.peers.mute.delete(FIRST_PRIMARY);
      if (isCut) for (const { host } of others) world.network.heal(FIRST_PRIMARY, host.node);
      primary?.host.thaw();
      primary?.host.healToStore();
    },
  };
};

/** Longer than the record of a member stands without its agent, so that the primary has left it out of `electable`. */
const GONE_MS = 13_000;

/** All members but one, or all, are away for long; they come back when the primary and that one have lost the store. */
export const comeBackToTheStoreOnly: MakeBallotFault = (world, random) => {
  const primary = world.agents.find(({ host }) => host.node === FIRST_PRIMARY);
  const others = world.agents.filter((agent) => agent !== primary);
  const stays = random.happens(0.4) ? undefined : random.pick(others as [DbAgent, ...DbAgent[]]);
  const cut = [primary, stays].filter((agent) => agent !== undefined);
  const gone = others.filter((agent) => agent !== stays);
  return {
    kind: 'come-back-to-the-store-only',
    targets: [...world.agents.map(({ host }) => host.node), STORE, 'peers'],
    durationMs: GONE_MS + random.between(6_000, 9_000),
    begin: () => {
      for (const agent of gone) {
        agent.server.crash();
        agent.kill();
      }
      world.scheduler.after(GONE_MS, () => {
        world.note(`${gone.map(({ host }) => host.node).join(', ')} come back; the others are cut from the store`);
        for (const { host } of cut) host.cutFromStore();
        for (const { host } of gone) for (const other of cut) world.network.cut(host.node, other.host.node);
        for (const agent of gone) agent.start();
      });
    },
    end: () => {
      for (const { host } of cut) host.healToStore();
      for (const { host } of gone) for (const other of cut) world.network.heal(host.node, other.host.node);
      for (const agent of gone) agent.start();
    },
  };
};

/** A primary that has lost the store is heard by one member that has lost it too, and by nobody else. */
export const halfHeard: MakeBallotFault = (world, random) => {
  const primary = world.agents.find(({ host }) => host.node === FIRST_PRIMARY);
  const others = world.agents.filter((agent) => agent !== primary);
  const hears = random.pick(others as [DbAgent, ...DbAgent[]]);
  const cut = [primary, hears].filter((agent) => agent !== undefined);
  const rest = others.filter((agent) => agent !== hears);
  return {
    kind: 'half-heard',
    targets: [...world.agents.map(({ host }) => host.node), STORE, 'peers'],
    durationMs: random.between(8_000, 14_000),
    begin: () => {
      for (const { host } of cut) host.cutFromStore();
      for (const { host } of rest) for (const other of cut) world.network.cut(host.node, other.host.node);
    },
    end: () => {
      for (const { host } of cut) host.healToStore();
      for (const { host } of rest) for (const other of cut) world.network.heal(host.node, other.host.node);
    },
  };
};

const LOOK_EVERY_MS = 5;

/**
 * A primary is open by promises for longer than a TTL, its writes veto every ballot; then they do not arrive any more, a
 * ballot begins to freeze, and at that moment the agents that gave their word are killed and back at once, or not.
 */
export const wordInAFreeze: MakeBallotFault = (world, random) => {
  const primary = world.agents.find(({ host }) => host.node === FIRST_PRIMARY);
  const others = world.agents.filter((agent) => agent !== primary);
  const areKilled = random.happens(0.6);
  const strike = () => {
    if (world.state()?.ballot?.step !== 'freeze') return void world.scheduler.after(LOOK_EVERY_MS, strike);
    for (const other of others) other.kill();
    for (const other of others) world.scheduler.after(random.between(5, 100), () => other.start());
  };
  const silenceAfterMs = random.between(6_000, 9_000);
  return {
    kind: 'word-in-a-freeze',
    targets: [...world.agents.map(({ host }) => host.node), STORE, 'peers'],
    durationMs: silenceAfterMs + 12_000,
    begin: () => {
      primary?.host.cutFromStore();
      world.peers.isApart = true;
      world.scheduler.after(silenceAfterMs, () => {
        for (const { host } of others) world.network.cut(FIRST_PRIMARY, host.node);
        if (areKilled) strike();
      });
    },
    end: () => {
      world.peers.isApart = false;
      primary?.host.healToStore();
      for (const { host } of others) world.network.heal(FIRST_PRIMARY, host.node);
    },
  };
};
