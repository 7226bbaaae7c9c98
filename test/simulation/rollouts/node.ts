/**
 * One node of the simulated region: the real election, leader's duty, configuration duty and leased keys on a simulated
 * machine, over files and units that outlive every process. What its probes and its trials really saw it tells the world,
 * so that the checkers know it without the store.
 */
import type { ConfigurationActuator } from '../../../src/actuator/configuration.ts';
import { configurationProbeOf } from '../../../src/core/identity-case.ts';
import { type Observation, saysTheSame } from '../../../src/core/observation.ts';
import { MirrorSet } from '../../../src/runtime/agent/mirror-set.ts';
import { ConfigurationDuty } from '../../../src/runtime/duty/configuration-duty.ts';
import { LeaderDuty } from '../../../src/runtime/duty/leader-duty.ts';
import { LeasedKeys } from '../../../src/runtime/duty/leased-keys.ts';
import type { Verifier } from '../../../src/runtime/duty/service-verifier.ts';
import { TickLoop } from '../../../src/runtime/tick-loop.ts';
import { Election } from '../../../src/store/election.ts';
import { leaderKey, nodeKey, observationKey, prefixes } from '../../../src/store/keys.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { leaderRecord, nodeRecord, observationRecord } from '../../../src/store/schema.ts';
import { leaseMemory } from '../agent.ts';
import { Machine } from '../machine.ts';
import { Path } from '../path.ts';
import type { SeededRandom } from '../random.ts';
import { OWN, REGION, ROUTE } from '../routes/region.ts';
import { CALL_TIMEOUT_MS, DRIFT_PPM_MAX, MARGIN_MS, TTL_MS } from '../timing.ts';
import { ModelConfiguration, ModelFiles } from './model-files.ts';
import { NORTH, SERVICES } from './region.ts';
import type { RolloutWorld } from './world.ts';

const PRESENCE_TTL_MS = 9_000;
const PROBE_EVERY_MS = 1_000;
const DUTY_EVERY_MS = 5_000;
const DUTY_TIMEOUT_MS = 10_000_000;
const TICK_TIMEOUT_MS = 60_000;
const LEADER_EVERY_MS = 10_000;
const FLUSH_EVERY_MS = 5_000;
/** A step on a node: a file that is written, a unit that stops or starts. */
const STEP_MAX_MS = 400;
/** How long a service is tried. */
const TRIED_FOR_MS = 4_000;
const WATCHED = ['nodes', 'observations', 'desired', 'applied', 'holds', 'identities'] as const;

export class RolloutNode {
  readonly node: string;
  readonly machine: Machine;
  readonly path: Path;
  readonly files = new ModelFiles(SERVICES, NORTH);
  isRunning = false;
  readonly #world: RolloutWorld;
  readonly #random: SeededRandom;
  readonly #election = leaseMemory();
  readonly #presence = leaseMemory();
  readonly #said = new Map<string, Observation>();

  constructor(world: RolloutWorld, node: string, random: SeededRandom) {
    const { scheduler } = world;
    this.node = node;
    this.#world = world;
    this.#random = random;
    this.machine = new Machine(scheduler, random.between(-DRIFT_PPM_MAX / 2, DRIFT_PPM_MAX / 2));
    this.path = new Path({ scheduler, random: random.fork(), latencyMinMs: 0.5, latencyMaxMs: random.between(2, 15) });
  }

