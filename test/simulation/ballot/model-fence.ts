/**
 * The dead man's switch of a simulated host: the real fence and its real closing, with orders in memory, on a machine of
 * its own that shares the host's clock and sleeps with the host. An agent that is killed leaves its orders behind.
 */
import type { DeadMansSwitch, FencedRight } from '../../../src/actuator/fence-order.ts';
import { bootDeadline, type FenceOrder } from '../../../src/core/dead-mans-switch.ts';
import { closeGuarded, type GuardedServer } from '../../../src/fence/close-server.ts';
import { Fence } from '../../../src/fence/fence.ts';
import type { Machine } from '../machine.ts';
import type { SeededRandom } from '../random.ts';
import type { ModelServer } from './model-server.ts';
import { DATABASE } from './settings.ts';

/** Steps of /proc/uptime. */
const CLOCK_STEP_MS = 10;
const KILL_MS = 15;
const BOOT_ID = 'boot';

export interface ModelFenceOptions {
  readonly server: ModelServer;
  readonly machine: Machine;
  readonly random: SeededRandom;
  readonly note: (text: string) => void;
}

export class ModelFence implements DeadMansSwitch {
  /** When it last closed its server, by the host's clock. */
  actedAtMs = Number.NEGATIVE_INFINITY;
  readonly #options: ModelFenceOptions;
  #order: string | undefined;
  #changed = () => {};

  constructor(options: ModelFenceOptions) {
    this.#options = options;
  }

  start(): void {
    const { server, machine, note } = this.#options;
    const timers = machine.timers();
    const guarded = this.#guarded();
    const process = { kill: (invocation: string | undefined) => this.#kill(invocation) };
    new Fence({
      orders: {
        read: () => (this.#order === undefined ? [] : [{ database: DATABASE, text: this.#order }]),
        report: ({ how, cause }) => {
          this.actedAtMs = machine.clock.nowMs();
          note(`${server.node} fence: ${how}: ${cause}`);
        },
        onChange: (listener) => {
          const toFence = machine.receiver();
          this.#changed = () => toFence(listener);
        },
      },
      bootId: BOOT_ID,
      bootMs: () => this.#bootMs(),
      wallMs: () => 0,
      timers,
      prepare: async () => {},
      close: (order) => closeGuarded({ server: guarded, process, timers }, order),
      say: (line) => note(`${server.node} fence says: ${line}`),
    }).start();
  }

  arm({ term, serverInvocation, remainingMs }: FencedRight): void {
    const order: FenceOrder = {
      version: 1,
      node: this.#options.server.node,
      database: DATABASE,
      term: term.toString(),
      serverInvocation,
      deadlineBootMs: bootDeadline(this.#bootMs(), remainingMs()),
      bootId: BOOT_ID,
    };
    this.#order = JSON.stringify(order);
    this.#changed();
  }

  armIfDisarmed(right: FencedRight): boolean {
    if (this.#order !== undefined) return false;
    this.arm(right);
    return true;
  }

  disarm(): void {
    this.#order = undefined;
    this.#changed();
  }

  takeReport(): undefined {
    return undefined;
  }

  #bootMs(): number {
    return Math.floor(this.#options.machine.clock.nowMs() / CLOCK_STEP_MS) * CLOCK_STEP_MS;
  }

  /** As the agent's port has it: some closings hang behind what nobody can see. */
  #guarded(): GuardedServer {
    const { random } = this.#options;
    return {
      isReadOnly: () => this.#call((server) => server.readOnly),
      makeReadOnly: () =>
        random.happens(0.05)
          ? new Promise(() => {})
          : this.#call((server) => {
              // Also if the order is renewed before it has seen that, and nothing is reported.
              this.actedAtMs = this.#options.machine.clock.nowMs();
              server.sessions.loseAll();
              server.readOnly = true;
            }),
      killClients: () => this.#call((server) => server.sessions.loseAll()),
    };
  }

  async #kill(invocation: string | undefined): Promise<boolean> {
    const { server, machine } = this.#options;
    if (server.invocation === undefined || (invocation ?? server.invocation) !== server.invocation) return false;
    await new Promise<void>((resolve) => machine.timers().after(KILL_MS, resolve));
    server.crash();
    return true;
  }

  /** A server that does not run refuses; one that is frozen, or dies meanwhile, never answers. */
  #call<T>(action: (server: ModelServer) => T): Promise<T> {
    const { server, machine, random } = this.#options;
    if (server.invocation === undefined) return Promise.reject(new Error('not running'));
    const answer = Promise.withResolvers<T>();
    const toFence = machine.receiver();
    server.machine.timers().after(random.between(0.3, 6), () => {
      const value = action(server);
      toFence(() => answer.resolve(value));
    });
    return answer.promise;
  }
}
