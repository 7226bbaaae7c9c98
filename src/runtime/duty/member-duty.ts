/**
 * The work of a db agent for one database: look at the own server and at the store, let the core decide, do one thing,
 * tell the store what is. Beside the ticks runs the first fence: at the deadline of its lease the server is closed,
 * whatever a tick is waiting for at that moment (F1).
 */
import { type DatabaseServer, type ServerProcess, ServerUnreachable } from '../../actuator/database-server.ts';
import type { Clock, Timer, Timers } from '../../core/clock.ts';
import { decideMember } from '../../core/database/member.ts';
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import type { RebuildHold } from '../../core/database/rebuild-steps.ts';
import type { ServerLook } from '../../core/database/server-look.ts';
import type { MemberRecord } from '../../core/database/state.ts';
import type { NewEvent } from '../../core/event.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import { type DatabaseView, readDatabase } from './database-view.ts';
import { MemberActions } from './member-actions.ts';
import { MemberAnswers } from './member-answers.ts';
import type { MemberNotes, NotesStore } from './member-notes.ts';
import { memberRecordOf } from './member-record.ts';
import { NotesKeeper } from './notes-keeper.ts';
import type { PrimaryRight } from './primary-right.ts';
import { RefusalLog } from './refusal-log.ts';
import { ServerCloser } from './server-closer.ts';
import { Standing } from './standing.ts';
import type { StoreView } from './store-view.ts';
import { unreadableRecord } from './unreadable-record.ts';
import { WriteProbeWriter } from './write-probe-writer.ts';

export interface MemberDutyDeps {
  readonly node: string;
  readonly region: string;
  readonly bootId: string;
  readonly database: string;
  /** The policy in force; undefined while there is none. */
  readonly policy: () => Accepted<DatabaseFailover> | undefined;
  readonly view: StoreView;
  readonly right: PrimaryRight;
  readonly server: DatabaseServer;
  readonly process: ServerProcess;
  readonly notes: NotesStore;
  /** Puts the member's record under the agent's own lease; called only when it changed. */
  readonly publish: (record: MemberRecord, signal: AbortSignal) => Promise<void>;
  readonly record: (event: NewEvent) => void;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly wallMs: () => number;
  /** How a rebuild of this node's server stands to the duty, and whether one is under way at all. */
  readonly rebuild: () => { readonly hold: RebuildHold; readonly isUnderWay: boolean };
  /** Asks for another tick soon: the fence has closed the server. */
  readonly wake: () => void;
}

/** An action that was overtaken, or that is not finished, is decided anew after this. */
const AGAIN_AFTER_MS = 100;
/** Stands in for notes that cannot be read; nothing but closing is done with it. */
const NO_NOTES: MemberNotes = { highestTerm: 0n, quarantinedAt: undefined };

export class MemberDuty {
  readonly #deps: MemberDutyDeps;
  readonly #closer: ServerCloser;
  readonly #answers: MemberAnswers;
  readonly #notes: NotesKeeper;
  readonly #actions: MemberActions;
  readonly #writer: WriteProbeWriter;
  readonly #standing = new Standing();
  readonly #refusals: RefusalLog;
  #published = '';
  #last: MemberSnapshot | undefined;
  #fence: Timer | undefined;

  constructor(deps: MemberDutyDeps) {
    this.#deps = deps;
    this.#closer = new ServerCloser(deps);
    this.#answers = new MemberAnswers(deps);
    this.#notes = new NotesKeeper(deps.notes, deps.clock);
    this.#refusals = new RefusalLog(deps.record);
    this.#writer = new WriteProbeWriter(deps);
    this.#actions = new MemberActions({ ...deps, closer: this.#closer, answers: this.#answers, notes: this.#notes });
  }

