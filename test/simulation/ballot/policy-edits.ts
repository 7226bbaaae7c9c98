/**
 * Operators who edit the policy in the middle of everything: good edits and bad ones, shadow mode and back, deletion and
 * re-creation. None of it disturbs a primary: what closes one within calm is found by the checker of I5. When the faults
 * are over the policy is in force; where a released database was closed meanwhile, somebody opens it by hand.
 */
import type { DatabaseFailover } from '../../../src/core/policy.ts';
import { SeededRandom } from '../random.ts';
import { FAULTS_END_MS } from './plan.ts';
import { STATE_KEY } from './settings.ts';
import type { BallotWorld } from './world.ts';

const SEED = 7_000_000;
const PRESENT = 0.4;
const FIRST_MS = 3_000;
const IN_CHANGES = 0.15;
const EDITS_MAX = 5;
const BACK_AFTER_MS = 8_000;
const BY_HAND_EVERY_MS = 3_000;
const JUDGED_EVERY_MS = 50;

type Edit = (policy: DatabaseFailover, random: SeededRandom) => DatabaseFailover;

const EDITS: readonly [Edit, ...Edit[]] = [
  (policy, random) => ({ ...policy, ttlMs: random.pick([2_000, 3_000, 5_000, 8_000]) }),
  (policy, random) => ({ ...policy, marginMs: random.pick([100, 600, 700, 900, 5_000]) }),
  (policy, random) => ({ ...policy, cooldownMs: random.pick([0, 12_000, 15_000]) }),
  (policy) => ({ ...policy, survives: policy.survives === 'node' ? 'region' : 'node' }),
  (policy, random) => ({ ...policy, hungAfterMs: random.pick([1_000, 5_000, 20_000]) }),
  (policy, random) => {
    const maxLossMs = random.whole(0, 15_000);
    const withinRegion = { ...policy.withinRegion, maxLossMs };
    return { ...policy, durability: 'bounded', withinRegion };
  },
  (policy) => {
    const [withinRegion, betweenRegions] = [policy.withinRegion, policy.betweenRegions];
    return {
      ...policy,
      durability: 'lossless',
      withinRegion: { ...withinRegion, maxLossMs: 0 },
      betweenRegions: { ...betweenRegions, maxLossMs: 0, promote: 'manual' },
    };
  },
];

/** @param seed - a source of its own: the other schedules stay what they were */
export function editPolicies(world: BallotWorld, seed: number): void {
  new PolicyEdits(world, new SeededRandom(seed + SEED)).begin();
}

class PolicyEdits {
  readonly #world: BallotWorld;
  readonly #random: SeededRandom;
  #left = EDITS_MAX;

  constructor(world: BallotWorld, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
  }

  begin(): void {
    const random = this.#random;
    if (!random.happens(PRESENT)) return;
    const { scheduler, cluster } = this.#world;
    for (let times = random.whole(1, 3); times > 0; times--)
      scheduler.after(random.between(FIRST_MS, FAULTS_END_MS), () => this.#change());
    cluster.watch(undefined, {
      onRevision: ({ changes }) => {
        if (!changes.some(({ key }) => key === STATE_KEY) || !random.happens(IN_CHANGES)) return;
        scheduler.after(random.between(0, 150), () => this.#change());
      },
      // Compaction ends the watch, and with it these edits.
      onCancelled: () => {},
    });
    scheduler.after(FAULTS_END_MS, () => this.#restore());
    scheduler.after(FAULTS_END_MS, () => this.#openByHand());
  }

  #change(): void {
    const { policies, scheduler } = this.#world;
    const random = this.#random;
    const now = scheduler.nowMs();
    const { policy } = policies.latest;
    if (!this.#canPut || this.#left === 0 || now < FIRST_MS || now >= FAULTS_END_MS) return;
    if (policies.isDeleted || policy.mode === 'observe') return;
    this.#left -= 1;
    const isEnd = random.happens(0.4);
    if (!isEnd) {
      this.#edit(random.pick(EDITS)(policy, random));
      return;
    }
    if (random.happens(0.5)) this.#edit({ ...policy, mode: 'observe' });
    else {
      this.#world.note('operator deletes the policy');
      this.#world.counted('a policy was deleted');
      policies.retire();
      this.#removeRetired();
    }
    scheduler.after(random.between(0, BACK_AFTER_MS), () => this.#restore());
  }

  /** As policy-duty.ts does it, by an arbiter that is never away. */
  #removeRetired(): void {
    const { policies, scheduler } = this.#world;
    if (!policies.isDeleted) return;
    if (this.#world.primaryKey() === undefined && this.#canPut) policies.remove();
    else scheduler.after(JUDGED_EVERY_MS, () => this.#removeRetired());
  }

  /** In force again, perhaps with another ttl: that counts from the adoption. */
  #restore(): void {
    const { policies } = this.#world;
    if (!this.#canPut) {
      this.#later(() => this.#restore());
      return;
    }
    const { policy } = policies.latest;
    if (!policies.isDeleted && policy.mode === 'enforce') return;
    if (this.#random.happens(0.5)) this.#edit({ ...policy, mode: 'enforce', ttlMs: this.#random.pick([3_000, 5_000]) });
    else this.#edit({ ...policy, mode: 'enforce' });
  }

  /** Adoption wants one open server. */
  #openByHand(): void {
    const { agents } = this.#world;
    const state = this.#world.state();
    this.#later(() => this.#openByHand());
    if (state?.phase !== 'unmanaged') return;
    const agent = agents.find(({ host }) => host.node === state.primary);
    if (agent?.isRunning !== true || agents.some(({ server }) => server.invocation !== undefined && !server.readOnly))
      return;
    this.#world.note(`operator opens ${state.primary} by hand`);
    this.#world.counted('a released primary was opened by hand');
    this.#world.disturbed();
    agent.server.start('keep');
    agent.server.readOnly = false;
  }

  #edit(policy: DatabaseFailover): void {
    const { policies } = this.#world;
    const isAdmitted = policies.edit(policy);
    this.#world.counted(isAdmitted ? 'a policy was edited' : 'an edit of a policy was refused');
    const { mode, ttlMs, marginMs, durability, survives } = policy;
    this.#world.note(
      `operator edits the policy${isAdmitted ? '' : ' (refused)'}: ${mode} ttl ${ttlMs} margin ${marginMs} ${durability} ${survives}`,
    );
  }

  #later(act: () => void): void {
    this.#world.scheduler.after(BY_HAND_EVERY_MS, act);
  }

  get #canPut(): boolean {
    return this.#world.cluster.hasLeader;
  }
}
