/** Faults of a whole region: all of its hosts sleep, or the ways to the rest of the world are cut. */
import type { MakeBallotFault } from './faults.ts';
import type { Host } from './host.ts';
import type { BallotWorld } from './world.ts';

export const regionFreeze: MakeBallotFault = (world, random) => {
  const hosts = hostsOf(world, random.pick(['north', 'south']));
  return {
    kind: 'region-freeze',
    targets: hosts.map(({ node }) => node),
    durationMs: random.between(1_000, 15_000),
    begin: () => {
      for (const host of hosts) host.freeze();
    },
    end: () => {
      for (const host of hosts) host.thaw();
    },
  };
};

/** The others keep the store's majority; inside the region everything goes on. */
export const regionCut: MakeBallotFault = (world, random) => {
  const region = random.pick(['north', 'south']);
  const hosts = hostsOf(world, region);
  const ways = world.agents
    .filter(({ host }) => host.region === region)
    .flatMap(({ host }) =>
      world.agents.filter((o) => o.host.region !== region).map((o) => [host.node, o.host.node] as const),
    );
  return {
    kind: 'region-cut',
    targets: hosts.map(({ node }) => node),
    durationMs: random.between(1_000, 15_000),
    begin: () => {
      for (const host of hosts) host.cutFromStore();
      for (const [a, b] of ways) world.network.cut(a, b);
    },
    end: () => {
      for (const host of hosts) host.healToStore();
      for (const [a, b] of ways) world.network.heal(a, b);
    },
  };
};

function hostsOf(world: BallotWorld, region: string): readonly Host[] {
  return [...world.agents, ...world.arbiters].map(({ host }) => host).filter((host) => host.region === region);
}
