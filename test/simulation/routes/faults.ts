/** What happens to the region, drawn from a seed: to its Keystones, its observers, its leader, its store and its operators. */
import { leaderKey } from '../../../src/store/keys.ts';
import { leaderRecord } from '../../../src/store/schema.ts';
import type { SeededRandom } from '../random.ts';
import type { RouteNode } from './node.ts';
import { HOME, OWN, REGION } from './region.ts';
import type { RouteWorld } from './world.ts';

export const FAULTS_END_MS = 60_000;
const FIRST_FAULT_MS = 3_000;
const LAST_BEGIN_MS = 40_000;

export interface RouteFault {
  readonly kind: string;
  readonly atMs: number;
  readonly durationMs: number;
  readonly begin: () => void;
  readonly end: () => void;
}

type Effect = Pick<RouteFault, 'begin' | 'end'>;

interface Maker {
  readonly kind: string;
  readonly longestMs: number;
  readonly make: (world: RouteWorld, random: SeededRandom) => Effect;
}

const pick = (world: RouteWorld, random: SeededRandom): RouteNode =>
  random.pick(world.nodes as readonly [RouteNode, ...RouteNode[]]);

const within = (set: Set<string>, names: readonly string[]): Effect => ({
  begin: () => {
    for (const name of names) set.add(name);
  },
  end: () => {
    for (const name of names) set.delete(name);
  },
});

const MAKERS: readonly [Maker, ...Maker[]] = [
  {
    kind: 'home-down',
    longestMs: 20_000,
    make: (world) => ({
      begin: () => {
        world.isHomeDown = true;
      },
      end: () => {
        world.isHomeDown = false;
      },
    }),
  },
  { kind: 'one-cut', longestMs: 20_000, make: (world, random) => within(world.isCut, [pick(world, random).node]) },
  { kind: 'one-blind', longestMs: 20_000, make: (world, random) => within(world.isBlind, [pick(world, random).node]) },
  {
    kind: 'two-blind',
    longestMs: 20_000,
    make: (world, random) => {
      const seeing = pick(world, random);
      const names = world.nodes.filter((each) => each !== seeing).map(({ node }) => node);
      return within(world.isBlind, names);
    },
  },
  {
    kind: 'flapping',
    longestMs: 20_000,
    make: (world, random) => {
      const periodMs = random.between(1_500, 8_000);
      const state = { isOver: false };
      const turn = (): void => {
        world.isHomeDown = !state.isOver && !world.isHomeDown;
        if (!state.isOver) world.scheduler.after(periodMs, turn);
      };
      return {
        begin: turn,
        end: () => {
          state.isOver = true;
          world.isHomeDown = false;
        },
      };
    },
  },
  { kind: 'own-down', longestMs: 20_000, make: (world) => within(world.isDown, OWN) },
  {
    kind: 'one-own-down',
    longestMs: 20_000,
    make: (world, random) => within(world.isDown, [random.pick(['south-1', 'south-2'])]),
  },
  {
    kind: 'primary-here',
    longestMs: 15_000,
    make: (world) => {
      const move = (region: string, primary: string) => () => {
        world.primary = { ...world.primary, region, primary, term: world.primary.term + 1n };
      };
      return { begin: move(REGION, 'south-2'), end: move(HOME, 'north-3') };
    },
  },
  {
    kind: 'leader-killed',
    longestMs: 15_000,
    make: (world, random) => {
      let victim = pick(world, random);
      return {
        begin: () => {
          const entry = world.cluster.state.get(leaderKey());
          const name = entry === undefined ? undefined : leaderRecord.decode(entry.key, entry.value).node;
          victim = world.nodes.find(({ node }) => node === name) ?? victim;
          if (victim.isRunning) victim.kill();
        },
        end: () => {
          if (!victim.isRunning) victim.start();
        },
      };
    },
  },
  {
    kind: 'frozen',
    longestMs: 12_000,
    make: (world, random) => {
      const { machine } = pick(world, random);
      return { begin: () => machine.freeze(), end: () => machine.thaw() };
    },
  },
  {
    kind: 'cut-from-store',
    longestMs: 15_000,
    make: (world, random) => {
      const { path } = pick(world, random);
      const set = (isCut: boolean) => () => {
        path.isCutToStore = isCut;
        path.isCutFromStore = isCut;
      };
      return { begin: set(true), end: set(false) };
    },
  },
  {
    kind: 'store-outage',
    longestMs: 10_000,
    make: ({ cluster }) => ({ begin: () => cluster.loseLeader(), end: () => cluster.electLeader() }),
  },
  {
    kind: 'proxy-restarted',
    longestMs: 1,
    make: (world, random) => {
      const { proxy } = pick(world, random);
      return { begin: () => proxy.restart(), end: () => {} };
    },
  },
  {
    kind: 'ordered-away',
    longestMs: 1,
    make: ({ operator }) => ({ begin: () => operator.order('isolate'), end: () => {} }),
  },
  {
    kind: 'ordered-back',
    longestMs: 1,
    make: ({ operator }) => ({ begin: () => operator.order('return'), end: () => {} }),
  },
  {
    kind: 'hold',
    longestMs: 20_000,
    make: ({ operator }) => ({ begin: () => operator.hold(60_000), end: () => operator.release() }),
  },
  {
    kind: 'observe',
    longestMs: 20_000,
    make: ({ operator }) => ({ begin: () => operator.observe(true), end: () => operator.observe(false) }),
  },
];

/** Each kind at most once in a schedule, so that its beginning and its end belong together. */
export function planRouteFaults(world: RouteWorld, random: SeededRandom): readonly RouteFault[] {
  const planned = new Map<string, RouteFault>();
  const count = random.whole(2, 7);
  for (let drawn = 0; drawn < count; drawn++) {
    const { kind, longestMs, make } = random.pick(MAKERS);
    const atMs = random.between(FIRST_FAULT_MS, LAST_BEGIN_MS);
    const durationMs = longestMs === 1 ? 1 : random.between(1_000, longestMs);
    planned.set(kind, { kind, atMs, durationMs, ...make(world, random) });
  }
  return [...planned.values()];
}
