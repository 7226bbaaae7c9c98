/**
 * One simulated cloud with one database: model servers on hosts in two regions, the real agents and arbiters, a store,
 * clients that write, and a schedule of faults, all from one seed. The checkers look after every single step; at the end
 * the faults are over and the world has time to come to rest.
 */
import type { DatabaseState, PrimaryKey } from '../../../src/core/database/state.ts';
import type { NewEvent } from '../../../src/core/event.ts';
import type { Accepted, DatabaseFailover } from '../../../src/core/policy.ts';
import { MemoryCluster } from '../../../src/store/memory-cluster.ts';
import { SeededRandom } from '../random.ts';
import { Scheduler } from '../scheduler.ts';
import { Violations } from '../violations.ts';
import type { RunResult } from '../world.ts';
import { ArbiterAgent } from './arbiter-agent.ts';
import { startServers } from './before-regent.ts';
import { allCheckers } from './checkers/all.ts';
import type { BallotChecker } from './checkers/checker.ts';
import { complaints } from './checkers/i10-converges.ts';
import { Client } from './client.ts';
import { DbAgent } from './db-agent.ts';
import { Disturbances } from './disturbances.ts';
import { Host } from './host.ts';
import { HostRebuild } from './host-rebuild.ts';
import { ModelFence } from './model-fence.ts';
import { ModelServer, type Outcome } from './model-server.ts';
import { Network } from './network.ts';
import { orderRebuilds } from './operator.ts';
import { LAST_ORDER_MS, Operators } from './operators.ts';
import { PeerNetwork } from './peer-network.ts';
import { FAULTS_END_MS, type PlannedBallotFault, planFaults } from './plan.ts';
import { PolicyDesk } from './policy-desk.ts';
import { editPolicies } from './policy-edits.ts';
import { PromotionLog } from './promotion-log.ts';
import { ARBITERS, drawPolicy } from './settings.ts';
import { StoreTruth } from './store-truth.ts';
import { strikeInBallots } from './strikes.ts';
import { Tally } from './tally.ts';
import { ThawLog } from './thaw-log.ts';

/** The longest chain after the last fault: a quiet watch, a start's spacing, a hold-down, a step given up, some pauses. */
const RECOVERY_MS = 150_000;
const LOOK_EVERY_MS = 500;
const ADOPTED_WITHIN_MS = 20_000;

export interface BallotWorldOptions {
  /** Changes the policy that was drawn from the seed. */
  readonly policy?: (drawn: Accepted<DatabaseFailover>) => Accepted<DatabaseFailover>;
  /** Left out: faults drawn from the seed, and strikes in ballots. */
  readonly plan?: (world: BallotWorld, random: SeededRandom) => readonly PlannedBallotFault[];
  /** Beside those of the invariants. */
  readonly checkers?: readonly ((world: BallotWorld) => BallotChecker)[];
}

export interface BallotRun extends RunResult {
  /** Documented gaps that were met. */
  readonly counts: ReadonlyMap<string, number>;
  readonly tally: Tally;
}

export class BallotWorld {
  readonly scheduler = new Scheduler();
  readonly cluster: MemoryCluster;
  readonly truth: StoreTruth;
  readonly policies: PolicyDesk;
  readonly network: Network;
  readonly peers: PeerNetwork;
  readonly agents: readonly DbAgent[];
  readonly arbiters: readonly ArbiterAgent[];
  readonly log: string[] = [];
  readonly #violations = new Violations();
  readonly counts = new Map<string, number>();
  readonly tally = new Tally();
  readonly disturbances = new Disturbances(this.scheduler);
  readonly thaws = new ThawLog(this);
  /** When the store last took the primary's lease away too early. */
  revokedAtMs = Number.NEGATIVE_INFINITY;
  readonly promotion = new PromotionLog(this);
  readonly operators: Operators;
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #checkers: readonly BallotChecker[];
  readonly #afterSteps: readonly (() => void)[];
  readonly #plan: BallotWorldOptions['plan'];
  readonly #clients: ReadonlyMap<ModelServer, Client>;
  #ids = 0;

