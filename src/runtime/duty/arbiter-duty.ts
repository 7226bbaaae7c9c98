/**
 * The work of the arbiter for one database: see the state, the primary key and the members, let the core decide, and
 * write at most one new state, guarded by the own election and by the state's revision. It opens and closes nothing
 * itself; killed at any point, its successor goes on from what stands in the store (I10).
 */
import type { Clock } from '../../core/clock.ts';
import { decideArbiter } from '../../core/database/arbiter.ts';
import type { ArbiterDecision } from '../../core/database/arbiter-snapshot.ts';
import type { NewEvent } from '../../core/event.ts';
import { type Hold, holdOver } from '../../core/holds.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import { databaseStateRecord } from '../../store/database-records.ts';
import { databaseOrderKey, databaseStateKey } from '../../store/keys.ts';
import type { Compare, Operation, Store, TransactResult } from '../../store/store.ts';
import { type DatabaseView, readDatabase } from './database-view.ts';
import { refuseOperations } from './order-refusal.ts';
import { RefusalLog } from './refusal-log.ts';
import { Standing } from './standing.ts';
import type { StoreView } from './store-view.ts';
import { unreadableOrder, unreadableRecord } from './unreadable-record.ts';

/** The arbiter's own right, as its election tells it. */
export interface Leadership {
  /** Undefined while this agent is not elected, or its lease's deadline has passed. */
  epoch(): bigint | undefined;
  /** The condition that makes a write count only while this epoch leads; goes into every write. */
  guard(epoch: bigint): Compare;
}

export interface ArbiterDutyDeps {
  readonly database: string;
  readonly policy: () => Accepted<DatabaseFailover> | undefined;
  readonly holds: () => readonly Hold[];
  readonly view: StoreView;
  readonly store: Store;
  readonly leadership: Leadership;
  readonly record: (event: NewEvent) => void;
  readonly clock: Clock;
  readonly wallMs: () => number;
}

/** While a ballot is open its timeouts are looked at this often; answers wake the tick anyway. */
const BALLOT_TICK_MS = 250;

export class ArbiterDuty {
  readonly #deps: ArbiterDutyDeps;
  readonly #standing = new Standing();
  readonly #refusals: RefusalLog;
  /** The epoch under which something was last seen; a new leadership has seen nothing. */
  #epoch: bigint | undefined;
  #hasSeenPrimary = false;

  constructor(deps: ArbiterDutyDeps) {
    this.#deps = deps;
    this.#refusals = new RefusalLog(deps.record);
  }

  /** @returns in how many ms it wants to be called again at the latest; undefined if only a change matters */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    const { leadership, policy: policyOf, view } = this.#deps;
    const epoch = leadership.epoch();
    const policy = policyOf();
    if (epoch === undefined || policy === undefined) {
      this.#epoch = undefined;
      return undefined;
    }
    if (this.#epoch !== epoch) this.#begin(epoch);
    if (view.awayForMs() > 0) {
      // What happened while the store was away was not witnessed: a holder that only lost its store gets its time.
      this.#begin(epoch);
      return undefined;
    }
    const database = readDatabase(this.#deps.database, view.entries());
    if (database.malformed !== undefined) {
      this.#refusals.tell([{ ...unreadableRecord(policy, database.malformed), epoch }]);
      return undefined;
    }
    const isDone = await this.#decide(policy, epoch, database, signal);
    if (!isDone) return 0;
    const { state, primary } = database;
    const isBusy = state?.phase === 'ballot' || (state?.phase === 'steady' && primary === undefined);
    return isBusy ? BALLOT_TICK_MS : undefined;
  }

  #begin(epoch: bigint): void {
    this.#epoch = epoch;
    this.#hasSeenPrimary = false;
    this.#standing.keepOnly(new Set());
  }

  /** @returns true when there is nothing more to decide until something changes or time passes */
  async #decide(
    policy: Accepted<DatabaseFailover>,
    epoch: bigint,
    database: DatabaseView,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, wallMs } = this.#deps;
    const now = clock.nowMs();
    if (database.primary !== undefined) this.#hasSeenPrimary = true;
    const absentForMs = this.#standing.see('primary', database.primaryCreateRevision.toString(), now);
    const decision = decideArbiter({
      policy,
      state: database.state,
      primary: database.primary,
      primaryAbsentForMs: database.primary === undefined ? absentForMs : 0,
      absenceWitnessed: this.#hasSeenPrimary,
      members: database.members,
      stateStandingMs: this.#standing.see('state', database.stateRevision.toString(), now),
      order: database.order,
      orderStandingMs: this.#standing.see('order', database.orderRevision.toString(), now),
      hold: holdOver(`database/${this.#deps.database}`, this.#deps.holds(), wallMs()),
      wallMs: wallMs(),
      epoch,
    });
    if (decision.kind === 'wait') {
      this.#refusals.tell([...decision.refusals, ...unreadableOrder(policy, database)]);
      return true;
    }
    const { committed } = await this.#write(decision, epoch, database, signal);
    if (committed) for (const event of decision.events) this.#deps.record(event);
    return false;
  }

  /** The order goes with the write that obeys it, or alone when it is refused. */
  #write(
    decision: Exclude<ArbiterDecision, { kind: 'wait' }>,
    epoch: bigint,
    { stateRevision, orderRevision }: DatabaseView,
    signal: AbortSignal,
  ): Promise<TransactResult> {
    const key = databaseStateKey(this.#deps.database);
    const order = databaseOrderKey(this.#deps.database);
    const compares: Compare[] = [this.#deps.leadership.guard(epoch), { key, target: 'mod', equals: stateRevision }];
    const operations: Operation[] = [];
    if (decision.kind === 'write') {
      operations.push({ kind: 'put', key, value: databaseStateRecord.encode(decision.state) });
    }
    if (decision.kind === 'remove-order' || decision.obeysOrder === true) {
      compares.push({ key: order, target: 'mod', equals: orderRevision });
    }
    if (decision.kind === 'remove-order') operations.push(...refuseOperations(this.#deps.database, decision.refused));
    else if (decision.obeysOrder === true) operations.push({ kind: 'delete', key: order });
    return this.#deps.store.transact(compares, operations, signal);
  }
}
