/**
 * One node of the simulated cloud: the real elections, duties and leased keys on a simulated machine. A node of a region keeps
 * the keys of its Keystone and may lead the region; some nodes may be the arbiter.
 */
import { KeySeal } from '../../../src/actuator/key-seal.ts';
import { MirrorSet } from '../../../src/runtime/agent/mirror-set.ts';
import type { Leadership } from '../../../src/runtime/duty/arbiter-duty.ts';
import { KeysArbiterDuty } from '../../../src/runtime/duty/keys-arbiter-duty.ts';
import { KeysNodeDuty } from '../../../src/runtime/duty/keys-node-duty.ts';
import { KeysRelay } from '../../../src/runtime/duty/keys-relay.ts';
import { LeasedKeys } from '../../../src/runtime/duty/leased-keys.ts';
import { readHolds } from '../../../src/runtime/duty/region-view.ts';
import { TickLoop } from '../../../src/runtime/tick-loop.ts';
import { Election } from '../../../src/store/election.ts';
import { arbiterKey, leaderKey, prefixes } from '../../../src/store/keys.ts';
import type { MemoryCluster } from '../../../src/store/memory-cluster.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { leaderRecord } from '../../../src/store/schema.ts';
import type { Store } from '../../../src/store/store.ts';
import { MemoryKeyRepository } from '../../fakes/memory-key-repository.ts';
import { leaseMemory } from '../agent.ts';
import { Machine } from '../machine.ts';
import { Path } from '../path.ts';
import type { SeededRandom } from '../random.ts';
import { CALL_TIMEOUT_MS, DRIFT_PPM_MAX, MARGIN_MS, TTL_MS } from '../timing.ts';
import { POLICY, type RegionName } from './cloud.ts';
import type { Keystone } from './keystone.ts';
import type { KeysWorld } from './world.ts';

const PRESENCE_TTL_MS = 9_000;
const TICK_TIMEOUT_MS = 60_000;
const EVERY_MS = 5_000;
/** Longer than it takes, so that a kill falls between two files. */
const FILE_MS = 40;
/** The same on every node. */
const SEAL = KeySeal.fromText(Buffer.alloc(32, 7).toString('base64'));

export interface KeysNodePlace {
  readonly node: string;
  /** Undefined: it only arbitrates. */
  readonly region: RegionName | undefined;
  readonly mayArbitrate: boolean;
}

