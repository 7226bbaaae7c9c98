/** What happens to the region in the middle of its roll-outs, drawn from a seed. */
import { leaderKey } from '../../../src/store/keys.ts';
import { leaderRecord } from '../../../src/store/schema.ts';
import type { SeededRandom } from '../random.ts';
import type { RouteFault } from '../routes/faults.ts';
import { HOME, OWN, REGION } from '../routes/region.ts';
import type { RolloutNode } from './node.ts';
import { NORTH, SERVICES, SOUTH } from './region.ts';
import type { RolloutWorld } from './world.ts';

export const ROLLOUT_FAULTS_END_MS = 120_000;
const FIRST_FAULT_MS = 3_000;
const LAST_BEGIN_MS = 80_000;
/** The first roll-outs begin here, so that the other faults meet some. */
const SENT_AWAY_MS = 12_000;

type Effect = Pick<RouteFault, 'begin' | 'end'>;

interface Maker {
  readonly kind: string;
  readonly longestMs: number;
  readonly make: (world: RolloutWorld, random: SeededRandom) => Effect;
}

const pick = (world: RolloutWorld, random: SeededRandom): RolloutNode =>
  random.pick(world.nodes as readonly [RolloutNode, ...RolloutNode[]]);

/** Whoever is meant by it when it begins. */
function killing(whom: () => RolloutNode): Effect {
  let victim: RolloutNode | undefined;
  return {
    begin: () => {
      victim = whom();
      if (victim.isRunning) victim.kill();
    },
    end: () => {
      if (victim?.isRunning === false) victim.start();
    },
  };
}

const leaderOf = (world: RolloutWorld): RolloutNode | undefined => {
  const entry = world.cluster.state.get(leaderKey());
  const name = entry === undefined ? undefined : leaderRecord.decode(entry.key, entry.value).node;
  return world.nodes.find(({ node }) => node === name);
};

const atWork = (world: RolloutWorld): RolloutNode | undefined =>
  world.nodes.find(({ node }) => world.reports.get(node)?.phase === 'working');

/** A process that is killed as soon as a node is at work, wherever it is then. */
function killedAtWork(world: RolloutWorld, random: SeededRandom): Effect {
  const waitMs = random.between(1, 1_500);
  let victim: RolloutNode | undefined;
  let isOver = false;
  const strike = (): void => {
    if (isOver) return;
    victim = atWork(world);
    if (victim?.isRunning === true) victim.kill();
    else world.scheduler.after(200, strike);
  };
  return {
    begin: () => void world.scheduler.after(waitMs, strike),
    end: () => {
      isOver = true;
      if (victim?.isRunning === false) victim.start();
    },
  };
}

const down = (world: RolloutWorld, base: string, set: (isDown: boolean) => void): Effect => ({
  begin: () => {
    world.goesDown(base);
    set(true);
  },
  end: () => set(false),
});

const MAKERS: readonly [Maker, ...Maker[]] = [
  {
    kind: 'home-down',
    longestMs: 40_000,
    make: (world) =>
      down(world, NORTH, (isDown) => {
        world.isHomeDown = isDown;
      }),
  },
  {
    kind: 'own-down',
    longestMs: 20_000,
    make: (world) =>
      down(world, SOUTH, (isDown) => {
        for (const node of OWN) isDown ? world.isDown.add(node) : world.isDown.delete(node);
      }),
  },
  { kind: 'killed-at-work', longestMs: 20_000, make: killedAtWork },
  { kind: 'killed-at-work-for-long', longestMs: 45_000, make: killedAtWork },
  { kind: 'node-killed', longestMs: 30_000, make: (world, random) => killing(() => pick(world, random)) },
  {
    kind: 'leader-killed',
    longestMs: 15_000,
    make: (world, random) => killing(() => leaderOf(world) ?? pick(world, random)),
  },
  {
    kind: 'unit-broken',
    longestMs: 25_000,
    make: (world, random) => {
      const { files } = pick(world, random);
      const service = random.pick(SERVICES);
      return { begin: () => void files.isBroken.add(service), end: () => void files.isBroken.delete(service) };
    },
  },
  {
    kind: 'not-granted',
    longestMs: 25_000,
    make: (world, random) => {
      const { files } = pick(world, random);
      const set = (lacks: readonly string[]) => () => {
        files.notGranted = lacks;
      };
      return { begin: set(['files: /etc/glance/glance-api.conf']), end: set([]) };
    },
  },
  {
    kind: 'overwritten',
    longestMs: 1,
    make: (world, random) => {
      const { files } = pick(world, random);
      const [service, base] = [random.pick(SERVICES), random.pick([NORTH, SOUTH])];
      return { begin: () => files.overwrite(service, base), end: () => {} };
    },
  },
  {
    kind: 'overwritten-twice',
    longestMs: 25_000,
    make: (world, random) => {
      const { files } = pick(world, random);
      const service = random.pick(SERVICES);
      const other = () => (world.desired?.rollout?.to === NORTH ? SOUTH : NORTH);
      const overwrite = () => files.overwrite(service, other());
      return { begin: overwrite, end: overwrite };
    },
  },
  {
    kind: 'frozen',
    // Shorter than what a node has to undo its part after it has given up.
    longestMs: 5_000,
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
    kind: 'primary-here',
    longestMs: 30_000,
    make: (world) => {
      const move = (region: string, primary: string) => () => {
        world.primary = { ...world.primary, region, primary, term: world.primary.term + 1n };
      };
      return { begin: move(REGION, 'south-2'), end: move(HOME, 'north-3') };
    },
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
];

/** A region that is sent away at first, and each kind of fault at most once, so that its beginning and its end belong together. */
export function planRolloutFaults(world: RolloutWorld, random: SeededRandom): readonly RouteFault[] {
  const sent: RouteFault = {
    ...{ kind: 'ordered-away', atMs: SENT_AWAY_MS + random.between(0, 10_000), durationMs: 1 },
    begin: () => world.operator.order('isolate'),
    end: () => {},
  };
  const planned = new Map<string, RouteFault>([[sent.kind, sent]]);
  const count = random.whole(2, 6);
  for (let drawn = 0; drawn < count; drawn++) {
    const { kind, longestMs, make } = random.pick(MAKERS);
    const atMs = random.between(FIRST_FAULT_MS, LAST_BEGIN_MS);
    const durationMs = longestMs === 1 ? 1 : random.between(1_000, longestMs);
    planned.set(kind, { kind, atMs, durationMs, ...make(world, random) });
  }
  return [...planned.values()];
}
