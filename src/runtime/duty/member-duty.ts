/**
 * The work of a db agent for one database: look at the own server and at the store, let the core decide, do one thing,
 * tell the store what is. Beside the ticks runs the first fence: at the deadline of its right the server is closed,
 * whatever a tick is waiting for at that moment (F1).
 */
import { mayProbe } from '../../core/database/last-word.ts';
import { decideMember } from '../../core/database/member.ts';
import type { MemberAction, MemberSnapshot } from '../../core/database/member-snapshot.ts';
import type { PromiseAnswer, PromiseRequest } from '../../core/database/promise.ts';
import { isBystander } from '../../core/database/switchover-ballot.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import { allEnded } from '../all-ended.ts';
import { AckerSight } from './acker-sight.ts';
import { type DatabaseView, findState, readDatabase } from './database-view.ts';
import { DeadlineFence } from './deadline-fence.ts';
import { lookAt } from './look-at.ts';
import { MemberActions } from './member-actions.ts';
import { MemberAnswers } from './member-answers.ts';
import type { MemberDutyDeps } from './member-duty-deps.ts';
import { type MemberNotes, noNotes } from './member-notes.ts';
import { OwnRecord } from './member-record.ts';
import { areMemberWords } from './member-words.ts';
import { NotesKeeper } from './notes-keeper.ts';
import { OrderSight } from './order-sight.ts';
import { AGAIN_AFTER_MS, writeHold } from './orderly-hold.ts';
import { PromiseGiver, whenDue } from './promise-giver.ts';
import { PromiseNotice } from './promise-notice.ts';
import { RefusalLog } from './refusal-log.ts';
import { ServerCloser } from './server-closer.ts';
import { SilenceSight } from './silence-sight.ts';
import { Standing } from './standing.ts';
import { SwitchKeeper } from './switch-keeper.ts';
import { unreadableRecord } from './unreadable-record.ts';
import { WriteProbeWriter } from './write-probe-writer.ts';

/** What is nothing but a write of the state, guarded by what the view shows. */
const WRITES: ReadonlySet<string> = new Set<MemberAction['kind']>(['take-key', 'write-state', 'close-ballot']);

/**
 * Clients wait for the end of these, and nobody waits to hear of them: what the server is then is told by the first round
 * that does something else.
 */
const HURRIED: ReadonlySet<string> = new Set<MemberAction['kind']>([
  'demote',
  'hand-over',
  'drain',
  'take-key',
  'open',
]);

export class MemberDuty {
  readonly #deps: MemberDutyDeps;
  readonly #closer: ServerCloser;
  readonly #answers: MemberAnswers;
  readonly #notes: NotesKeeper;
  readonly #actions: MemberActions;
  readonly #writer: WriteProbeWriter;
  readonly #switch: SwitchKeeper;
  readonly #fence: DeadlineFence;
  readonly #standing = new Standing();
  readonly #ackers: AckerSight;
  readonly #orders: OrderSight;
  readonly #refusals: RefusalLog;
  readonly #giver: PromiseGiver;
  readonly #silence: SilenceSight;
  readonly #own: OwnRecord;
  readonly #notice: PromiseNotice;
  #last: MemberSnapshot | undefined;

