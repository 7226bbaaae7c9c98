/**
 * The work of a db agent for an order to rebuild its own server: find out where it stands, let the core say what comes
 * next, do that, and say in the order how far it is. Copying runs beside the ticks, so that a cancelled order ends it.
 */
import { ServerRefused } from '../../actuator/database-server.ts';
import type { Clock } from '../../core/clock.ts';
import { isCopyErrant } from '../../core/database/member-replica.ts';
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import { obstaclesTo } from '../../core/database/rebuild.ts';
import type { RebuildOrder } from '../../core/database/rebuild-order.ts';
import {
  type DiskLook,
  nextRebuildAction,
  type RebuildAction,
  type RebuildFacts,
  type RebuildHold,
  type RebuildJournal,
  rebuildHold,
} from '../../core/database/rebuild-steps.ts';
import type { NewEvent } from '../../core/event.ts';
import type { Hold } from '../../core/holds.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import type { Instant } from '../../core/time.ts';
import type { Store } from '../../store/store.ts';
import { type DatabaseView, readDatabase } from './database-view.ts';
import type { RebuildJournalStore } from './rebuild-journal.ts';
import { RebuildProgress } from './rebuild-progress.ts';
import { RebuildSteps } from './rebuild-steps.ts';
import type { RebuildDisk, RebuildWork } from './rebuild-work.ts';
import type { StoreView } from './store-view.ts';

export interface RebuildDutyDeps {
  readonly node: string;
  readonly database: string;
  readonly policy: () => Accepted<DatabaseFailover> | undefined;
  readonly view: StoreView;
  /** The operator's hold over this database, if one stands. */
  readonly hold: () => Hold | undefined;
  /** What the member's duty saw last. */
  readonly seen: () => MemberSnapshot | undefined;
  /** False while something that only this server has is not exported. */
  readonly isExported: () => boolean;
  readonly journal: RebuildJournalStore;
  readonly disk: RebuildDisk;
  readonly work: RebuildWork;
  readonly tools: ConstructorParameters<typeof RebuildSteps>[0]['tools'];
  readonly store: Store;
  readonly record: (event: NewEvent) => void;
  readonly clock: Clock;
  readonly wallMs: () => number;
  /** The member's duty decides anew: the server is its own again, or no longer. */
  readonly wake: () => void;
}

/** While something is under way. Progress is written less often; see `RebuildProgress`. */
const BUSY_MS = 500;
const AFTER_FAILURE_MS = 5_000;

export class RebuildDuty {
  readonly #deps: RebuildDutyDeps;
  readonly #progress: RebuildProgress;
  readonly #steps: RebuildSteps;
  #isLoaded = false;
  #journal: RebuildJournal | undefined;
  #disk: DiskLook | undefined;
  #joiningSince: Instant | undefined;
  #running: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;
  #failedAt: Instant | undefined;

  constructor(deps: RebuildDutyDeps) {
    this.#deps = deps;
    this.#progress = new RebuildProgress(deps);
    this.#steps = new RebuildSteps({ ...deps, progress: this.#progress });
  }

  /** How a rebuild stands to the member's own work. Until the journal was read, the server may be a rebuild's. */
  get hold(): RebuildHold {
    return this.#isLoaded ? rebuildHold(this.#journal, this.#disk) : 'taken';
  }

  get isUnderWay(): boolean {
    return this.#journal !== undefined && this.#journal.ended === null;
  }