export class KeysNode {
  readonly place: KeysNodePlace;
  readonly machine: Machine;
  readonly toRegion: Path;
  readonly toGlobal: Path;
  readonly keystone: Keystone | undefined;
  isRunning = false;
  readonly #world: KeysWorld;
  readonly #random: SeededRandom;
  readonly #memories = {
    leader: leaseMemory(),
    arbiter: leaseMemory(),
    regional: leaseMemory(),
    global: leaseMemory(),
  };
  #loops: readonly TickLoop[] = [];

  constructor(world: KeysWorld, place: KeysNodePlace, keystone: Keystone | undefined, random: SeededRandom) {
    const { scheduler } = world;
    this.place = place;
    this.keystone = keystone;
    this.#world = world;
    this.#random = random;
    this.machine = new Machine(scheduler, random.between(-DRIFT_PPM_MAX / 2, DRIFT_PPM_MAX / 2));
    const path = (latencyMaxMs: number): Path =>
      new Path({ scheduler, random: random.fork(), latencyMinMs: 0.5, latencyMaxMs });
    this.toRegion = path(random.between(2, 10));
    this.toGlobal = path(random.between(5, 40));
  }

  start(): void {
    const { region, mayArbitrate } = this.place;
    this.isRunning = true;
    this.#loops = [];
    const global = this.#store('global', this.#world.global, this.toGlobal);
    const up = this.#keys(global, 'global');
    if (region !== undefined)
      this.#serve(region, this.#store('regional', this.#world.regional[region], this.toRegion), global, up);
    if (mayArbitrate) this.#arbitrate(global);
    for (const loop of this.#loops) loop.start();
  }

  kill(): void {
    this.isRunning = false;
    this.machine.kill();
  }

  /** Keeps its own keys, and passes things on while it leads. */
  #serve(region: RegionName, store: Store, global: Store, up: LeasedKeys): void {
    const [world, { node }] = [this.#world, this.place];
    const presence = this.#keys(store, 'regional');
    const wake = () => this.#wake();
    const view = this.#view(store, [prefixes.keys, prefixes.wantedKeys], wake);
    const shared = this.#view(global, [prefixes.keys], wake);
    const leadership = this.#stand(store, 'leader', leaderKey(), wake, () => relay.silence());
    const relay: KeysRelay = new KeysRelay({
      ...{ region, store, view, leadership, up, global: shared },
      policies: () => [world.policy],
      unreadable: () => [],
    });
    const directory = this.keystone?.directory;
    const beforeEach = () => this.#pause();
    const duty = new KeysNodeDuty({
      ...{ node, view, presence, seal: SEAL, record: world.recorded(node) },
      wallMs: () => world.scheduler.nowMs(),
      repository: () => (directory === undefined ? undefined : new MemoryKeyRepository({ directory, beforeEach })),
    });
    this.#loop('relay', (signal) => relay.tick(signal));
    this.#loop('keys', (signal) => duty.tick(signal));
    // A process that has just started knows nothing of what another one had in place.
    world.started(node);
  }

  #arbitrate(store: Store): void {
    const [world, { node }] = [this.#world, this.place];
    const wake = () => this.#wake();
    const view = this.#view(store, [prefixes.keys, prefixes.holds], wake);
    const duty = new KeysArbiterDuty({
      ...{ name: POLICY, store, view, seal: SEAL, record: world.recorded(node) },
      leadership: this.#stand(store, 'arbiter', arbiterKey(), wake, () => {}),
      policy: () => world.policy,
      isGone: () => false,
      holds: () => readHolds(view.entries()),
      wallMs: () => world.scheduler.nowMs(),
    });
    this.#loop('arbiter', (signal) => duty.tick(signal));
  }

  #store(name: 'regional' | 'global', cluster: MemoryCluster, path: Path): Store {
    const { machine } = this;
    return new MemoryStore({
      ...{ name, cluster, timers: machine.timers(), link: path.link(machine.receiver()) },
      member: () => path.member,
      callTimeoutMs: CALL_TIMEOUT_MS,
    });
  }

  #keys(store: Store, name: 'regional' | 'global'): LeasedKeys {
    const { clock } = this.machine;
    const keys = new LeasedKeys({
      ...{ store, clock, timers: this.machine.timers(), memory: this.#memories[name] },
      ...{ ttlMs: PRESENCE_TTL_MS, marginMs: MARGIN_MS, onProblem: () => {}, onWake: () => flush.wake() },
    });
    const flush = this.#loop(`${name}-presence`, (signal) => keys.flush(signal).then(() => undefined));
    return keys;
  }

  #view(store: Store, watched: readonly string[], onWake: () => void): MirrorSet {
    const { clock } = this.machine;
    const deps = { store, clock, timers: this.machine.timers(), random: this.#random, onProblem: () => {}, onWake };
    const view = new MirrorSet(deps, watched);
    view.start();
    return view;
  }

  #stand(store: Store, name: 'leader' | 'arbiter', key: string, wake: () => void, onDeposed: () => void): Leadership {
    const { clock } = this.machine;
    const { node, region = WITNESS_REGION } = this.place;
    const election = new Election({
      ...{ store, key, clock, timers: this.machine.timers(), random: this.#random, memory: this.#memories[name] },
      value: leaderRecord.encode({ node, region, bootId: node }),
      ...{ ttlMs: TTL_MS, marginMs: MARGIN_MS, onProblem: () => {}, onDeposed },
      onElected: (epoch) => {
        this.#world.note(`${node} is ${name} with epoch ${epoch}`);
        wake();
      },
    });
    void election.start();
    return { epoch: () => election.right(clock.nowMs())?.epoch, guard: (epoch) => election.guard(epoch) };
  }

  #loop(name: string, tick: (signal: AbortSignal) => Promise<number | undefined>): TickLoop {
    const [world, { machine }] = [this.#world, this];
    const loop = new TickLoop(
      {
        ...{ clock: machine.clock, timers: machine.timers(), random: this.#random, onTick: () => {} },
        onFailed: ({ kind, error }) => {
          if (kind === 'defect') world.violated(`defect: ${this.place.node} ${name}: ${String(error)}`);
        },
      },
      { name, everyMs: EVERY_MS, timeoutMs: TICK_TIMEOUT_MS, tick },
    );
    this.#loops = [...this.#loops, loop];
    return loop;
  }

  #wake(): void {
    for (const loop of this.#loops) loop.wake();
  }

  /** A writer that is killed never comes back from it. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.machine.timers().after(this.#random.between(1, FILE_MS), resolve);
    });
  }
}

const WITNESS_REGION = 'witness';