  constructor(deps: MemberDutyDeps) {
    this.#deps = deps;
    this.#closer = new ServerCloser(deps);
    this.#answers = new MemberAnswers(deps);
    this.#notes = new NotesKeeper(deps.notes, deps.clock);
    this.#refusals = new RefusalLog(deps.record);
    this.#orders = new OrderSight(deps);
    this.#ackers = new AckerSight(deps);
    this.#writer = new WriteProbeWriter(deps);
    this.#own = new OwnRecord(deps);
    this.#giver = new PromiseGiver(deps);
    this.#silence = new SilenceSight(this.#giver);
    this.#notice = new PromiseNotice(deps.record);
    this.#switch = new SwitchKeeper(deps);
    this.#fence = new DeadlineFence({ ...deps, onReached: () => this.#atDeadline() });
    const beside = { closer: this.#closer, answers: this.#answers, notes: this.#notes, letGo: this.#switch.letGo };
    this.#actions = new MemberActions({ ...deps, ...beside });
  }

  /**
   * One round.
   * @returns in how many ms it wants to be called again at the latest; undefined if only a change matters
   * @throws what the server or the store threw; the caller's loop goes on with the next tick
   */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    const policy = this.#deps.policy();
    if (policy === undefined) return undefined;
    this.#switch.tell(policy);
    const view = readDatabase(this.#deps.database, this.#deps.view.entries());
    this.#deps.right.compareWith(view, this.#deps.view.revision);
    this.#switch.renewed();
    const [notes] = await Promise.allSettled([this.#notes.load()]);
    // Without notes nothing but closing is done.
    const snapshot = await this.#snapshot(policy, view, notes.status === 'fulfilled' ? notes.value : noNotes, signal);
    this.#last = snapshot;
    this.#fence.arm();
    this.#notice.see(snapshot, this.#deps.right.required);
    this.#switch.settle(snapshot);
    // While a server is being opened its key is enough, and its clients wait for this process.
    if (snapshot.server.look?.readOnly === false) this.#deps.asker.hurry();
    const decision = decideMember(snapshot);
    const { kind } = decision.action;
    // Closing waits neither for the disk nor for the store; everything else waits for the disk. A drained server is committed
    // to nothing, and the taking of its key waits.
    if (kind !== 'demote' && notes.status === 'rejected') throw notes.reason;
    const noted = kind === 'demote' ? undefined : this.#notes.sawTerm(snapshot.state?.term ?? 0n);
    if (kind !== 'drain') await noted;
    this.#refusals.tell(view.malformed === undefined ? decision.refusals : [unreadableRecord(policy, view.malformed)]);
    const isHurried = HURRIED.has(kind);
    const told = isHurried ? Promise.resolve() : this.#own.publish(snapshot, this.#answers.given, signal);
    const [isDone] = await allEnded([this.#actions.run(decision.action, snapshot, view, signal), told, noted]);
    if (kind === 'none') return whenDue(snapshot);
    // Nobody else writes what the holder of the key writes, and it cannot be written: the view is an old one.
    if (!isDone && WRITES.has(kind)) this.#deps.view.refresh();
    if (isDone && kind === 'take-key') this.#notice.forget();
    if (isDone) for (const event of decision.events) this.#deps.record(event);
    this.#fence.arm();
    const known = { ...snapshot, notes: { ...snapshot.notes, ...this.#notes.known } };
    if (!isHurried) await this.#own.publish(known, this.#answers.given, signal);
    if (!isDone) return AGAIN_AFTER_MS;
    // The next thing that it has to do comes with the end of the switchover.
    return kind === 'hand-over' ? undefined : 0;
  }

  /** What the last round saw; undefined before the first one. */
  get seen(): MemberSnapshot | undefined {
    return this.#last;
  }

  /**
   * False if what changed can wait for the next round: what the others say, for a replica that goes its way, and everything
   * for a member that only looks on at a switchover. A round of it would take from a busy machine what the others need.
   * @param keys - as a mirror tells what changed
   */
  wants(keys: readonly string[] | undefined): boolean {
    const { database, node, view, rebuild } = this.#deps;
    if (keys === undefined || rebuild().isUnderWay) return true;
    const state = findState(database, view.entries());
    if (state !== undefined && isBystander(state, node)) return false;
    const isReplica = this.#last?.server.look?.replication != null && this.#last.state?.primary !== node;
    return !isReplica || !areMemberWords(keys);
  }

  /** The lease was renewed, or a promise given: the dead man's switch is told of the new deadline. */
  renewed(): void {
    this.#switch.renewed();
  }

  /** Open for writing, by right. */
  get isPrimary(): boolean {
    return this.#deps.right.isAlive;
  }

  /** Another agent asks for this member's word. */
  promise(request: PromiseRequest): PromiseAnswer {
    return this.#giver.answer(request, this.#last);
  }

  /** Writes the next write-probe row if this node is the open primary, and looks for new rows if it is not. */
  async probeWrites(signal: AbortSignal): Promise<void> {
    const snapshot = this.#last;
    if (snapshot?.server.invocation === undefined) return;
    const { look } = snapshot.server;
    const term = snapshot.state?.term;
    // Also while it answers nothing: that a write fails then is what makes it hang.
    if (term !== undefined && this.#deps.right.holds(term) && look?.readOnly !== true) {
      const isAllowed = mayProbe(snapshot.policy.policy, this.#deps.right.remainingMs);
      if (isAllowed) await this.#writer.write(term, signal);
      return;
    }
    this.#writer.forget();
    if (look?.readOnly === true) await this.#answers.followWrites(signal);
  }

  /**
   * Ends the duty in order. A primary writes a hold into the state first, so that no ballot opens while its agent is
   * away, and its server stays open (I6). If the hold cannot be written the right is given up: the server is closed.
   * @param options.hostStops its server goes down with it: it is closed and the key given away, for a successor at once
   */
  async stopInOrder({ hostStops }: { readonly hostStops: boolean }): Promise<void> {
    const { right, server, asker } = this.#deps;
    asker.stop();
    const hasRight = right.isAlive;
    const isHeld = hasRight && !hostStops && (await writeHold(this.#deps));
    const why = hostStops ? 'its host shuts down' : 'the agent stops and could not write a hold';
    if (hasRight && !isHeld && this.#last !== undefined) await this.#closer.close(why, this.#last);
    this.#fence.cancel();
    await this.#closer.idle();
    await this.#switch.end(isHeld, async () => {
      if (hostStops) await Promise.all([asker.release(), right.forget()]);
      else await right.leave();
    });
    await server.end();
  }

  #atDeadline(): void {
    const context = this.#last;
    if (context === undefined) return;
    const { missing } = this.#deps.right;
    const also = missing.length === 0 ? '' : `, and ${missing.join(', ')} did not promise to stay closed`;
    this.#closer.close(`the deadline of its lease was reached${also}`, context).then(this.#deps.wake, this.#deps.wake);
  }

  async #snapshot(
    policy: Accepted<DatabaseFailover>,
    view: DatabaseView,
    notes: MemberNotes,
    signal: AbortSignal,
  ): Promise<MemberSnapshot> {
    const { node, bootId, right, process, clock } = this.#deps;
    const invocation = await process.invocation(signal);
    this.#answers.speakFor(invocation);
    const look = invocation === undefined ? undefined : await lookAt(this.#deps.server, signal);
    const now = clock.nowMs();
    return {
      ...this.#orders.of(view),
      node,
      bootId,
      policy,
      storeAwayForMs: this.#deps.view.awayForMs(),
      state: view.malformed === undefined ? view.state : undefined,
      primary: view.primary,
      members: view.members,
      holdsRights: view.state !== undefined && right.hasKey(view.state.term),
      promisedForMs: right.promisedForMs,
      ownPromiseForMs: this.#giver.boundForMs(policy.policy.ttlMs),
      ...this.#silence.see(view.state, look, now),
      server: { invocation, look },
      answered: this.#answers.given,
      stateStandingMs: this.#standing.see('state', view.stateRevision, now),
      ackersLostForMs: this.#ackers.lostForMs(view, now),
      appliedBy: right.appliedBy,
      ...this.#writer.standing,
      rebuild: this.#deps.rebuild().hold,
      notes: { ...notes, ...this.#notes.lately },
      wallMs: this.#deps.wallMs(),
    };
  }
}
