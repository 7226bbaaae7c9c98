/**
 * Operators who order switchovers and failovers in the middle of everything: to good members and bad ones, for the term
 * that stands and for others. When the world has come to rest they order one more switchover, which nothing disturbs.
 */
import type { DatabaseOrder } from '../../../src/core/database/order.ts';
import { databaseOrderRecord } from '../../../src/store/database-records.ts';
import { databaseOrderKey } from '../../../src/store/keys.ts';
import type { SeededRandom } from '../random.ts';
import { complaints } from './checkers/i10-converges.ts';
import { FAULTS_END_MS } from './plan.ts';
import { DATABASE, STATE_KEY } from './settings.ts';
import type { BallotWorld } from './world.ts';

/** The database is adopted and has its acker by then. */
const FIRST_ORDER_MS = 3_000;
const PRESENT = 0.5;
const WRONG_TERM = 0.15;
const IN_BALLOT = 0.6;
const CUT_OFF = 0.3;
/** Most members that could vote or fail have done so. */
const AFTER_OPENING_MS = 5_000;
/** An order that is obeyed or refused within its time, a ballot that is undone, and some. */
export const LAST_ORDER_MS = 40_000;

export class Operators {
  /** Every order that was ever given, by its id. */
  readonly given = new Map<string, DatabaseOrder>();
  /** From the last order on, nothing disturbs any more. */
  isUndisturbed = false;
  readonly #world: BallotWorld;
  readonly #random: SeededRandom;
  readonly isPresent: boolean;

  constructor(world: BallotWorld, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
    this.isPresent = random.happens(PRESENT);
  }

  begin(): void {
    if (!this.isPresent) return;
    const { scheduler, cluster } = this.#world;
    const random = this.#random;
    for (let left = random.whole(1, 3); left > 0; left--) {
      scheduler.after(random.between(FIRST_ORDER_MS, FAULTS_END_MS), () => this.#order('switchover'));
    }
    const seen = new Set<bigint>();
    cluster.watch(undefined, {
      onRevision: ({ changes }) => {
        const state = this.#world.state();
        if (state?.ballot?.step !== 'poll' || seen.has(state.term)) return;
        if (!changes.some(({ key }) => key === STATE_KEY)) return;
        seen.add(state.term);
        const isLate = random.happens(0.4);
        const delayMs = random.between(isLate ? AFTER_OPENING_MS : 0, isLate ? 2 * AFTER_OPENING_MS : 40);
        if (random.happens(IN_BALLOT)) scheduler.after(delayMs, () => this.#order('failover'));
      },
      // Compaction ends the watch, and with it these orders.
      onCancelled: () => {},
    });
  }

  /** In a world at rest: to a member that follows. */
  orderLast(): void {
    const state = this.#world.state();
    const to = this.#world.agents.find(
      ({ host, server }) =>
        host.node !== state?.primary && server.source === state?.primary && !this.#world.isQuarantined(host.node),
    );
    if (state === undefined || to === undefined) return;
    this.isUndisturbed = true;
    this.#give('switchover', state.term, to.host.node);
  }

  /** True while an order stands, or the world has not come to rest after it. */
  get isAwaited(): boolean {
    return this.#standing !== undefined || complaints(this.#world).length > 0;
  }

  get #standing() {
    return this.#world.cluster.state.get(databaseOrderKey(DATABASE));
  }

  #order(kind: DatabaseOrder['kind']): void {
    const state = this.#world.state();
    if (state === undefined || !this.#world.cluster.hasLeader) return;
    const random = this.#random;
    const term = random.happens(WRONG_TERM) ? state.term + BigInt(random.pick([-1, 1])) : state.term;
    const nodes = this.#world.agents.map(({ host }) => host.node);
    const to = random.happens(0.4) ? null : random.pick(['stranger', ...nodes]);
    this.#give(kind, term, to);
    if (to !== null && random.happens(CUT_OFF)) this.#cutOff(state.primary, to);
  }

  /** At the worst moment, with one more write: the candidate has answered, and the primary is about to close. */
  #cutOff(primary: string, candidate: string): void {
    const { network, scheduler } = this.#world;
    const random = this.#random;
    const atMs = random.between(0, 40);
    scheduler.after(atMs, () => {
      network.cut(primary, candidate);
      const server = this.#world.serverOf(primary);
      const id = this.#world.newId(`cut-off-${primary}`);
      server?.execute(id, undefined, (outcome) => this.#world.wrote(server, id, outcome));
    });
    scheduler.after(atMs + random.between(300, 6_000), () => network.heal(primary, candidate));
  }

  #give(kind: DatabaseOrder['kind'], term: bigint, to: string | null): void {
    const { cluster, scheduler } = this.#world;
    const key = databaseOrderKey(DATABASE);
    const acceptLossMs = kind === 'switchover' || this.#random.happens(0.3) ? null : this.#random.whole(0, 20_000);
    const id = `order-${this.given.size + 1}`;
    const order: DatabaseOrder = { kind, id, to, term, by: 'operator', atMs: scheduler.nowMs(), acceptLossMs };
    const put = { kind: 'put', key, value: databaseOrderRecord.encode(order) } as const;
    const { committed } = cluster.transact([{ key, target: 'mod', equals: 0n }], [put]);
    if (!committed) return;
    this.given.set(id, order);
    this.#world.tally.injected(`order-${kind}`);
    this.#world.disturbed();
    this.#world.note(
      `operator orders a ${kind} to ${to ?? 'any'} for term ${term}, accepting ${acceptLossMs ?? 'any'}`,
    );
  }
}
