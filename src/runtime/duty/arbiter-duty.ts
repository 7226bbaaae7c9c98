/**
 * The work of the arbiter for one database: see the state, the primary key and the members, let the core decide, and
 * write at most one new state, guarded by the own election and by the state's revision. It opens and closes nothing
 * itself; killed at any point, its successor goes on from what stands in the store (I10). Who only stands for the arbiter
 * sees the same, so that its first look after the election is not the first one; it writes and tells nothing.
 */
import type { Clock } from '../../core/clock.ts';
import { decideArbiter } from '../../core/database/arbiter.ts';
import type { ArbiterDecision } from '../../core/database/arbiter-snapshot.ts';
import type { NewEvent } from '../../core/event.ts';
import { type Hold, holdOver } from '../../core/holds.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import type { Instant } from '../../core/time.ts';
import { databaseStateRecord } from '../../store/database-records.ts';
import { databaseOrderKey, databaseStateKey } from '../../store/keys.ts';
import type { Compare, Operation, Store, TransactResult } from '../../store/store.ts';
import { ArbiterSight, type Sighting } from './arbiter-sight.ts';
import { type DatabaseView, readDatabase } from './database-view.ts';
import { refuseOperations } from './order-refusal.ts';
import { RefusalLog } from './refusal-log.ts';
import type { DatedView } from './store-view.ts';
import { unreadableOrder, unreadableRecord } from './unreadable-record.ts';

/** The arbiter's own right, as its election tells it. */
export interface Leadership {
  /** Undefined while this agent is not elected, or its lease's deadline has passed. */
  epoch(): bigint | undefined;
  /** The condition that makes a write count only while this epoch leads; goes into every write. */
  guard(epoch: bigint): Compare;
}

/** Whoever stands for the arbiter, elected or not. */
export interface Candidate extends Leadership {
  /** Since when this agent has reached the store's majority without a break; undefined while it does not. */
  contactSince(): Instant | undefined;
}

export interface ArbiterDutyDeps {
  readonly database: string;
  readonly policy: () => Accepted<DatabaseFailover> | undefined;
  readonly holds: () => readonly Hold[];
  readonly view: DatedView;
  readonly store: Store;
  readonly leadership: Candidate;
  readonly record: (event: NewEvent) => void;
  readonly clock: Clock;
  readonly wallMs: () => number;
}

/** While a ballot is open its timeouts are looked at this often; answers wake the tick anyway. */
const BALLOT_TICK_MS = 250;
/** A list takes a round trip and wakes nobody if it finds nothing new; one that fails makes the view away. */
const READING_MS = 20;

export class ArbiterDuty {
  readonly #deps: ArbiterDutyDeps;
  readonly #sight = new ArbiterSight();
  /** The epoch under which the refusals were told; a new leadership has told nothing. */
  #epoch: bigint | undefined;
  #refusals: RefusalLog;
  /** What the view was last read again for. */
  #readFor: string | undefined;

  constructor(deps: ArbiterDutyDeps) {
    this.#deps = deps;
    this.#refusals = new RefusalLog(deps.record);
  }

  /** @returns in how many ms it wants to be called again at the latest; undefined if only a change matters */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    const { leadership, policy: policyOf, view, clock, record } = this.#deps;
    const epoch = leadership.epoch();
    if (this.#epoch !== epoch) this.#refusals = new RefusalLog(record);
    this.#epoch = epoch;
    const since = leadership.contactSince();
    const policy = policyOf();
    if (policy === undefined || since === undefined || view.awayForMs() > 0) {
      // What happened while the store was away was not witnessed: a holder that only lost its store gets its time.
      this.#sight.forget();
      return undefined;
    }
    if (!this.#isReadSince(since, epoch)) return READING_MS;
    const database = readDatabase(this.#deps.database, view.entries());
    if (database.malformed !== undefined) {
      if (epoch !== undefined) this.#refusals.tell([{ ...unreadableRecord(policy, database.malformed), epoch }]);
      return undefined;
    }
    const seen = this.#sight.see(database, since, clock.nowMs());
    if (epoch === undefined) return undefined;
    const isDone = await this.#decide(policy, epoch, { database, seen }, signal);
    if (!isDone) return 0;
    const { state, primary } = database;
    const isBusy = state?.phase === 'ballot' || (state?.phase === 'steady' && primary === undefined);
    return isBusy ? BALLOT_TICK_MS : undefined;
  }

  /**
   * A watch may have been quiet while the store was out of reach, or when the last arbiter wrote: what it shows counts
   * once it was read after that.
   */
  #isReadSince(since: Instant, epoch: bigint | undefined): boolean {
    const { view } = this.#deps;
    if (view.readAt !== undefined && view.readAt >= since && view.revision >= (epoch ?? 0n)) return true;
    const readFor = `${since} ${epoch}`;
    if (this.#readFor !== readFor) view.refresh();
    this.#readFor = readFor;
    return false;
  }

  /** @returns true when there is nothing more to decide until something changes or time passes */
  async #decide(
    policy: Accepted<DatabaseFailover>,
    epoch: bigint,
    { database, seen }: { readonly database: DatabaseView; readonly seen: Sighting },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { wallMs } = this.#deps;
    const decision = decideArbiter({
      ...seen,
      policy,
      state: database.state,
      primary: database.primary,
      members: database.members,
      order: database.order,
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
