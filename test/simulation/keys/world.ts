/**
 * A simulated cloud of two regions whose Keystones share their keys: the real duties in front of disks that outlive them, three
 * stores, tokens that are issued and validated all the time, and a schedule of faults, all from one seed. The checkers look
 * after every step; at the end the faults are over, operators repair what is theirs, and a rotation has to go through.
 */
import { FernetKey } from '../../../src/actuator/fernet-key.ts';
import type { NewEvent } from '../../../src/core/event.ts';
import { sameSet, setText } from '../../../src/core/keys/key-set.ts';
import type { KeyState } from '../../../src/core/keys/key-state.ts';
import type { Accepted, FernetKeys } from '../../../src/core/policy.ts';
import { keyStateRecord } from '../../../src/store/key-records.ts';
import { keysStateKey } from '../../../src/store/keys.ts';
import { MemoryCluster } from '../../../src/store/memory-cluster.ts';
import { SeededRandom } from '../random.ts';
import { Scheduler } from '../scheduler.ts';
import { Violations } from '../violations.ts';
import type { RunResult } from '../world.ts';
import { checkChange, checkDivergence, checkMeddling, checkRevoked, checkTokens } from './checkers.ts';
import { drawPolicy, KEYSTONES, POLICY, REGIONS, WITNESS } from './cloud.ts';
import { FAULTS_END_MS, planKeyFaults } from './faults.ts';
import { Keystone, type Token } from './keystone.ts';
import { KeysNode } from './node.ts';
import { KeysOperator } from './operator.ts';

/** Leases of the dead, a list in place of a watch that has gone quiet, an adoption, and a rotation after tokens have ended. */
const RECOVERY_MS = 150_000;
const LOOK_EVERY_MS = 500;
const TOKEN_EVERY_MS = 300;

export interface KeysRun extends RunResult {
  readonly faults: ReadonlyMap<string, number>;
  readonly generations: number;
  readonly tokens: number;
}

export class KeysWorld {
  readonly scheduler = new Scheduler();
  readonly global = new MemoryCluster({ clock: this.scheduler, timers: this.scheduler });
  readonly regional = {
    north: new MemoryCluster({ clock: this.scheduler, timers: this.scheduler }),
    south: new MemoryCluster({ clock: this.scheduler, timers: this.scheduler }),
  };
  readonly keystones: readonly Keystone[];
  readonly nodes: readonly KeysNode[];
  readonly operator: KeysOperator;
  readonly log: string[] = [];
  readonly faults = new Map<string, number>();
  policy: Accepted<FernetKeys>;
  tokens: readonly Token[] = [];
  /** Fingerprints of all keys that were there when a revocation began. */
  revoked: readonly string[] = [];
  /** What stood in the store at some time, for a restore. */
  readonly states: { readonly atMs: number; readonly text: string }[] = [];
  readonly #names = new Map<string, string>();
  readonly #reached = new Map<string, number>();
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #violations = new Violations();
  #seen: readonly number[] = [];
  #seenTokens: readonly Token[] = [];
  #state: KeyState | undefined;
  #revision = 0n;
  #generations = 0;
  #issued = 0;
  /** A restore is not a decision. */
  isRestoring = false;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.policy = drawPolicy(this.#random.fork());
    this.operator = new KeysOperator(this);
    this.keystones = REGIONS.flatMap((region) => KEYSTONES[region].map((node) => new Keystone(node)));
    const first = [0, 1, 2].map((index) => [index, FernetKey.generate()] as const);
    for (const { directory } of this.keystones) for (const [index, key] of first) directory.put(index, key);
    const places = REGIONS.flatMap((region) =>
      KEYSTONES[region].map((node, at) => ({ node, region, mayArbitrate: at === 0 })),
    );
    this.nodes = [...places, { node: WITNESS, region: undefined, mayArbitrate: true }].map(
      (place) =>
        new KeysNode(
          this,
          place,
          this.keystones.find((each) => each.node === place.node),
          this.#random.fork(),
        ),
    );
  }

