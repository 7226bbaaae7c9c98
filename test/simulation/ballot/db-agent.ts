/**
 * A db agent as it runs on a node: the real duty, mirror, leases and loops, on a simulated host and a model server. Its
 * process may be killed between any two steps and started again.
 */
import type { Clock, Timers } from '../../../src/core/clock.ts';
import { HeldPromises } from '../../../src/runtime/duty/held-promises.ts';
import { LeaseOnDemand } from '../../../src/runtime/duty/lease-on-demand.ts';
import { LeasedKeys } from '../../../src/runtime/duty/leased-keys.ts';
import { MemberDuty } from '../../../src/runtime/duty/member-duty.ts';
import { PolicySight } from '../../../src/runtime/duty/policy-sight.ts';
import { PrimaryRight } from '../../../src/runtime/duty/primary-right.ts';
import { PromiseAsker } from '../../../src/runtime/duty/promise-asker.ts';
import type { RebuildDuty } from '../../../src/runtime/duty/rebuild-duty.ts';
import { StartGate } from '../../../src/runtime/duty/start-gate.ts';
import type { DoubtedView } from '../../../src/runtime/duty/store-view.ts';
import { memberRecord } from '../../../src/store/database-records.ts';
import { databaseMemberKey, databasePrefix } from '../../../src/store/keys.ts';
import { Mirror } from '../../../src/store/mirror.ts';
import type { Store } from '../../../src/store/store.ts';
import type { SeededRandom } from '../random.ts';
import { agentLoop } from './agent-loop.ts';
import type { Host } from './host.ts';
import type { HostRebuild } from './host-rebuild.ts';
import type { ModelFence } from './model-fence.ts';
import type { ModelServer } from './model-server.ts';
import { PolicyDesk } from './policy-desk.ts';
import { ServerPort } from './server-port.ts';
import { DATABASE } from './settings.ts';
import { viewOf } from './view-of.ts';
import type { BallotWorld } from './world.ts';

const TICK_MS = 1_000;
/** A real one takes a look every second, too; it is woken by every change, and looks between two find nothing. */
const REBUILD_TICK_MS = 5_000;
const PROCESS_LOOK_MS = 200;
/** Several renewals of a primary's lease. */
const RENEWALS_MS = 3_000;
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

/** What one process sees of the store. */
export interface StoreSights {
  readonly view: DoubtedView;
  readonly sight: PolicySight;
}

export class DbAgent {
  readonly host: Host;
  readonly server: ModelServer;
  readonly fence: ModelFence;
  /** True from an orderly stop on until the next start. */
  isStoppedInOrder = false;
  /** Nothing had disturbed its renewals when its process ended last. */
  wasWholeAtEnd = false;
  readonly #world: BallotWorld;
  readonly #rebuild: HostRebuild;
  #isRunning = false;
  #stop: () => Promise<void> = async () => {};
  #mirror: Mirror | undefined;
  #onProcess = () => {};
  #invocation: string | undefined;

