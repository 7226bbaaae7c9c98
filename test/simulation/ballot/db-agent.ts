/**
 * A db agent as it runs on a node: the real duty, mirror, leases and loops, on a simulated host and a model server. Its
 * process may be killed between any two steps and started again.
 */
import { LeaseOnDemand } from '../../../src/runtime/duty/lease-on-demand.ts';
import { LeasedKeys } from '../../../src/runtime/duty/leased-keys.ts';
import { MemberDuty } from '../../../src/runtime/duty/member-duty.ts';
import { PrimaryRight } from '../../../src/runtime/duty/primary-right.ts';
import { TickLoop } from '../../../src/runtime/tick-loop.ts';
import { memberRecord } from '../../../src/store/database-records.ts';
import { databaseMemberKey, databasePrefix } from '../../../src/store/keys.ts';
import { Mirror } from '../../../src/store/mirror.ts';
import type { Host } from './host.ts';
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

export class DbAgent {
  readonly host: Host;
  readonly server: ModelServer;
  readonly #world: BallotWorld;
  #isRunning = false;
  #mirror: Mirror | undefined;
  #starts = 0;

  constructor(world: BallotWorld, host: Host, server: ModelServer) {
    this.#world = world;
    this.host = host;
    this.server = server;
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

  start(): void {
    const { host, server } = this;
    const { policy, scheduler } = this.#world;
    const clock = host.agentMachine.clock;
    const timers = host.agentMachine.timers();
    const random = host.random.fork();
    const store = host.store();
    this.#isRunning = true;
    this.#starts += 1;
    const wake = () => loop.wake();
    const onProblem = () => {};
    const mirror = new Mirror({ store, prefix: databasePrefix(DATABASE), clock, timers, random, onWake: wake });
    const keys = new LeasedKeys({
      store,
      ttlMs: PRESENCE_TTL_MS,
      marginMs: PRESENCE_MARGIN_MS,
      memory: host.leaseMemory('presence'),
      clock,
      timers,
      onWake: () => presence.wake(),
      onProblem,
    });
    const { ttlMs, marginMs } = policy.policy;
    const lease = new LeaseOnDemand({ store, ttlMs, marginMs, clock, timers, onChange: wake, onProblem });
    const port = new ServerPort({
      server,
      machine: host.agentMachine,
      random,
      serverOf: this.#world.serverOf,
      isUp: (a, b) => this.#world.network.isUp(a, b),
      newId: () => this.#world.newId(host.node),
      onOpen: (opened) => this.#world.opened(opened),
      onWrite: (written, id, outcome) => this.#world.wrote(written, id, outcome),
    });
    const duty = new MemberDuty({
      node: host.node,
      region: host.region,
      bootId: `${host.node}-boot`,
      database: DATABASE,
      policy: () => policy,
      view: {
        entries: () => mirror.entries().values(),
        get revision() {
          return mirror.revision;
        },
        awayForMs: () => mirror.awayForMs(clock.nowMs()),
      },
      right: new PrimaryRight({ database: DATABASE, store, lease }),
      server: port,
      process: port,
      notes: host.notes(DATABASE),
      publish: async (record, signal) => {
        keys.set(databaseMemberKey(DATABASE, host.node), memberRecord.encode(record));
        await keys.flush(signal);
      },
      record: (event) => this.#world.note(`${host.node} ${event.name} ${event.message}`),
      clock,
      timers,
      wallMs: host.wallMs,
      wake,
    });
    const deps = {
      clock,
      timers,
      random,
      onTick: () => {},
      onFailed: ({ loop: name, kind, error }: { loop: string; kind: string; error: unknown }) => {
        if (kind === 'defect') this.#world.violated(`defect: ${host.node} ${name}: ${String(error)}`);
      },
    };
    const loop = new TickLoop(deps, {
      name: 'database',
      everyMs: TICK_MS,
      timeoutMs: TICK_TIMEOUT_MS,
      tick: (signal) => duty.tick(signal),
    });
    const presence = new TickLoop(deps, {
      name: 'presence',
      everyMs: PRESENCE_EVERY_MS,
      timeoutMs: 10 * TICK_MS,
      tick: async (signal) => {
        await keys.flush(signal);
        return undefined;
      },
    });
    const probes = new TickLoop(deps, {
      name: 'write-probe',
      everyMs: TICK_MS,
      timeoutMs: 10 * TICK_MS,
      tick: async (signal) => {
        await duty.probeWrites(signal);
        return undefined;
      },
    });
    let invocation: string | undefined;
    const watchProcess = () => {
      if (server.invocation !== invocation) wake();
      invocation = server.invocation;
      timers.after(PROCESS_LOOK_MS, watchProcess);
    };
    this.#mirror = mirror;
    mirror.start();
    loop.start();
    probes.start();
    presence.start();
    watchProcess();
    this.#world.note(`${host.node} agent ${this.#starts} starts at ${scheduler.nowMs().toFixed(0)}`);
  }
}