  /** Finds out whether an earlier process left something. Must be called before the member's duty decides anything. */
  async load(): Promise<void> {
    if (this.#isLoaded) return;
    const journal = await this.#deps.journal.read();
    if (journal !== undefined) this.#disk = await this.#deps.disk.look(journal.id);
    this.#journal = journal;
    this.#isLoaded = true;
  }

  /**
   * One round.
   * @returns in how many ms it wants to be called again at the latest; undefined if only a change matters
   */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    await this.load();
    const policy = this.#deps.policy();
    if (policy === undefined) return undefined;
    const view = readDatabase(this.#deps.database, this.#deps.view.entries());
    const found = this.#progress.see(view);
    if (found === 'stale') return BUSY_MS;
    const order = found?.order;
    if (this.#journal === undefined && order?.phase !== 'ordered') return undefined;
    if (this.#failedAt !== undefined && this.#deps.clock.nowMs() - this.#failedAt < AFTER_FAILURE_MS) return BUSY_MS;
    const facts = await this.#facts(policy, view, order, signal);
    const action = nextRebuildAction(facts);
    if (this.#running !== undefined) {
      if (action.kind === 'turn-back') this.#running.abort.abort(new Error(action.why));
      else await this.#progress.tell({ phase: facts.disk.incoming === 'received' ? 'prepare' : 'receive' }, signal);
      return BUSY_MS;
    }
    const before = this.#journal;
    await this.#perform(action, facts, policy, signal);
    return this.#journal === undefined ? undefined : this.#journal === before ? BUSY_MS : 0;
  }

  /** Ends what runs; the next process goes on from what it finds. */
  async stop(): Promise<void> {
    this.#running?.abort.abort(new Error('the agent stops'));
    await this.#running?.ended;
  }

  async #facts(
    policy: Accepted<DatabaseFailover>,
    view: DatabaseView,
    order: RebuildOrder | undefined,
    signal: AbortSignal,
  ): Promise<RebuildFacts> {
    const { node, disk, tools, clock } = this.#deps;
    const journal = this.#journal;
    const id = journal?.id ?? order?.id ?? '';
    this.#disk = await disk.look(id);
    const invocation = await tools.invocation(signal);
    const asked = order?.id === id ? order : undefined;
    const question = {
      policy: policy.policy,
      state: view.state,
      hasPrimary: view.primary !== undefined,
      members: view.members,
      hold: this.#deps.hold(),
      node,
      from: journal?.from ?? order?.from,
      isForced: asked?.isForced ?? false,
    };
    return {
      order,
      journal,
      disk: this.#disk,
      isStoreAway: this.#deps.view.awayForMs() > 0 || view.malformed !== undefined,
      term: view.state?.term,
      obstacles: [...obstaclesTo(question, journal !== undefined), ...this.#notExported(asked, journal)],
      isServerRunning: invocation !== undefined,
      isFollowing: invocation !== undefined && this.#isFollowing(policy.policy, view, invocation),
      joiningForMs: this.#joiningSince === undefined ? 0 : clock.nowMs() - this.#joiningSince,
      isNoted: journal !== undefined && this.#isNoted(journal),
    };
  }

  /** Only asked before it begins: later the old data, with its logs, is kept anyway. */
  #notExported(order: RebuildOrder | undefined, journal: RebuildJournal | undefined): readonly string[] {
    if (journal !== undefined || order?.isForced === true || this.#deps.isExported()) return [];
    return ['what only this server has is not exported yet; wait for database:member:exported, or say --yes'];
  }

  /** By a look at the very server that runs now; one at its predecessor says nothing. */
  #isFollowing(policy: DatabaseFailover, view: DatabaseView, invocation: string): boolean {
    const server = this.#deps.seen()?.server;
    const replication = server?.look?.replication;
    const source = policy.members.find((member) => member.node === view.state?.primary);
    if (server?.invocation !== invocation || replication == null || source === undefined) return false;
    const isSource = replication.sourceHost === source.address && replication.sourcePort === source.port;
    return isSource && replication.receiving && replication.applying;
  }

  #isNoted({ term }: RebuildJournal): boolean {
    const seen = this.#deps.seen();
    if (seen === undefined) return false;
    const { quarantinedAt, followedTerm } = seen.notes;
    return quarantinedAt === undefined ? followedTerm !== undefined && followedTerm >= term : isCopyErrant(seen);
  }

  async #perform(
    action: RebuildAction,
    facts: RebuildFacts,
    policy: Accepted<DatabaseFailover>,
    signal: AbortSignal,
  ): Promise<void> {
    if (action.kind === 'receive' || action.kind === 'prepare') {
      this.#inBackground((abort) => this.#step(action, facts, policy, abort));
      return;
    }
    await this.#step(action, facts, policy, signal);
  }

  #inBackground(run: (signal: AbortSignal) => Promise<void>): void {
    const abort = new AbortController();
    const ended = run(abort.signal).finally(() => {
      this.#running = undefined;
      this.#deps.wake();
    });
    this.#running = { abort, ended };
  }

  /** A failure is counted, not thrown: whether the way forward is closed is the core's word. */
  async #step(
    action: RebuildAction,
    facts: RebuildFacts,
    policy: Accepted<DatabaseFailover>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const journal = await this.#steps.run(action, facts, policy, signal);
      if (journal?.isPositioned === true) this.#joiningSince ??= this.#deps.clock.nowMs();
      else this.#joiningSince = undefined;
      this.#journal = journal;
      if (journal !== undefined) this.#disk = await this.#deps.disk.look(journal.id);
      this.#failedAt = undefined;
      if (action.kind !== 'none') this.#deps.wake();
    } catch (error) {
      await this.#failed(action, facts, policy, error, signal);
    }
  }

  async #failed(
    { kind }: RebuildAction,
    { journal, order }: RebuildFacts,
    policy: Accepted<DatabaseFailover>,
    error: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const why = `${kind}: ${error instanceof Error ? error.message : String(error)}`;
    if (journal === undefined) {
      if (order !== undefined) await this.#steps.refuse(order, why, policy, signal);
      return;
    }
    this.#failedAt = this.#deps.clock.nowMs();
    // What the node itself refuses does not get better by trying again.
    const failures =
      error instanceof ServerRefused && error.code === 'NotGranted' ? Number.MAX_SAFE_INTEGER : journal.failures + 1;
    this.#journal = { ...journal, failures };
    await this.#deps.journal.write(this.#journal);
    await this.#progress.tell({ detail: why }, signal);
  }
}
