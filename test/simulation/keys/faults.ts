/** What happens to the cloud, drawn from a seed: to its agents, its Keystones, its stores, the ways between them, and by hand. */
import { arbiterKey, keysStateKey, leaderKey } from '../../../src/store/keys.ts';
import type { MemoryCluster } from '../../../src/store/memory-cluster.ts';
import { leaderRecord } from '../../../src/store/schema.ts';
import type { SeededRandom } from '../random.ts';
import { POLICY, REGIONS } from './cloud.ts';
import { type Effect, type KeysFault, type Maker, NOTHING, pickKeystone } from './fault.ts';
import { hands } from './hand-faults.ts';
import type { KeysNode } from './node.ts';
import type { KeysWorld } from './world.ts';

export const FAULTS_END_MS = 70_000;
const FIRST_FAULT_MS = 500;
const LAST_BEGIN_MS = 50_000;
/** How far back a restored store is at most. */
const RESTORED_MS = 15_000;

const pick = ({ nodes }: KeysWorld, random: SeededRandom): KeysNode =>
  random.pick(nodes as readonly [KeysNode, ...KeysNode[]]);

const restarted = (find: () => KeysNode | undefined): Effect => {
  let victim: KeysNode | undefined;
  return {
    begin: () => {
      victim = find();
      if (victim?.isRunning === true) victim.kill();
    },
    end: () => {
      if (victim?.isRunning === false) victim.start();
    },
  };
};

function holderOf({ nodes }: KeysWorld, cluster: MemoryCluster, key: string): KeysNode | undefined {
  const entry = cluster.state.get(key);
  const name = entry === undefined ? undefined : leaderRecord.decode(entry.key, entry.value).node;
  return nodes.find(({ place }) => place.node === name);
}

const cut = (paths: readonly KeysNode['toGlobal'][]): Effect => {
  const set = (isCut: boolean) => () => {
    for (const path of paths) {
      path.isCutToStore = isCut;
      path.isCutFromStore = isCut;
    }
  };
  return { begin: set(true), end: set(false) };
};

const agents: readonly Maker[] = [
  {
    kind: 'agent-killed',
    longestMs: 15_000,
    make: (world, random) => {
      const victim = pick(world, random);
      return restarted(() => victim);
    },
  },
  {
    kind: 'agent-restarted',
    longestMs: 1_000,
    make: (world, random) => {
      const victim = pick(world, random);
      return restarted(() => victim);
    },
  },
  {
    kind: 'arbiter-killed',
    longestMs: 15_000,
    make: (world) => restarted(() => holderOf(world, world.global, arbiterKey())),
  },
  {
    kind: 'leader-killed',
    longestMs: 15_000,
    make: (world, random) => {
      const region = random.pick(REGIONS);
      return restarted(() => holderOf(world, world.regional[region], leaderKey()));
    },
  },
  {
    kind: 'frozen',
    longestMs: 15_000,
    make: (world, random) => {
      const { machine } = pick(world, random);
      return { begin: () => machine.freeze(), end: () => machine.thaw() };
    },
  },
  {
    kind: 'node-dead',
    longestMs: 20_000,
    make: (world, random) => {
      const keystone = pickKeystone(world, random);
      const { begin, end } = restarted(() => world.nodes.find(({ place }) => place.node === keystone.node));
      const set = (isUp: boolean) => {
        keystone.isUp = isUp;
      };
      return {
        begin: () => {
          set(false);
          begin();
        },
        end: () => {
          set(true);
          end();
        },
      };
    },
  },
];

const stores: readonly Maker[] = [
  {
    kind: 'region-cut',
    longestMs: 25_000,
    make: ({ nodes }, random) => {
      const region = random.pick(REGIONS);
      return cut(nodes.filter(({ place }) => place.region === region).map(({ toGlobal }) => toGlobal));
    },
  },
  { kind: 'cut-from-region', longestMs: 20_000, make: (world, random) => cut([pick(world, random).toRegion]) },
  { kind: 'cut-from-global', longestMs: 20_000, make: (world, random) => cut([pick(world, random).toGlobal]) },
  {
    kind: 'global-outage',
    longestMs: 10_000,
    make: ({ global }) => ({ begin: () => global.loseLeader(), end: () => global.electLeader() }),
  },
  {
    kind: 'regional-outage',
    longestMs: 10_000,
    make: ({ regional }, random) => {
      const cluster = regional[random.pick(REGIONS)];
      return { begin: () => cluster.loseLeader(), end: () => cluster.electLeader() };
    },
  },
  {
    kind: 'store-restored',
    longestMs: 1,
    make: (world, random) => {
      const backMs = random.between(100, RESTORED_MS);
      return { begin: () => restore(world, world.scheduler.nowMs() - backMs), end: NOTHING };
    },
  },
];

/** The set in force is what it was at that time; everything else in the store goes on. */
function restore(world: KeysWorld, atMs: number): void {
  const text = world.states.findLast((each) => each.atMs <= atMs)?.text;
  if (text === undefined) return;
  world.isRestoring = true;
  world.global.transact([], [{ kind: 'put', key: keysStateKey(POLICY), value: text }]);
  world.look();
  world.isRestoring = false;
}

const MAKERS = [...agents, ...stores, ...hands] as unknown as readonly [Maker, ...Maker[]];

/** All there are. */
export const KINDS: readonly string[] = MAKERS.map(({ kind }) => kind);

/** Each kind at most once in a schedule, so that its beginning and its end belong together. */
export function planKeyFaults(world: KeysWorld, random: SeededRandom): readonly KeysFault[] {
  const planned = new Map<string, KeysFault>();
  const count = random.whole(2, 7);
  for (let drawn = 0; drawn < count; drawn++) {
    const { kind, longestMs, make } = random.pick(MAKERS);
    const atMs = random.between(FIRST_FAULT_MS, LAST_BEGIN_MS);
    const durationMs = longestMs === 1 ? 1 : random.between(100, longestMs);
    planned.set(kind, { kind, atMs, durationMs, ...make(world, random) });
  }
  return [...planned.values()];
}
