/** An agent that stands for arbiter, with the real election, mirror and duty; killed and started again at any step. */

import { MirrorSet } from '../../../src/runtime/agent/mirror-set.ts';
import { ArbiterDuty } from '../../../src/runtime/duty/arbiter-duty.ts';
import { areMemberWords } from '../../../src/runtime/duty/member-words.ts';
import { TickLoop } from '../../../src/runtime/tick-loop.ts';
import { Election } from '../../../src/store/election.ts';
import { arbiterKey, databasePrefix } from '../../../src/store/keys.ts';
import { Mirror } from '../../../src/store/mirror.ts';
import type { Host } from './host.ts';
import { PolicyDesk } from './policy-desk.ts';
import { DATABASE, MARGIN_MS, TTL_MS } from './settings.ts';
import type { BallotWorld } from './world.ts';

const TICK_MS = 1_000;

export class ArbiterAgent {
  readonly host: Host;
  readonly #world: BallotWorld;
  #election: Election | undefined;

  constructor(world: BallotWorld, host: Host) {
    this.#world = world;
    this.host = host;
  }

  get isArbiter(): boolean {
    return this.#election?.isLeading(this.host.agentMachine.clock.nowMs()) ?? false;
  }

  kill(): void {
    this.#election = undefined;
    this.host.agentMachine.kill();
  }

  start(): void {
    const { host } = this;
    const clock = host.agentMachine.clock;
    const timers = host.agentMachine.timers();
    const random = host.random.fork();
    const store = host.store();
    const wake = () => loop.wake();
    const deps = { store, clock, timers, random, onWake: wake, onProblem: () => {} };
    const onWake = (keys?: readonly string[]) => {
      if (this.isArbiter || !areMemberWords(keys)) wake();
    };
    const view = new MirrorSet({ ...deps, onWake }, [databasePrefix(DATABASE)]);
    const policies = new Mirror({ ...deps, prefix: PolicyDesk.prefix });
    const election: Election = new Election({
      store,
      key: arbiterKey(),
      value: host.node,
      ttlMs: TTL_MS,
      marginMs: MARGIN_MS,
      clock,
      timers,
      random,
      memory: host.leaseMemory('arbiter'),
      onElected: (epoch) => {
        this.#world.note(`${host.node} is the arbiter with epoch ${epoch}`);
        wake();
      },
      onDeposed: () => {},
    });
    const duty = new ArbiterDuty({
      database: DATABASE,
      policy: () => this.#world.policies.seenIn(policies.entries()),
      holds: () => [],
      view,
      store,
      leadership: {
        epoch: () => election.right(clock.nowMs())?.epoch,
        contactSince: () => election.contactSince(clock.nowMs()),
        guard: (epoch) => election.guard(epoch),
      },
      record: (event) => this.#world.recorded(host, event),
      clock,
      wallMs: host.wallMs,
    });
    const loop = new TickLoop(
      {
        clock,
        timers,
        random,
        onTick: () => {},
        onFailed: ({ kind, error }) => {
          if (kind === 'defect') this.#world.violated(`defect: ${host.node} arbiter: ${String(error)}`);
        },
      },
      { name: 'arbiter', everyMs: TICK_MS, timeoutMs: 5_000, tick: (signal) => duty.tick(signal) },
    );
    this.#election = election;
    loop.start();
    view.start();
    policies.start();
    void election.start();
  }
}
