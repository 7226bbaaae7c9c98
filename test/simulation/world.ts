/**
 * One simulated world: a store, some agents that want to lead, and a schedule of faults, all from one seed. The
 * checkers look after every single step. A run says what was violated, and its log tells the story.
 */
import { MemoryCluster } from '../../src/store/memory-cluster.ts';
import { Agent } from './agent.ts';
import { type Checker, makeCheckers } from './checkers/checkers.ts';
import type { Fault } from './faults.ts';
import { Machine } from './machine.ts';
import { Path } from './path.ts';
import { FAULTS_END_MS, Plan } from './plan.ts';
import { SeededRandom } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { CALL_TIMEOUT_MS, DRIFT_PPM_MAX, FAULT_MAX_MS, MARGIN_MS, RECOVERY_MS, TTL_MS } from './timing.ts';
import { type Violation, Violations } from './violations.ts';

export interface WorldOptions {
  /** Include leases that the store revokes too early; then only the guarded writes are promised. */
  readonly earlyRevocation: boolean;
}

export interface RunResult {
  readonly seed: number;
  /** One sentence each, with the invariant's number; empty if all was well. */
  readonly violations: readonly string[];
  /** The same, as data. */
  readonly found: readonly Violation[];
  /** What happened, one line per event, with the true time in ms. */
  readonly log: readonly string[];
}

export interface ElectionRun extends RunResult {
  /** How many faults of each kind began. */
  readonly faults: ReadonlyMap<string, number>;
}

/** A fault as it happened; `endedAtMs` is undefined while it lasts. */
export interface Disturbance {
  readonly agent: Agent | undefined;
  readonly kind: string;
  readonly mayCost: boolean;
  readonly beganAtMs: number;
  endedAtMs: number | undefined;
}

export class World {
  readonly scheduler = new Scheduler();
  readonly cluster: MemoryCluster;
  readonly agents: readonly Agent[];
  readonly disturbances: Disturbance[] = [];
  readonly options: WorldOptions;
  readonly log: string[] = [];
  readonly #violations = new Violations();
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #checkers: readonly Checker[];

  constructor(seed: number, options: WorldOptions) {
    this.options = options;
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.cluster = new MemoryCluster({ clock: this.scheduler, timers: this.scheduler });
    const count = this.#random.whole(2, 4);
    this.agents = Array.from({ length: count }, (_, index) => this.#makeAgent(`agent-${index + 1}`));
    this.#checkers = makeCheckers(this);
  }

  async run(): Promise<ElectionRun> {
    for (const agent of this.agents) agent.start();
    const plan = new Plan(this, this.#random.fork());
    for (const atMs of plan.timesMs) this.scheduler.after(atMs, () => this.#disturb(plan.draw()));
    await this.scheduler.advance(FAULTS_END_MS + FAULT_MAX_MS + RECOVERY_MS, () => this.#check());
    for (const checker of this.#checkers) checker.atEnd?.();
    const { sentences: violations, list: found } = this.#violations;
    const faults = new Map<string, number>();
    for (const { kind } of this.disturbances) faults.set(kind, (faults.get(kind) ?? 0) + 1);
    return { seed: this.#seed, violations, found, log: this.log, faults };
  }

  note(text: string): void {
    this.log.push(`${this.scheduler.nowMs().toFixed(1).padStart(9)} ${text}`);
  }

  /** @param sentence - begins with the invariant that it violates, as in `I1:` */
  violated(sentence: string): void {
    if (this.#violations.add(sentence, this.scheduler.nowMs())) this.note(`VIOLATED ${sentence}`);
  }

  #check(): void {
    for (const checker of this.#checkers) checker.afterStep?.();
  }

  #disturb(fault: Fault | undefined): void {
    if (fault === undefined) return;
    const { agent, kind, mayCost } = fault;
    const disturbance: Disturbance = {
      agent,
      kind,
      mayCost,
      beganAtMs: this.scheduler.nowMs(),
      endedAtMs: undefined,
    };
    this.disturbances.push(disturbance);
    this.note(`${kind} of ${agent?.name ?? 'the store'} begins`);
    fault.begin();
    this.scheduler.after(fault.durationMs, () => {
      fault.end();
      disturbance.endedAtMs = this.scheduler.nowMs();
      this.note(`${kind} of ${agent?.name ?? 'the store'} ends`);
    });
  }

  #makeAgent(name: string): Agent {
    const random = this.#random.fork();
    const { scheduler, cluster } = this;
    const machine = new Machine(scheduler, random.between(-DRIFT_PPM_MAX / 2, DRIFT_PPM_MAX / 2));
    const latencyMinMs = random.between(0.2, 5);
    const path = new Path({ scheduler, random: random.fork(), latencyMinMs, latencyMaxMs: random.between(6, 20) });
    return new Agent({
      name,
      machine,
      path,
      cluster,
      random: random.fork(),
      ttlMs: TTL_MS,
      marginMs: MARGIN_MS,
      callTimeoutMs: CALL_TIMEOUT_MS,
      onElected: (agent, epoch) => {
        this.note(`${name} leads with epoch ${epoch}`);
        for (const checker of this.#checkers) checker.onElected?.(agent, epoch);
      },
    });
  }
}

export function simulate(seed: number, options: WorldOptions = { earlyRevocation: false }): Promise<ElectionRun> {
  return new World(seed, options).run();
}
