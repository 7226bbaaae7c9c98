/**
 * One simulated region with an identity route: three nodes with the real duties, Keystones that come and go, operators, and
 * a schedule of faults, all from one seed. The checkers look after every step; at the end the faults are over, everybody who
 * was sent away is called back, and the region has to come home.
 */
import type { DesiredIdentity } from '../../../src/core/desired.ts';
import type { NewEvent } from '../../../src/core/event.ts';
import type { Health } from '../../../src/core/observation.ts';
import type { Accepted, IdentityRoute } from '../../../src/core/policy.ts';
import type { DatabaseView } from '../../../src/core/region-snapshot.ts';
import { readRegion } from '../../../src/runtime/duty/region-view.ts';
import { desiredKey } from '../../../src/store/keys.ts';
import { MemoryCluster } from '../../../src/store/memory-cluster.ts';
import { SeededRandom } from '../random.ts';
import { Scheduler } from '../scheduler.ts';
import { Violations } from '../violations.ts';
import type { RunResult } from '../world.ts';
import { type RouteChecker, routeCheckers } from './checkers.ts';
import { FAULTS_END_MS, planRouteFaults } from './faults.ts';
import { Looks } from './looks.ts';
import { type ProbeName, RouteNode } from './node.ts';
import { Operator } from './operator.ts';
import { drawPolicy, HOME, NODES, OWN, REGION, ROUTE } from './region.ts';

/** A leader after a full TTL, the longest of the policy's times, and a list in place of a watch that has gone quiet. */
const RECOVERY_MS = 90_000;
const LOOK_EVERY_MS = 500;

export interface RouteRun extends RunResult {
  readonly faults: ReadonlyMap<string, number>;
  readonly switches: number;
}

export class RouteWorld {
  readonly scheduler = new Scheduler();
  readonly cluster = new MemoryCluster({ clock: this.scheduler, timers: this.scheduler });
  readonly nodes: readonly RouteNode[];
  readonly looks = new Looks();
  readonly operator: Operator;
  readonly log: string[] = [];
  policy: Accepted<IdentityRoute>;
  primary: DatabaseView = { database: 'keystone', primary: 'north-3', region: HOME, term: 1n, lossyTerm: 0n };
  isHomeDown = false;
  /** Observers whose own way to home is cut. */
  readonly isCut = new Set<string>();
  /** Observers that cannot look. */
  readonly isBlind = new Set<string>();
  /** Own Keystones that issue nothing. */
  readonly isDown = new Set<string>();
  readonly faults = new Map<string, number>();
  #switches = 0;
  #revision = 0n;
  #desired: DesiredIdentity | undefined;
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #checkers: readonly RouteChecker[];
  readonly #violations = new Violations();

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.policy = drawPolicy(this.#random.fork());
    this.operator = new Operator(this);
    this.nodes = NODES.map((node) => new RouteNode(this, node, this.#random.fork()));
    this.#checkers = routeCheckers(this);
  }

  async run(): Promise<RouteRun> {
    for (const node of this.nodes) node.start();
    for (const { kind, atMs, durationMs, begin, end } of planRouteFaults(this, this.#random.fork())) {
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
    await this.scheduler.advance(FAULTS_END_MS, check);
    for (let restMs = 0; restMs < RECOVERY_MS; restMs += LOOK_EVERY_MS) {
      this.operator.callBack();
      await this.scheduler.advance(LOOK_EVERY_MS, check);
      if (this.unrest() === undefined) break;
    }
    const unrest = this.unrest();
    if (unrest !== undefined) this.violated(`I10: the region does not come to rest: ${unrest}`);
    const { sentences: violations, list: found } = this.#violations;
    return { seed: this.#seed, violations, found, log: this.log, faults: this.faults, switches: this.#switches };
  }

  /** Why the region is not at home with all its proxies; undefined if it is. */
  unrest(): string | undefined {
    const desired = this.#desired;
    if (desired?.state !== 'home') return `it is ${desired?.state ?? 'undecided'}`;
    if (this.operator.standing !== undefined) return `the order ${this.operator.standing.order.id} stands`;
    const behind = this.nodes.find(({ proxy }) => proxy.ready(desired.backend ?? '').join() !== desired.ready.join());
    return behind === undefined ? undefined : `the proxy of ${behind.node} goes elsewhere`;
  }

  homeAsSeenFrom(node: string): Health {
    if (this.isBlind.has(node)) return 'unknown';
    if (this.primary.region === REGION) return this.isDown.size < OWN.length ? 'ok' : 'failed';
    return this.isHomeDown || this.isCut.has(node) ? 'failed' : 'ok';
  }

  get desired(): DesiredIdentity | undefined {
    return this.#desired;
  }

  looked(node: string, probe: ProbeName, health: Health): void {
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
    const settled = this.operator.look();
    const entry = this.cluster.state.get(desiredKey('identity', ROUTE));
    if (entry === undefined || entry.modRevision === this.#revision) return;
    this.#revision = entry.modRevision;
    const value = readRegion([entry]).desired[0]?.value;
    if (value?.kind !== 'identity') return;
    const before = this.#desired;
    this.#desired = value;
    if (before !== undefined && before.readOnly !== value.readOnly) this.#switches += 1;
    this.note(`the store says ${value.state}${value.isOrdered ? ' by order' : ''}: ${value.ready.join(', ')}`);
    for (const checker of this.#checkers) checker({ before, after: value, order: settled?.order });
  }
}

export function simulateRoutes(seed: number): Promise<RouteRun> {
  return new RouteWorld(seed).run();
}