  constructor(
    world: BallotWorld,
    host: Host,
    server: ModelServer,
    beside: { readonly fence: ModelFence; readonly rebuild: HostRebuild },
  ) {
    this.#world = world;
    this.host = host;
    this.server = server;
    this.fence = beside.fence;
    this.#rebuild = beside.rebuild;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** False from a start on until the agent has read the store for the first time: it cannot know that it is managed. */
  get hasSeenStore(): boolean {
    return this.#mirror !== undefined && this.#mirror.revision > 0n;
  }

  /** The node looks at the server's process all the time; a look that finds nothing has no effect and is left out. */
  lookAtProcess(): void {
    if (this.server.invocation === this.#invocation) return;
    this.#invocation = this.server.invocation;
    this.#onProcess();
  }

  /** `systemctl stop`. It may be killed meanwhile. */
  async stopInOrder(): Promise<void> {
    if (!this.#isRunning) return;
    const { lives } = this.host.agentMachine;
    await this.#stop();
    if (this.host.agentMachine.lives !== lives) return;
    this.kill();
    this.isStoppedInOrder = true;
  }

  kill(): void {
    this.wasWholeAtEnd =
      this.#world.disturbances.isCalm(RENEWALS_MS) &&
      this.host.path.lateAtMs < this.#world.scheduler.nowMs() - RENEWALS_MS;
    this.#isRunning = false;
    this.#mirror = undefined;
    this.#onProcess = () => {};
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
    const onWake = (keys?: readonly string[]) => {
      if (duty.wants(keys)) wake();
    };
    const mirror = new Mirror({ ...process, prefix: databasePrefix(DATABASE), onWake });
    const keys = new LeasedKeys({
      ...process,
      ttlMs: PRESENCE_TTL_MS,
      marginMs: PRESENCE_MARGIN_MS,
      memory: host.leaseMemory('presence'),
      onWake: () => presence.wake(),
      onProblem: () => {},
    });
    const policies = new Mirror({ ...process, prefix: PolicyDesk.prefix, onWake: wake });
    const view = viewOf(mirror, clock);
    const accepted = () => this.#world.policies.seenIn(policies.entries());
    const isDeleted = () => policies.revision > 0n && accepted() === undefined;
    const sight = new PolicySight({ database: DATABASE, accepted, isDeleted, view });
    const rebuild = this.#rebuild.duty(host, process, { view, sight }, () => duty.seen, host.wallMs, wake);
    const duty: MemberDuty = this.#makeDuty(process, { view, sight }, keys, wake, rebuild);
    const loop = (name: string, everyMs: number, work: (signal: AbortSignal) => Promise<unknown>) =>
      agentLoop(this.#world, process, { node: host.node, name, everyMs, work });
    const presence = loop('presence', PRESENCE_EVERY_MS, (signal) => keys.flush(signal));
    const database = loop('database', TICK_MS, async (signal) => {
      await rebuild.load();
      return duty.tick(signal);
    });
    const rebuilds = loop('rebuild', REBUILD_TICK_MS, (signal) => rebuild.tick(signal));
    const probes = loop('write-probe', TICK_MS, (signal) => duty.probeWrites(signal));
    wakers.push(database.wake.bind(database), rebuilds.wake.bind(rebuilds));
    this.#isRunning = true;
    this.isStoppedInOrder = false;
    this.#stop = async () => {
      for (const each of loops) await each.stop();
      await duty.stopInOrder({ hostStops: false });
    };
    this.#mirror = mirror;
    mirror.start();
    policies.start();
    const loops = [database, rebuilds, probes, presence];
    for (const each of loops) each.start();
    this.#onProcess = () => timers.after(process.random.between(0, PROCESS_LOOK_MS), wake);
    this.#world.note(`${host.node} agent starts`);
  }

  #makeDuty(
    process: AgentProcess,
    { view, sight }: StoreSights,
    keys: LeasedKeys,
    wake: () => void,
    rebuild: RebuildDuty,
  ): MemberDuty {
    const { host, server } = this;
    const world = this.#world;
    const first = world.policies.latest.policy;
    const policyNow = () => sight.now()?.policy ?? first;
    const deadMansSwitch = this.fence;
    const onRenewed = () => duty.renewed();
    const lease = new LeaseOnDemand({ ...process, timing: policyNow, onRenewed, onChange: wake, onProblem: () => {} });
    const port = new ServerPort({
      server,
      machine: host.agentMachine,
      random: process.random,
      serverOf: world.serverOf,
      peers: world.policies.latest.policy.members.map((member) => member.node),
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
      policy: policyNow,
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
      policy: () => sight.now(),
      holds: () => [],
      view,
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
        world.recorded(host, event);
        if (event.name === 'database:primary:promised') world.counted('a primary was open by promises alone');
      },
      wallMs: host.wallMs,
      rebuild: () => ({ hold: rebuild.hold, isUnderWay: rebuild.isUnderWay }),
      wake,
    });
    world.peers.listen(host.node, host.agentMachine, (request) => duty.promise(request));
    return duty;
  }
}