  start(): void {
    const [world, { node, machine }] = [this.#world, this];
    const [clock, timers, random] = [machine.clock, machine.timers(), this.#random];
    this.isRunning = true;
    this.#said.clear();
    const link = this.path.link(machine.receiver());
    const store = new MemoryStore({
      ...{ name: 'regional', cluster: world.cluster, timers, link, callTimeoutMs: CALL_TIMEOUT_MS },
      member: () => this.path.member,
    });
    const onProblem = () => {};
    const election: Election = new Election({
      ...{ store, key: leaderKey(), value: leaderRecord.encode({ node, region: REGION, bootId: node }) },
      ...{ ttlMs: TTL_MS, marginMs: MARGIN_MS, clock, timers, random, memory: this.#election },
      onElected: () => leader.wake(),
      onDeposed: () => {},
    });
    const onWake = (): void => {
      for (const each of [leader, configuration]) each.wake();
    };
    const watched = WATCHED.map((each) => prefixes[each]);
    const view = new MirrorSet({ store, clock, timers, random, onProblem, onWake }, watched);
    const keys = new LeasedKeys({
      ...{ store, clock, timers, onProblem, ttlMs: PRESENCE_TTL_MS, marginMs: MARGIN_MS, memory: this.#presence },
      onWake: () => flush.wake(),
    });
    const record = world.recorded(node);
    const decisions = new LeaderDuty({
      ...{ record, clock, wallMs: () => world.scheduler.nowMs(), region: REGION, store, view },
      leadership: { epoch: () => election.right(clock.nowMs())?.epoch, guard: (epoch) => election.guard(epoch) },
      policies: () => [world.policy],
      unreadable: () => [],
      databases: () => ({ views: [world.primary], isReachable: true }),
    });
    const duty = new ConfigurationDuty({
      ...{ node, store, view, timers, record, verifier: this.#verifier() },
      actuator: this.#actuator(),
    });
    const loop = (name: string, everyMs: number, tick: (signal: AbortSignal) => Promise<undefined | number>) =>
      new TickLoop(
        {
          ...{ clock, timers, random, onTick: () => {} },
          onFailed: ({ kind, error }) => {
            if (kind === 'defect') world.violated(`defect: ${node} ${name}: ${String(error)}`);
          },
        },
        { name, everyMs, timeoutMs: name === 'configuration' ? DUTY_TIMEOUT_MS : TICK_TIMEOUT_MS, tick },
      );
    const leader = loop('leader', LEADER_EVERY_MS, (signal) => decisions.tick(signal));
    const configuration = loop('configuration', DUTY_EVERY_MS, (signal) => duty.tick(signal));
    const flush = loop('presence', FLUSH_EVERY_MS, (signal) => keys.flush(signal).then(() => undefined));
    const probe = loop('probe', PROBE_EVERY_MS, async () => this.#probe(keys, duty));
    const about = { region: REGION, roles: ['api'] as const, addresses: ['198.51.100.1'], version: '1' };
    keys.set(nodeKey(node), nodeRecord.encode({ ...about, bootId: node, http: null }));
    view.start();
    void election.start();
    for (const each of [leader, configuration, flush, probe]) each.start();
  }

  kill(): void {
    this.isRunning = false;
    this.machine.kill();
    this.#world.checkers.ended(this.node);
  }

  #probe(keys: LeasedKeys, duty: ConfigurationDuty): undefined {
    const [world, { node, files }] = [this.#world, this];
    this.#look(keys, 'identity-home', {
      health: world.homeAsSeenFrom(),
      detail: '',
      facts: { home: world.primary.region },
    });
    const own = world.isDown.has(node) ? 'failed' : 'ok';
    if (OWN.includes(node)) this.#look(keys, 'keystone-local', { health: own, detail: '', facts: {} });
    const rollout = world.desired?.rollout ?? undefined;
    const turn = rollout === undefined ? undefined : duty.doneTurn(ROUTE, rollout.decision);
    const isDrifted = turn !== undefined && SERVICES.some((service) => files.files.get(service) !== rollout?.to);
    const facts = { turn: turn ?? null, isDrifted };
    this.#look(keys, configurationProbeOf(ROUTE), { health: isDrifted ? 'degraded' : 'ok', detail: '', facts });
  }

  #look(keys: LeasedKeys, probe: string, seen: Observation): void {
    const { node } = this;
    this.#world.looked(node, probe, seen.health);
    if (saysTheSame(this.#said.get(probe), seen)) return;
    this.#said.set(probe, seen);
    const since = new Date(this.#world.scheduler.nowMs()).toISOString();
    const meaning = (text: string): string => JSON.stringify({ ...JSON.parse(text), since: '' });
    keys.set(observationKey(node, probe), observationRecord.encode({ ...seen, since }), meaning);
  }

  #actuator(): ConfigurationActuator {
    const [{ checkers }, { node, files, machine }] = [this.#world, this];
    const step = (_: string, signal: AbortSignal) => this.#wait(this.#random.between(1, STEP_MAX_MS), signal);
    const memory = new ModelConfiguration({ node: files, step });
    const { lives } = machine;
    return {
      look: (wanted, signal) => memory.look(wanted, signal),
      apply: async (wanted, verify, signal) => {
        checkers.began(node, wanted.to);
        return memory.apply(wanted, verify, signal).finally(() => {
          if (machine.lives === lives) checkers.ended(node);
        });
      },
    };
  }

  #verifier(): Verifier {
    const [world, { node, files }] = [this.#world, this];
    return {
      missing: () => undefined,
      keystone: async (base, signal) => {
        await this.#wait(this.#random.between(10, 400), signal);
        return world.works(base) ? undefined : `${base} issues no token`;
      },
      service: async (service, base, signal) => {
        for (let leftMs = TRIED_FOR_MS; leftMs > 0; leftMs -= 1_000) {
          await this.#wait(this.#random.between(10, 1_000), signal);
          if (!world.works(base) || files.running.get(service) !== base) continue;
          world.checkers.verified(node, service, base);
          return undefined;
        }
        return `${service} could not validate a token of ${base}`;
      },
    };
  }

  #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    const over = Promise.withResolvers<void>();
    const end = () => over.reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
    this.machine.timers().after(delayMs, over.resolve);
    return over.promise.finally(() => signal.removeEventListener('abort', end));
  }
}
