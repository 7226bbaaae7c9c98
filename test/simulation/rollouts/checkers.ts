/**
 * What must hold for a roll-out, by what was really done and seen on the nodes: for every change of the decision in the
 * store, and for every step that a node takes.
 */
import type { DesiredIdentity, DesiredRollout } from '../../../src/core/desired.ts';
import type { NodeReport } from '../../../src/core/region-snapshot.ts';
import { NODES } from '../routes/region.ts';
import { SERVICES } from './region.ts';
import type { RolloutWorld } from './world.ts';

/** As in the routes' checkers: a leader may know less than the truth, and this much later. */
const STALE_MS = 14_000;
/** From a node's own trial of a Keystone to its first step. */
const JUST_MS = 1_000;
/** Clocks' rates differ. */
const EARLY_MS = 100;

export class RolloutCheckers {
  readonly #world: RolloutWorld;
  /** By node: where its process points it now. */
  readonly #atWork = new Map<string, string>();
  /** By node, Keystone and service: when it was last tried with a token. */
  readonly #verified = new Map<string, number>();
  /** By node: since when it says that it works. */
  readonly #workingSinceMs = new Map<string, number>();
  #turnSinceMs = 0;
  #decidedAtMs = 0;

  constructor(world: RolloutWorld) {
    this.#world = world;
  }

  /** A process begins to point its node at this Keystone. */
  began(node: string, to: string): void {
    const world = this.#world;
    for (const other of this.#atWork.keys())
      if (other !== node) world.violated(`I7: ${node} and ${other} are changed at the same time`);
    this.#atWork.set(node, to);
    if (!world.workedWithin(to, JUST_MS)) world.violated(`target: ${node} goes to a Keystone that has issued no token`);
  }

  verified(node: string, service: string, base: string): void {
    this.#verified.set(`${node} ${service} ${base}`, this.#world.scheduler.nowMs());
  }

  /** It has ended, or its process has. */
  ended(node: string): void {
    this.#atWork.delete(node);
  }

  /** What a node says of itself. */
  reported(before: NodeReport | undefined, after: NodeReport | undefined): void {
    if (after?.phase === 'working') this.#workingSinceMs.set(after.node, this.#world.scheduler.nowMs());
    const isAgain = after?.phase === 'working' && before?.phase === 'done' && before.decision === after.decision;
    if (isAgain && before.isRepaired)
      this.#world.violated('drift: files were put right more than once under one decision');
  }

  changed(before: DesiredIdentity | undefined, after: DesiredIdentity): void {
    const [was, is] = [before?.rollout ?? undefined, after.rollout ?? undefined];
    if (is === undefined) {
      this.#world.violated('defect: a route by files was decided without a roll-out');
      return;
    }
    const isNew = was?.decision !== is.decision;
    if (was !== undefined && is.decision < was.decision) this.#world.violated('decision: its number went back');
    if (isNew && is.isBack && was !== undefined && !this.#wasProven(after))
      this.#world.violated('back: a roll-out went back to a Keystone that had not proved itself');
    if (was !== undefined && was.turn !== null && was.turn !== is.turn) this.#ended(was, was.turn, is);
    if (is.turn !== null && was?.turn !== is.turn && !this.#wasProven(after))
      this.#world.violated('proof: a node was sent to a Keystone that had not proved itself');
    if (isNew) this.#decidedAtMs = this.#world.scheduler.nowMs();
    if (isNew || was?.turn !== is.turn) this.#turnSinceMs = this.#world.scheduler.nowMs();
  }

  /** The turn of a node is over: it is verified, it failed, or it was waited for long enough. */
  #ended(was: DesiredRollout, node: string, is: DesiredRollout): void {
    const world = this.#world;
    const report = world.reports.get(node);
    const forMs = world.scheduler.nowMs() - this.#turnSinceMs;
    if (report?.phase === 'working' && was.nodes.includes(node)) {
      const workedMs = world.scheduler.nowMs() - (this.#workingSinceMs.get(node) ?? 0);
      if (workedMs < 2 * was.nodeTimeoutMs - EARLY_MS && is.nodes.includes(node))
        world.violated(`turn: the turn of ${node} was ended while it was at work`);
      return;
    }
    if (was.decision !== is.decision || report?.phase === 'failed') return;
    if (report?.decision === was.decision && report.phase === 'done') {
      const since = this.#decidedAtMs;
      const untried = SERVICES.filter((each) => !((this.#verified.get(`${node} ${each} ${was.to}`) ?? -1) >= since));
      if (untried.length > 0) world.violated(`verified: ${untried.join(', ')} of ${node} was not tried with a token`);
      return;
    }
    const isGone = !world.isPresent(node) || world.wasAwayWithin(node, STALE_MS);
    if (!isGone && forMs < was.nodeTimeoutMs - EARLY_MS)
      world.violated(`turn: ${node} was passed over although it was there`);
  }

  #wasProven({ readOnly, home }: DesiredIdentity): boolean {
    const { looks, scheduler, primary } = this.#world;
    const since = { nowMs: scheduler.nowMs(), staleMs: STALE_MS };
    const isOwn = readOnly || home === 'south' || primary.region === 'south';
    return isOwn ? NODES.some((node) => looks.hasProved(node, since)) : looks.hadMajority('ok', 0, since);
  }
}