  /**
   * One round.
   * @returns in how many ms it wants to be called again at the latest; undefined if only a change matters
   * @throws what the server or the store threw; the caller's loop goes on with the next tick
   */
  async tick(signal: AbortSignal): Promise<number | undefined> {
    const policy = this.#deps.policy();
    if (policy === undefined) return undefined;
    const view = readDatabase(this.#deps.database, this.#deps.view.entries());
    this.#deps.right.compareWith(view, this.#deps.view.revision);
    const [notes] = await Promise.allSettled([this.#notes.load()]);
    const snapshot = await this.#snapshot(policy, view, notes.status === 'fulfilled' ? notes.value : NO_NOTES, signal);
    this.#last = snapshot;
    this.#armFence();
    const decision = decideMember(snapshot);
    if (decision.action.kind !== 'demote') {
      // Closing waits neither for the disk nor for the store; everything else does.
      if (notes.status === 'rejected') throw notes.reason;
      if (snapshot.state !== undefined) await this.#notes.sawTerm(snapshot.state.term);
      await this.#publish(snapshot, view, signal);
    }
    if (view.malformed !== undefined) {
      this.#refusals.tell([unreadableRecord(policy, view.malformed)]);
      return undefined;
    }
    this.#refusals.tell(decision.refusals);
    const isDone = await this.#actions.run(decision.action, snapshot, view, signal);
    if (decision.action.kind === 'none') return undefined;
    if (isDone) for (const event of decision.events) this.#deps.record(event);
    this.#armFence();
    await this.#publish(snapshot, view, signal);
    return isDone ? 0 : AGAIN_AFTER_MS;
  }

  /** What the last round saw; undefined before the first one. */
  get seen(): MemberSnapshot | undefined {
    return this.#last;
  }

  /** True while this node is open for writing by right. */
  get isPrimary(): boolean {
    return this.#deps.right.isAlive;
  }

  /** Writes the next write-probe row if this node is the open primary, and looks for new rows if it is not. */
  async probeWrites(signal: AbortSignal): Promise<void> {
    const snapshot = this.#last;
    if (snapshot?.server.look === undefined) return;
    const term = snapshot.state?.term;
    if (term !== undefined && this.#deps.right.holds(term) && !snapshot.server.look.readOnly) {
      await this.#writer.write(term, signal);
    } else if (snapshot.server.look.readOnly) {
      await this.#answers.followWrites(signal);
    }
  }

  /**
   * Ends the duty in order. A primary writes a hold into the state first, so that no ballot opens while its agent is
   * away, and its server stays open (I6). If the hold cannot be written the right is given up: the server is closed.
   * @param options.hostStops the whole host goes down, its server with it: then the server is closed and the key given
   *   away, so that a successor is found at once, and no hold stands in the way of it
   */
  async stopInOrder({ hostStops }: { readonly hostStops: boolean }): Promise<void> {
    const { right, server } = this.#deps;
    if (right.isAlive) {
      const isHeld = !hostStops && (await this.#writeHold());
      const why = hostStops ? 'its host shuts down' : 'the agent stops and could not write a hold';
      if (!isHeld && this.#last !== undefined) await this.#closer.close(why, this.#last);
    }
    this.#fence?.cancel();
    await this.#closer.idle();
    await (hostStops ? right.forget() : right.leave());
    await server.end();
  }

  /** The view may be a write behind, and an answer may not come: it is tried again for as long as the right stands. */
  async #writeHold(): Promise<boolean> {
    const { right, view, database, node, wallMs, timers } = this.#deps;
    const hold = { owner: node, reason: 'the agent of the primary was stopped in order', sinceMs: wallMs() };
    while (right.isAlive) {
      const found = readDatabase(database, view.entries());
      if (found.state === undefined) return false;
      if (await right.writeState(found, { ...found.state, hold }).catch(() => false)) return true;
      await new Promise<void>((resolve) => timers.after(AGAIN_AFTER_MS, resolve));
    }
    return false;
  }

  /** A deadline that passed while the timer was kept waiting counts as reached, not as disarmed. */
  #armFence(): void {
    const wasArmed = this.#fence !== undefined;
    this.#fence?.cancel();
    this.#fence = undefined;
    const { right, timers } = this.#deps;
    if (right.isAlive) this.#fence = timers.after(right.remainingMs, () => this.#atDeadline());
    else if (wasArmed && right.hasLapsed) this.#atDeadline();
  }

  /** A renewal may have moved the deadline; only a deadline that is really reached closes the server. */
  #atDeadline(): void {
    this.#fence = undefined;
    if (this.#deps.right.isAlive) {
      this.#armFence();
      return;
    }
    const context = this.#last;
    if (context === undefined) return;
    this.#closer.close('the deadline of its lease was reached', context).then(this.#deps.wake, this.#deps.wake);
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
    const look = invocation === undefined ? undefined : await this.#look(signal);
    const now = clock.nowMs();
    const given = this.#answers.given;
    const acker = view.members.find((m) => m.node === view.state?.acker);
    const isAckerLost = view.state?.acker != null && acker?.follows !== node;
    const lostForMs = this.#standing.see('acker', `${view.state?.acker}/${isAckerLost}`, now);
    return {
      node,
      bootId,
      policy,
      storeAwayForMs: this.#deps.view.awayForMs(),
      state: view.malformed === undefined ? view.state : undefined,
      primary: view.primary,
      members: view.members,
      holdsRights: view.state !== undefined && right.holds(view.state.term),
      server: { invocation, look },
      answered: given === undefined ? undefined : { term: given.term, step: given.step },
      stateStandingMs: this.#standing.see('state', view.stateRevision.toString(), now),
      ackerLostForMs: isAckerLost ? lostForMs : 0,
      rebuild: this.#deps.rebuild().hold,
      notes: { ...notes, startedAgoMs: this.#notes.startedAgoMs },
      wallMs: this.#deps.wallMs(),
    };
  }

  async #look(signal: AbortSignal): Promise<ServerLook | undefined> {
    try {
      return await this.#deps.server.look(signal);
    } catch (error) {
      if (error instanceof ServerUnreachable) return undefined;
      throw error;
    }
  }

  async #publish(snapshot: MemberSnapshot, view: DatabaseView, signal: AbortSignal): Promise<void> {
    const record = memberRecordOf(snapshot, {
      region: this.#deps.region,
      answer: this.#answers.given,
      rebuilding: this.#deps.rebuild().isUnderWay,
    });
    const text = JSON.stringify(record, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
    const isThere = view.members.some((m) => m.node === snapshot.node) || snapshot.storeAwayForMs > 0;
    if (text === this.#published && isThere) return;
    await this.#deps.publish(record, signal);
    this.#published = text;
  }
}
