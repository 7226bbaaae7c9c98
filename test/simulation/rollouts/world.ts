/**
 * One simulated region whose route goes by files: three nodes with the real duties, Keystones that come and go, processes that
 * are killed in the middle of a node's turn, operators, and a schedule of faults, all from one seed. The checkers look at
 * every step; at the end the faults are over, and every node has to use the Keystone that is decided: that of home.
 */
import type { DesiredIdentity } from '../../../src/core/desired.ts';
import type { NewEvent } from '../../../src/core/event.ts';
import type { Health } from '../../../src/core/observation.ts';
import type { Accepted, IdentityRoute } from '../../../src/core/policy.ts';
import type { DatabaseView, NodeReport } from '../../../src/core/region-snapshot.ts';
import { readRegion } from '../../../src/runtime/duty/region-view.ts';
import { appliedKey, desiredKey, nodeKey } from '../../../src/store/keys.ts';
import { MemoryCluster } from '../../../src/store/memory-cluster.ts';
import { SeededRandom } from '../random.ts';
import { Looks } from '../routes/looks.ts';
import { Operator } from '../routes/operator.ts';
import { HOME, NODES, OWN, REGION, ROUTE } from '../routes/region.ts';
import { Scheduler } from '../scheduler.ts';
import { Violations } from '../violations.ts';
import type { RunResult } from '../world.ts';
import { RolloutCheckers } from './checkers.ts';
import { planRolloutFaults, ROLLOUT_FAULTS_END_MS } from './faults.ts';
import { RolloutNode } from './node.ts';
import { drawRollout, NORTH } from './region.ts';

/** A leader after a full TTL, a node that is passed over, the cooldown after a failure, and three turns each way. */
const RECOVERY_MS = 240_000;
const LOOK_EVERY_MS = 500;

export interface RolloutRun extends RunResult {
  readonly faults: ReadonlyMap<string, number>;
  readonly turns: number;
  /** Roll-outs that went back, and those that went on without a node. */
  readonly turnedBack: number;
  readonly wentOn: number;
}