  constructor(seed: number, { plan, policy = (drawn) => drawn, checkers = [] }: BallotWorldOptions = {}) {
    [this.#seed, this.#plan, this.#random] = [seed, plan, new SeededRandom(seed)];
    this.cluster = new MemoryCluster({ clock: this.scheduler, timers: this.scheduler });
    this.truth = new StoreTruth(this.cluster);
    this.policies = new PolicyDesk(this.cluster, policy(drawPolicy(this.#random.fork())));
    this.network = new Network(this.scheduler, this.#random.fork());
    this.peers = new PeerNetwork(this.scheduler, this.#random.fork(), this.network);
    this.agents = this.policies.latest.policy.members.map(({ node }, index) => this.#makeAgent(node, 101 + index));
    this.#clients = new Map(this.agents.map(({ server }) => [server, new Client(this, server, this.#random.fork())]));
    this.arbiters = ARBITERS.map((node) => new ArbiterAgent(this, new Host(this, node, this.#random.fork())));
    this.operators = new Operators(this, this.#random.fork());
    this.#checkers = [...allCheckers(this), ...checkers.map((make) => make(this))];
    this.#afterSteps = this.#checkers.flatMap(({ afterStep = [] }) => afterStep);
  }

  async run(): Promise<BallotRun> {
    startServers(this.agents.map(({ server }) => server));
    for (const agent of this.agents) agent.start();
    for (const arbiter of this.arbiters) arbiter.start();
    for (const client of this.#clients.values()) client.hurry();
    const planned = (this.#plan ?? planFaults)(this, this.#random.fork());
    const check = () => this.#check();
    if (this.#plan === undefined) {
      await this.#adopted(check);
      strikeInBallots(this, this.#random.fork());
      this.operators.begin();
      orderRebuilds(this, this.#seed);
      editPolicies(this, this.#seed);
    }
    let endsAtMs = FAULTS_END_MS;
    for (const { atMs, fault } of planned) {
      endsAtMs = Math.max(endsAtMs, atMs + fault.durationMs);
      this.scheduler.after(atMs, () => {
        this.note(`${fault.kind} of ${fault.targets.join(', ')} begins`);
        this.tally.injected(fault.kind);
        this.disturbances.begin(fault);
        fault.begin();
      });
      this.scheduler.after(atMs + fault.durationMs, () => {
        this.note(`${fault.kind} of ${fault.targets.join(', ')} ends`);
        this.disturbances.end(fault);
        fault.end();
      });
    }
    await this.scheduler.advance(endsAtMs + 1, check);
    for (let restMs = 0; restMs < RECOVERY_MS; restMs += LOOK_EVERY_MS) {
      await this.scheduler.advance(LOOK_EVERY_MS, check);
      if (complaints(this).length === 0) break;
    }
    if (this.operators.isPresent) await this.#orderLast(check);
    for (const checker of this.#checkers) checker.atEnd?.();
    const { sentences: violations, list: found } = this.#violations;
    const { log, counts, tally } = this;
    return { seed: this.#seed, violations, found, log, counts, tally };
  }

  /** A fault before that would need an operator: nobody else opens a server that regent does not manage. */
  async #adopted(check: () => void): Promise<void> {
    for (let waitedMs = 0; this.primaryKey() === undefined && waitedMs < ADOPTED_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
      await this.scheduler.advance(LOOK_EVERY_MS, check);
    }
  }

  async #orderLast(check: () => void): Promise<void> {
    this.operators.orderLast();
    for (let passedMs = 0; passedMs < LAST_ORDER_MS; passedMs += LOOK_EVERY_MS) {
      await this.scheduler.advance(LOOK_EVERY_MS, check);
      if (!this.operators.isAwaited) break;
    }
  }

  readonly serverOf = (node: string): ModelServer | undefined =>
    this.agents.find((agent) => agent.host.node === node)?.server;

  /** What the store's majority holds, which no agent may know yet. */
  readonly state = (): DatabaseState | undefined => this.truth.state;

  readonly primaryKey = (): PrimaryKey | undefined => this.truth.primaryKey;

  readonly isQuarantined = (node: string): boolean => this.truth.isQuarantined(node);

  newId(who: string): string {
    this.#ids += 1;
    return `${who}/${this.#ids}`;
  }

  opened(server: ModelServer): void {
    this.note(`${server.node} is open (waits for acknowledgements: ${server.semiSyncPrimary})`);
    if (this.state()?.ballot?.candidate === server.node) this.tally.promotions += 1;
    this.#clients.get(server)?.hurry();
    for (const checker of this.#checkers) checker.onOpened?.(server);
  }

  wrote(server: ModelServer, id: string, outcome: Outcome): void {
    for (const checker of this.#checkers) checker.onWrite?.(server, id, outcome);
  }

  /** Somebody does something to a host or the network. */
  disturbed(): void {
    this.disturbances.touch();
  }

  note(text: string): void {
    this.log.push(`${this.scheduler.nowMs().toFixed(1).padStart(9)} ${text}`);
  }

  counted(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** @param sentence - begins with what it violates, `I1:` to `I10:`, `order:`, or `defect:` */
  violated(sentence: string): void {
    if (this.#violations.add(sentence, this.scheduler.nowMs())) this.note(`VIOLATED ${sentence}`);
  }

  recorded(host: Host, event: NewEvent): void {
    this.note(`${host.node} ${event.name} ${event.message}`);
    this.tally.recorded(event);
    for (const checker of this.#checkers) checker.onEvent?.(host, event);
  }

  #check(): void {
    this.disturbances.look();
    this.thaws.look();
    for (const agent of this.agents) agent.lookAtProcess();
    if (this.promotion.look()) {
      const server = this.serverOf(this.promotion.primary ?? '');
      for (const checker of this.#checkers) if (server !== undefined) checker.onPromoted?.(server);
    }
    const changed = this.truth.takeChange();
    if (changed !== undefined) for (const checker of this.#checkers) checker.onState?.(changed);
    for (const afterStep of this.#afterSteps) afterStep();
  }

  #makeAgent(node: string, serverId: number): DbAgent {
    const host = new Host(this, node, this.#random.fork());
    const server = new ModelServer({
      node,
      serverId,
      machine: host.serverMachine,
      network: this.network,
      random: this.#random.fork(),
      serverOf: this.serverOf,
    });
    const fence = new ModelFence({
      server,
      machine: host.fenceMachine,
      // Apart from the world's own draws: a fence that never acts moves no schedule.
      random: new SeededRandom(this.#seed + serverId),
      note: (text) => this.note(text),
    });
    fence.start();
    return new DbAgent(this, host, server, {
      fence,
      rebuild: new HostRebuild(this, server, this.#seed * 1_000 + serverId),
    });
  }
}

export function simulateBallots(seed: number, options?: BallotWorldOptions): Promise<BallotRun> {
  return new BallotWorld(seed, options).run();
}
