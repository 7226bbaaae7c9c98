/**
 * One node of the simulated region: the real election, leader's duty, proxy's duty and leased keys on a simulated machine,
 * in front of a proxy that outlives them. It looks at the Keystones of the world as its probes would, and tells the world
 * what it saw, so that the checkers know it without the store.
 */
import { type Observation, saysTheSame } from '../../../src/core/observation.ts';
import { MirrorSet } from '../../../src/runtime/agent/mirror-set.ts';
import { LeaderDuty } from '../../../src/runtime/duty/leader-duty.ts';
import { LeasedKeys } from '../../../src/runtime/duty/leased-keys.ts';
import { ProxyDuty } from '../../../src/runtime/duty/proxy-duty.ts';
import { TickLoop } from '../../../src/runtime/tick-loop.ts';
import { Election } from '../../../src/store/election.ts';
import { leaderKey, observationKey, prefixes } from '../../../src/store/keys.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { leaderRecord, observationRecord } from '../../../src/store/schema.ts';
import { MemoryProxy, MemoryRoute } from '../../fakes/memory-route.ts';
import { leaseMemory } from '../agent.ts';
import { Machine } from '../machine.ts';
import { Path } from '../path.ts';
import type { SeededRandom } from '../random.ts';
import { CALL_TIMEOUT_MS, DRIFT_PPM_MAX, MARGIN_MS, TTL_MS } from '../timing.ts';
import { BACKEND, OWN, PROXY_GRANTS, REGION, REMOTE } from './region.ts';
import type { RouteWorld } from './world.ts';

const PRESENCE_TTL_MS = 9_000;
const PROBE_EVERY_MS = 1_000;
const PROXY_EVERY_MS = 2_000;
const TICK_TIMEOUT_MS = 60_000;
const LEADER_EVERY_MS = 10_000;
const FLUSH_EVERY_MS = 5_000;
const WATCHED = [prefixes.nodes, prefixes.observations, prefixes.desired, prefixes.holds, prefixes.identities];
const NOTHING = { ok: true, changed: false, detail: '' } as const;

export type ProbeName = 'identity-home' | 'keystone-local';

export class RouteNode {
  readonly node: string;
  readonly machine: Machine;
  readonly path: Path;
  readonly proxy: MemoryProxy;
  isRunning = false;
  readonly #world: RouteWorld;
  readonly #random: SeededRandom;
  readonly #election = leaseMemory();
  readonly #presence = leaseMemory();
  /** What this process has said last. */
  readonly #said = new Map<ProbeName, Observation>();

  constructor(world: RouteWorld, node: string, random: SeededRandom) {
    const { scheduler } = world;
    this.node = node;
    this.#world = world;
    this.#random = random;
    this.machine = new Machine(scheduler, random.between(-DRIFT_PPM_MAX / 2, DRIFT_PPM_MAX / 2));
    this.path = new Path({ scheduler, random: random.fork(), latencyMinMs: 0.5, latencyMaxMs: random.between(2, 15) });
    const servers = [...REMOTE.map((name) => [name, true] as const), ...OWN.map((name) => [name, false] as const)];
    this.proxy = new MemoryProxy({ [BACKEND]: Object.fromEntries(servers) });
  }

  start(): void {
    const [world, { node, machine }] = [this.#world, this];
    const [clock, timers, random] = [machine.clock, machine.timers(), this.#random];
    this.isRunning = true;
    this.#said.clear();
    const link = this.path.link(machine.receiver());
    const member = () => this.path.member;
    const store = new MemoryStore({
      name: 'regional',
      cluster: world.cluster,
      timers,
      link,
      member,
      callTimeoutMs: CALL_TIMEOUT_MS,
    });
    const onProblem = () => {};
    const election: Election = new Election({
      store,
      key: leaderKey(),
      value: leaderRecord.encode({ node, region: REGION, bootId: node }),
      ...{ ttlMs: TTL_MS, marginMs: MARGIN_MS, clock, timers, random, memory: this.#election },
      onElected: (epoch) => {
        world.note(`${node} leads with epoch ${epoch}`);
        leader.wake();
      },
      onDeposed: () => {},
    });
    const onWake = (): void => {
      for (const each of [leader, proxy]) each.wake();
    };
    const view = new MirrorSet({ store, clock, timers, random, onProblem, onWake }, WATCHED);
    const keys = new LeasedKeys({
      ...{ store, clock, timers, onProblem, ttlMs: PRESENCE_TTL_MS, marginMs: MARGIN_MS, memory: this.#presence },
      onWake: () => flush.wake(),
    });
    const told = { record: world.recorded(node), clock, wallMs: () => world.scheduler.nowMs() };
    const decisions = new LeaderDuty({
      ...{ ...told, region: REGION, store, view },
      leadership: {
        epoch: () => election.right(clock.nowMs())?.epoch,
        guard: (epoch) => election.guard(epoch),
      },
      policies: () => [world.policy],
      unreadable: () => [],
      databases: () => ({ views: [world.primary], isReachable: true }),
    });
    const routes = new MemoryRoute(this.proxy, PROXY_GRANTS);
    const addresses = { apply: async () => NOTHING };
    const applying = new ProxyDuty({ node, store, view, routes, addresses, record: told.record });
    const loop = (name: string, everyMs: number, tick: (signal: AbortSignal) => Promise<number | undefined>) =>
      new TickLoop(
        {
          ...{ clock, timers, random, onTick: () => {} },
          onFailed: ({ kind, error }) => {
            if (kind === 'defect') world.violated(`defect: ${node} ${name}: ${String(error)}`);
          },
        },
        { name, everyMs, timeoutMs: TICK_TIMEOUT_MS, tick },
      );
    const leader = loop('leader', LEADER_EVERY_MS, (signal) => decisions.tick(signal));
    const proxy = loop('proxy', PROXY_EVERY_MS, (signal) => applying.tick(signal));
    const flush = loop('presence', FLUSH_EVERY_MS, (signal) => keys.flush(signal).then(() => undefined));
    const probe = loop('probe', PROBE_EVERY_MS, async () => this.#probe(keys));
    view.start();
    void election.start();
    for (const each of [leader, proxy, flush, probe]) each.start();
  }

  kill(): void {
    this.isRunning = false;
    this.machine.kill();
  }

  #probe(keys: LeasedKeys): undefined {
    const [world, { node }] = [this.#world, this];
    const facts = { home: world.primary.region };
    this.#look(keys, 'identity-home', { health: world.homeAsSeenFrom(node), detail: '', facts });
    const own = world.isDown.has(node) ? 'failed' : 'ok';
    if (OWN.includes(node)) this.#look(keys, 'keystone-local', { health: own, detail: '', facts: {} });
  }

  /** As an agent says it: when it changes, and since when. */
  #look(keys: LeasedKeys, probe: ProbeName, seen: Observation): void {
    const { node } = this;
    this.#world.looked(node, probe, seen.health);
    if (saysTheSame(this.#said.get(probe), seen)) return;
    this.#said.set(probe, seen);
    const since = new Date(this.#world.scheduler.nowMs()).toISOString();
    const meaning = (text: string): string => JSON.stringify({ ...JSON.parse(text), since: '' });
    keys.set(observationKey(node, probe), observationRecord.encode({ ...seen, since }), meaning);
  }
}
