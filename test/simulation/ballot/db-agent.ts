/**
 * A db agent as it runs on a node: the real duty, mirror, leases and loops, on a simulated host and a model server. Its
 * process may be killed between any two steps and started again.
 */
import type { Clock, Timers } from '../../../src/core/clock.ts';
import { HeldPromises } from '../../../src/runtime/duty/held-promises.ts';
import { LeaseOnDemand } from '../../../src/runtime/duty/lease-on-demand.ts';
import { LeasedKeys } from '../../../src/runtime/duty/leased-keys.ts';
import { MemberDuty } from '../../../src/runtime/duty/member-duty.ts';
import { PrimaryRight } from '../../../src/runtime/duty/primary-right.ts';
import { PromiseAsker } from '../../../src/runtime/duty/promise-asker.ts';
import type { RebuildDuty } from '../../../src/runtime/duty/rebuild-duty.ts';
import { StartGate } from '../../../src/runtime/duty/start-gate.ts';
import type { DoubtedView } from '../../../src/runtime/duty/store-view.ts';
import { type TickFailure, TickLoop } from '../../../src/runtime/tick-loop.ts';
import { memberRecord } from '../../../src/store/database-records.ts';
import { databaseMemberKey, databasePrefix } from '../../../src/store/keys.ts';
import { Mirror } from '../../../src/store/mirror.ts';
import type { Store } from '../../../src/store/store.ts';
import type { SeededRandom } from '../random.ts';
import type { Host } from './host.ts';
import type { HostRebuild } from './host-rebuild.ts';
import type { ModelFence } from './model-fence.ts';
import type { ModelServer } from './model-server.ts';
import { ServerPort } from './server-port.ts';
import { DATABASE } from './settings.ts';
import type { BallotWorld } from './world.ts';

const TICK_MS = 1_000;
const TICK_TIMEOUT_MS = 60_000;
const PROCESS_LOOK_MS = 200;
const PRESENCE_EVERY_MS = 10_000;
const PRESENCE_TTL_MS = 9_000;
const PRESENCE_MARGIN_MS = 600;

/** What belongs to one process of the agent and ends with it. */
interface AgentProcess {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: SeededRandom;
  readonly store: Store;
}

export class DbAgent {
  readonly host: Host;
  readonly server: ModelServer;
  readonly #fence: ModelFence;
  readonly #world: BallotWorld;
  readonly #rebuild: HostRebuild;
  #isRunning = false;
  #mirror: Mirror | undefined;

  constructor(
    world: BallotWorld,
    host: Host,
    server: ModelServer,
    beside: { readonly fence: ModelFence; readonly rebuild: HostRebuild },
  ) {
    this.#world = world;
    this.host = host;
    this.server = server;
    this.#fence = beside.fence;
    this.#rebuild = beside.rebuild;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** False from a start on until the agent has read the store for the first time: it cannot know that it is managed. */
  get hasSeenStore(): boolean {
    return this.#mirror !== undefined && this.#mirror.revision > 0n;
  }

  kill(): void {
    this.#isRunning = false;
    this.#mirror = undefined;
    this.host.agentMachine.kill();
  }

  /** Does nothing while it runs. */
  start(): void {
    if (this.#isRunning) return;
    const { host } = this;
    const { clock } = host.agentMachine;
    const timers = host.agentMachine.timers();
    const process: AgentProcess = { clock, timers, random: host.random.fork(), store: host.store() };
    const wakers: (() => void)[] = [];
    const wake = () => {
      for (const each of wakers) each();
    };
    const mirror = new Mirror({ ...process, prefix: databasePrefix(DATABASE), onWake: wake });
    const keys = new LeasedKeys({
      ...process,
      ttlMs: PRESENCE_TTL_MS,
      marginMs: PRESENCE_MARGIN_MS,
      memory: host.leaseMemory('presence'),
      onWake: () => presence.wake(),
      onProblem: () => {},
    });
    const view = viewOf(mirror, clock);
    const rebuild = this.#rebuild.duty(process, view, () => duty.seen, host.wallMs, wake);
    const duty: MemberDuty = this.#makeDuty(process, mirror, keys, wake, rebuild);
    const presence = this.#loop(process, 'presence', PRESENCE_EVERY_MS, (signal) => keys.flush(signal));
    const database = this.#loop(process, 'database', TICK_MS, async (signal) => {
      await rebuild.load();
      return duty.tick(signal);
    });
    const rebuilds = this.#loop(process, 'rebuild', TICK_MS, (signal) => rebuild.tick(signal));
    const probes = this.#loop(process, 'write-probe', TICK_MS, (signal) => duty.probeWrites(signal));
    wakers.push(
      () => database.wake(),
      () => rebuilds.wake(),
    );
    this.#isRunning = true;
    this.#mirror = mirror;
    mirror.start();
    for (const loop of [database, rebuilds, probes, presence]) loop.start();
    this.#watchProcess(timers, wake);
    this.#world.note(`${host.node} agent starts`);
  }