export class RolloutWorld {
  readonly scheduler = new Scheduler();
  readonly cluster = new MemoryCluster({ clock: this.scheduler, timers: this.scheduler });
  readonly nodes: readonly RolloutNode[];
  readonly looks = new Looks();
  readonly operator: Operator;
  readonly checkers: RolloutCheckers;
  readonly log: string[] = [];
  policy: Accepted<IdentityRoute>;
  primary: DatabaseView = { database: 'keystone', primary: 'north-3', region: HOME, term: 1n, lossyTerm: 0n };
  isHomeDown = false;
  /** Own Keystones that issue nothing. */
  readonly isDown = new Set<string>();
  readonly faults = new Map<string, number>();
  /** What stands in the store, by node. */
  readonly reports = new Map<string, NodeReport>();
  readonly #goneAtMs = new Map<string, number>();
  readonly #workedAtMs = new Map<string, number>();
  #counts = { turns: 0, turnedBack: 0, wentOn: 0 };
  #revision = 0n;
  #desired: DesiredIdentity | undefined;
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #violations = new Violations();

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.policy = drawRollout(this.#random.fork());
    this.operator = new Operator(this);
    this.checkers = new RolloutCheckers(this);
    this.nodes = NODES.map((node) => new RolloutNode(this, node, this.#random.fork()));
  }

  async run(): Promise<RolloutRun> {
    for (const node of this.nodes) node.start();
    for (const { kind, atMs, durationMs, begin, end } of planRolloutFaults(this, this.#random.fork())) {
      this.scheduler.after(atMs, () => {
        this.note(`${kind} begins`);
        this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
        begin();
      });
      this.scheduler.after(atMs + durationMs, () => {
        this.note(`${kind} ends`);
        end();
      });
    }
    const check = () => this.#check();
    await this.scheduler.advance(ROLLOUT_FAULTS_END_MS, check);
    for (let restMs = 0; restMs < RECOVERY_MS; restMs += LOOK_EVERY_MS) {
      this.operator.callBack();
      this.#mend();
      await this.scheduler.advance(LOOK_EVERY_MS, check);
      if (this.unrest() === undefined) break;
    }
    const unrest = this.unrest();
    if (unrest !== undefined) this.violated(`I10: the region does not come to rest: ${unrest}`);
    const { sentences: violations, list: found } = this.#violations;
    return { seed: this.#seed, violations, found, log: this.log, faults: this.faults, ...this.#counts };
  }

  /** Why not every node uses the Keystone of home, and rests; undefined if all do. */
  unrest(): string | undefined {
    const { rollout, state } = this.#desired ?? {};
    if (rollout === undefined || rollout === null || state !== 'home') return `it is ${state ?? 'undecided'}`;
    if (rollout.to !== NORTH) return `it goes to ${rollout.to}`;
    if (rollout.turn !== null) return `${rollout.turn} has its turn`;
    const working = [...this.reports.values()].find(({ phase }) => phase === 'working');
    if (working !== undefined) return `${working.node} says that it works`;
    return this.nodes.find(({ files }) => !files.uses(NORTH))?.node;
  }

  /** In the end those who overwrite files write what is decided: it is put right for them once only. */
  #mend(): void {
    const to = this.#desired?.rollout?.to;
    for (const { node, files } of this.nodes) {
      const report = this.reports.get(node);
      if (report?.phase !== 'done' || !report.isRepaired || to === undefined) continue;
      for (const [service, base] of files.files) if (base !== to) files.overwrite(service, to);
    }
  }

  works(base: string): boolean {
    return base === NORTH ? !this.isHomeDown : this.isDown.size < OWN.length;
  }

  workedWithin(base: string, ms: number): boolean {
    return this.works(base) || this.scheduler.nowMs() - (this.#workedAtMs.get(base) ?? 0) <= ms;
  }

  /** A Keystone goes away now. */
  goesDown(base: string): void {
    this.#workedAtMs.set(base, this.scheduler.nowMs());
  }

  homeAsSeenFrom(): Health {
    if (this.primary.region === REGION) return this.isDown.size < OWN.length ? 'ok' : 'failed';
    return this.isHomeDown ? 'failed' : 'ok';
  }

  get desired(): DesiredIdentity | undefined {
    return this.#desired;
  }

  isPresent(node: string): boolean {
    return this.cluster.state.get(nodeKey(node)) !== undefined;
  }

  wasAwayWithin(node: string, ms: number): boolean {
    return this.scheduler.nowMs() - (this.#goneAtMs.get(node) ?? Number.NEGATIVE_INFINITY) <= ms;
  }

  looked(node: string, probe: string, health: Health): void {
    this.looks.add(node, probe, { atMs: this.scheduler.nowMs(), health, home: this.primary.region });
  }

  recorded(node: string): (event: NewEvent) => void {
    return (event) => this.note(`${node} ${event.name} ${event.message} (${event.cause})`);
  }

  note(text: string): void {
    this.log.push(`${this.scheduler.nowMs().toFixed(1).padStart(9)} ${text}`);
  }

  /** @param sentence - begins with what it violates */
  violated(sentence: string): void {
    if (this.#violations.add(sentence, this.scheduler.nowMs())) this.note(`VIOLATED ${sentence}`);
  }

  /** What stands in the store is the truth: who wrote it may not know it yet. */
  #check(): void {
    this.operator.look();
    const { revision } = this.cluster.state;
    if (revision === this.#revision) return;
    this.#revision = revision;
    for (const node of NODES) {
      if (!this.isPresent(node)) this.#goneAtMs.set(node, this.scheduler.nowMs());
      this.#checkReport(node);
    }
    const entry = this.cluster.state.get(desiredKey('identity', ROUTE));
    const value = entry === undefined ? undefined : readRegion([entry]).desired[0]?.value;
    if (value?.kind === 'identity') this.#checkDecision(value);
  }

  #checkDecision(value: DesiredIdentity): void {
    const before = this.#desired;
    if (before !== undefined && JSON.stringify(before, textOf) === JSON.stringify(value, textOf)) return;
    this.#desired = value;
    const [was, is] = [before?.rollout, value.rollout];
    if (is !== null && was?.turn !== is.turn && is.turn !== null) this.#counts.turns += 1;
    if (is?.isBack === true && was?.isBack !== true) this.#counts.turnedBack += 1;
    if ((is?.without.length ?? 0) > (was?.without.length ?? 0)) this.#counts.wentOn += 1;
    this.note(`the store says ${value.state}: ${is?.to}, decision ${is?.decision}, turn ${is?.turn}`);
    this.checkers.changed(before, value);
  }

  #checkReport(node: string): void {
    const before = this.reports.get(node);
    const entry = this.cluster.state.get(appliedKey(node, 'identity', ROUTE));
    const after = entry === undefined ? undefined : readRegion([entry]).reports[0];
    if (after?.phase === before?.phase && after?.turn === before?.turn) return;
    if (after === undefined) this.reports.delete(node);
    else this.reports.set(node, after);
    this.note(`${node} reports ${after?.phase ?? 'nothing'} ${after?.decision ?? ''} ${after?.detail ?? ''}`);
    this.checkers.reported(before, after);
  }
}

const textOf = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

export function simulateRollouts(seed: number): Promise<RolloutRun> {
  return new RolloutWorld(seed).run();
}