  async run(): Promise<KeysRun> {
    for (const node of this.nodes) node.start();
    for (const { kind, atMs, durationMs, begin, end } of planKeyFaults(this, this.#random.fork())) {
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
    this.#issue();
    const check = () => this.#check();
    await this.scheduler.advance(FAULTS_END_MS, check);
    const beforeMs = this.scheduler.nowMs();
    for (let restMs = 0; restMs < RECOVERY_MS; restMs += LOOK_EVERY_MS) {
      for (const each of this.keystones) if (each.foreign !== undefined) this.operator.work(each, 'empty');
      await this.scheduler.advance(LOOK_EVERY_MS, check);
      if (this.unrest(beforeMs) === undefined) break;
    }
    const unrest = this.unrest(beforeMs);
    if (unrest !== undefined) this.violated(`I10: the keys do not come to rest: ${unrest}`);
    const { sentences: violations, list: found } = this.#violations;
    return {
      ...{ seed: this.#seed, violations, found, log: this.log, faults: this.faults },
      ...{ generations: this.#generations, tokens: this.#issued },
    };
  }

  /** Why it is not so that all have the keys in force and a rotation has gone through since then. */
  unrest(sinceMs: number): string | undefined {
    const state = this.#state;
    if (state === undefined) return 'they were never adopted';
    if (state.rotatedAtMs <= sinceMs) return `no rotation has gone through: it is at ${state.work?.step ?? 'rest'}`;
    if (this.operator.standing !== undefined) return `the order ${this.operator.standing.id} stands`;
    const odd = this.keystones.find(({ set }) => !sameSet(set, state.keys));
    return odd === undefined ? undefined : `${odd.node} has ${setText(odd.set)}, in force are ${setText(state.keys)}`;
  }

  /** When this node's agent could last be heard of in the global store, through its region's leader or not. */
  reachedAtMs(node: string): number {
    return this.#reached.get(node) ?? Number.NEGATIVE_INFINITY;
  }

  isRunningOn(node: string): boolean {
    return this.nodes.some(({ place, isRunning }) => isRunning && place.node === node);
  }

  started(node: string): void {
    this.note(`the agent of ${node} starts`);
  }

  recorded(node: string): (event: NewEvent) => void {
    return (event) => this.note(`${node} ${event.name} ${event.message} (${event.cause})`);
  }

  /** Keys are random and go by the order in which they are met, so that a seed replays its log. */
  note(text: string): void {
    this.log.push(`${this.scheduler.nowMs().toFixed(1).padStart(9)} ${this.#named(text)}`);
  }

  #named(text: string): string {
    return text.replace(/\b[0-9a-f]{8}\b/g, (found) => {
      const known = this.#names.get(found) ?? `k${this.#names.size + 1}`;
      this.#names.set(found, known);
      return known;
    });
  }

  /** @param said - begins with what it violates */
  violated(said: string): void {
    const sentence = this.#named(said);
    if (this.#violations.add(sentence, this.scheduler.nowMs())) this.note(`VIOLATED ${sentence}`);
  }

  #issue(): void {
    const now = this.scheduler.nowMs();
    const { expirationMs, allowExpiredWindowMs } = this.policy.policy.tokens;
    const keystone = this.#random.pick(this.keystones as readonly [Keystone, ...Keystone[]]);
    const token = keystone.issue(now, expirationMs + allowExpiredWindowMs);
    const live = this.tokens.filter((each) => each.expiresAtMs > now);
    this.tokens = token === undefined ? live : [...live, token];
    if (token !== undefined) this.#issued += 1;
    this.scheduler.after(this.#random.between(1, TOKEN_EVERY_MS), () => this.#issue());
  }

  #check(): void {
    const order = this.operator.look();
    for (const each of this.keystones)
      if (each.isNew && each.set.length > 0 && !each.directory.isMarked) each.isNew = false;
    for (const { place, isRunning, machine, toRegion } of this.nodes)
      if (isRunning && !machine.isFrozen && !toRegion.isCutToStore)
        this.#reached.set(place.node, this.scheduler.nowMs());
    this.look(order);
    if (!this.#isOther()) return;
    checkTokens(this);
    checkDivergence(this);
    checkMeddling(this);
  }

  /** Is anything different that the tokens depend on? */
  #isOther(): boolean {
    const seen = this.keystones.map(({ directory, isServing }) => (isServing ? directory.version : -directory.version));
    const isSame = seen.every((each, at) => each === this.#seen[at]) && this.tokens === this.#seenTokens;
    this.#seen = seen;
    this.#seenTokens = this.tokens;
    return !isSame;
  }

  /** What stands in the store is the truth: who wrote it may not know it yet. */
  look(order?: ReturnType<KeysOperator['look']>): void {
    const entry = this.global.state.get(keysStateKey(POLICY));
    if (entry === undefined || entry.modRevision === this.#revision) return;
    this.#revision = entry.modRevision;
    this.#changed(entry.value, order);
  }

  #changed(text: string, order: ReturnType<KeysOperator['look']>): void {
    const after = keyStateRecord.decode(keysStateKey(POLICY), text);
    const before = this.#state;
    this.#state = after;
    this.states.push({ atMs: this.scheduler.nowMs(), text });
    this.note(`the store says ${after.generation}, ${after.work?.step ?? 'at rest'}: ${setText(after.keys)}`);
    if (this.isRestoring) return;
    this.#generations += 1;
    if (after.work?.kind === 'revoke' && before?.work === null)
      this.revoked = before.keys.map((key) => key.fingerprint);
    if (after.work?.kind === 'revoke' && after.work.step === 'drop') this.#giveUpTokens(after);
    checkChange(this, { before, after, order });
    checkRevoked(this, { before, after, order });
  }

  /** Whoever revokes all keys wants that. */
  #giveUpTokens({ keys }: KeyState): void {
    this.tokens = this.tokens.filter((token) => keys.some(({ fingerprint }) => fingerprint === token.fingerprint));
  }
}

export function simulateKeys(seed: number): Promise<KeysRun> {
  return new KeysWorld(seed).run();
}