  #makeDuty(
    process: AgentProcess,
    mirror: Mirror,
    keys: LeasedKeys,
    wake: () => void,
    rebuild: RebuildDuty,
  ): MemberDuty {
    const { host, server } = this;
    const world = this.#world;
    const { ttlMs, marginMs } = world.policy.policy;
    const deadMansSwitch = this.#fence;
    const onRenewed = () => duty.renewed();
    const lease = new LeaseOnDemand({ ...process, ttlMs, marginMs, onRenewed, onChange: wake, onProblem: () => {} });
    const port = new ServerPort({
      server,
      machine: host.agentMachine,
      random: process.random,
      serverOf: world.serverOf,
      peers: world.policy.policy.members.map((member) => member.node),
      isUp: (a, b) => world.network.isUp(a, b),
      newId: () => world.newId(host.node),
      onShutOut: () => world.counted('an acker was shut out'),
      onOpen: (opened) => world.opened(opened),
      onWrite: (written, id, outcome) => world.wrote(written, id, outcome),
    });
    const promises = new HeldPromises(process.clock);
    const right = new PrimaryRight({ database: DATABASE, store: process.store, lease, promises, deadMansSwitch });
    const peers = world.peers.port(host.node, host.agentMachine);
    const asker = new PromiseAsker({
      ...process,
      node: host.node,
      asker: world.newId(host.node),
      policy: () => world.policy.policy,
      right,
      promises,
      peers,
      urlOf: (node) => (world.agents.some((each) => each.host.node === node) ? `https://${node}` : undefined),
      onGranted: () => duty.renewed(),
      onProblem: () => {},
    });
    asker.start();
    const duty: MemberDuty = new MemberDuty({
      ...process,
      node: host.node,
      region: host.region,
      bootId: `${host.node}-boot`,
      database: DATABASE,
      policy: () => world.policy,
      holds: () => [],
      view: viewOf(mirror, process.clock),
      right,
      asker,
      peer: peers.url,
      deadMansSwitch,
      server: port,
      process: new StartGate(port, () => rebuild.hold === 'taken'),
      notes: host.notes(DATABASE),
      publish: async (record, signal) => {
        keys.set(databaseMemberKey(DATABASE, host.node), memberRecord.encode(record));
        await keys.flush(signal);
      },
      record: (event) => {
        world.note(`${host.node} ${event.name} ${event.message}`);
        if (event.name === 'database:primary:promised') world.counted('a primary was open by promises alone');
      },
      wallMs: host.wallMs,
      rebuild: () => ({ hold: rebuild.hold, isUnderWay: rebuild.isUnderWay }),
      wake,
    });
    world.peers.listen(host.node, host.agentMachine, (request) => duty.promise(request));
    return duty;
  }

  #loop(
    process: AgentProcess,
    name: string,
    everyMs: number,
    work: (signal: AbortSignal) => Promise<unknown>,
  ): TickLoop {
    const onFailed = ({ kind, error }: TickFailure) => {
      if (kind === 'defect') this.#world.violated(`defect: ${this.host.node} ${name}: ${String(error)}`);
    };
    const tick = async (signal: AbortSignal) => {
      const wantedMs = await work(signal);
      return typeof wantedMs === 'number' ? wantedMs : undefined;
    };
    return new TickLoop(
      { ...process, onTick: () => {}, onFailed },
      { name, everyMs, timeoutMs: TICK_TIMEOUT_MS, tick },
    );
  }

  #watchProcess(timers: Timers, wake: () => void): void {
    let invocation: string | undefined;
    const look = () => {
      if (this.server.invocation !== invocation) wake();
      invocation = this.server.invocation;
      timers.after(PROCESS_LOOK_MS, look);
    };
    look();
  }
}

/** A mirror as the duties read it. */
export function viewOf(mirror: Mirror, clock: Clock): DoubtedView {
  return {
    entries: () => mirror.entries().values(),
    get revision() {
      return mirror.revision;
    },
    awayForMs: () => mirror.awayForMs(clock.nowMs()),
    refresh: () => mirror.refresh(),
  };
}
