/**
 * Carries out what the core decided for this node's server. Each action is idempotent and verified by the port it
 * uses; an action that was overtaken by a change in the store reports `false`, and the next tick decides anew.
 */

import type { DatabaseServer, ServerProcess } from '../../actuator/database-server.ts';
import { assertNever } from '../../core/assert-never.ts';
import { fenceFacts } from '../../core/database/fences.ts';
import type { MemberAction, MemberSnapshot } from '../../core/database/member-snapshot.ts';
import type { ExclusionCode } from '../../core/database/state.ts';
import { handedOver, isSwitchover } from '../../core/database/switchover-ballot.ts';
import type { NewEvent } from '../../core/event.ts';
import { allEnded } from '../all-ended.ts';
import { AckerActions } from './acker-actions.ts';
import type { DatabaseView } from './database-view.ts';
import type { MemberAnswers } from './member-answers.ts';
import type { NotesKeeper } from './notes-keeper.ts';
import type { PrimaryRight } from './primary-right.ts';
import type { ServerCloser } from './server-closer.ts';

export interface MemberActionsDeps {
  readonly server: DatabaseServer;
  readonly process: ServerProcess;
  readonly right: PrimaryRight;
  readonly closer: ServerCloser;
  readonly answers: MemberAnswers;
  readonly notes: NotesKeeper;
  readonly record: (event: NewEvent) => void;
  /** Ends the right while the server stays open: the dead man's switch first, then the lease. */
  readonly letGo: () => Promise<void>;
  /** Wall clock, for the write-probe row. */
  readonly wallMs: () => number;
}

export class MemberActions {
  readonly #deps: MemberActionsDeps;
  readonly #ackers: AckerActions;

  constructor(deps: MemberActionsDeps) {
    this.#deps = deps;
    this.#ackers = new AckerActions(deps);
  }

  /** @returns true if it was done, false if it was overtaken. @throws when the server or the store failed */
  async run(action: MemberAction, snapshot: MemberSnapshot, view: DatabaseView, signal: AbortSignal): Promise<boolean> {
    const { server, process, right, closer, answers, notes } = this.#deps;
    switch (action.kind) {
      case 'none':
        await right.letGo();
        return true;
      case 'demote':
        await closer.close(action.cause, snapshot);
        return true;
      case 'kill':
        return done(process.kill(signal));
      case 'take-key':
        return this.#takeKey(snapshot, action, view, signal);
      case 'issue-receipt':
        return right.giveUp(view, action.state, signal);
      case 'start-server':
        await notes.startsServer();
        await process.start(action.role, signal);
        this.#record(snapshot, 'database:member:started', `mariadbd was started in role ${action.role}`);
        return true;
      case 'answer':
        answers.give(await answers.look(snapshot, action, signal));
        return true;
      case 'freeze':
        return this.#freeze(snapshot, action.term, signal);
      case 'drain':
        return this.#drain(snapshot, action, signal);
      case 'open':
        return this.#open(snapshot, action, signal);
      case 'close-ballot':
        await this.#ackers.prove(snapshot, signal);
        return right.writeState(view, action.state, signal);
      case 'stop-receiving':
        return done(server.stopReceiving(signal));
      case 'note-line':
        return done(notes.followed(action.term));
      case 'follow': {
        const { source, demote, acknowledge } = action;
        if (snapshot.rebuild === undefined && !(await this.#joinsLine(snapshot, signal))) return false;
        notes.repointsServer();
        await server.follow({ host: source.address, port: source.port, demote, acknowledge }, signal);
        return true;
      }
      case 'quarantine':
        await notes.quarantine(action.term);
        return done(server.stopReceiving(signal));
      case 'write-state':
        return right.writeState(view, action.state, signal);
      case 'let-go':
        return done(this.#deps.letGo());
      case 'hand-over':
        return this.#handOver(snapshot, action, view, signal);
      case 'refuse-order':
        return right.refuseOrder(view, action.refused, signal);
      case 'end-waiting':
        return done(server.endWaiting(action, signal));
      case 'set-wait-for-ack':
        return done(server.setWaitForAck(action.waitForAck, signal));
      case 'claim':
        return this.#ackers.claim(snapshot, action, view, signal);
      case 'shut-out':
        return this.#ackers.shutOut(snapshot, action, view, signal);
      case 'let-in':
        return this.#ackers.letIn(action, view, signal);
      default:
        return assertNever(action);
    }
  }

  /** The closed server of a candidate is made ready meanwhile; what fails of that is done again when it is opened. */
  async #takeKey(
    snapshot: MemberSnapshot,
    { term, state }: MemberAction & { kind: 'take-key' },
    view: DatabaseView,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { server, right, notes } = this.#deps;
    const taken = right.take(view, this.#keyOf(snapshot, term), state);
    const ballot = snapshot.state?.ballot;
    if (ballot?.step !== 'drain') return taken;
    const ready = server.prepareOpening({ waitForAck: false }, signal).catch(() => {});
    // It has all that the closed primary had, and nothing else: it is of this term's line, whichever of the two opens.
    const noted = isSwitchover(ballot) ? notes.followed(term) : undefined;
    return (await allEnded([taken, ready, noted]))[0];
  }

  #keyOf(snapshot: MemberSnapshot, term: bigint) {
    const serverInvocation = snapshot.server.invocation;
    if (serverInvocation === undefined) throw new Error('the key would name a server that does not run');
    return { node: snapshot.node, term, bootId: snapshot.bootId, serverInvocation };
  }

  /** The note says that the server was judged: what has come since the look that was judged is looked at anew. */
  async #joinsLine({ state, notes, server: { look } }: MemberSnapshot, signal: AbortSignal): Promise<boolean> {
    if (state === undefined || look === undefined) return false;
    if (notes.followedTerm === state.term && notes.quarantinedAt === undefined) return true;
    const { binlogState, replication } = look;
    const seen = { binlogState, mayForget: replication?.drained === false };
    if (!(await this.#deps.server.standStill(seen, signal))) return false;
    await this.#deps.notes.followed(state.term);
    return true;
  }

  /** Note on disk first, then stop receiving, then answer: a restart in between finds the note. */
  async #freeze(snapshot: MemberSnapshot, term: bigint, signal: AbortSignal): Promise<boolean> {
    await this.#deps.notes.sawTerm(term);
    await this.#deps.server.stopReceiving(signal);
    this.#deps.answers.give(await this.#deps.answers.look(snapshot, { step: 'freeze', term, order: null }, signal));
    this.#record(snapshot, 'database:member:frozen', `receiving stopped for the ballot of term ${term}`);
    return true;
  }

  async #drain(
    snapshot: MemberSnapshot,
    action: MemberAction & { kind: 'drain' },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { answers, right } = this.#deps;
    const before = snapshot.server.look;
    if (before === undefined) return false;
    let failure: ExclusionCode | null = null;
    if (before.replication !== null) {
      if (before.replication.applyError !== null) failure = 'SqlError';
      else if (!before.replication.drained) return false;
      else await allEnded([this.#detach(action.catchUp, signal), right.makeReady()]);
    }
    const answer = await answers.look(snapshot, { step: 'drain', term: action.term, order: null }, signal);
    answers.give(failure === null ? answer : { ...answer, ok: false, excluded: failure });
    this.#record(snapshot, 'database:member:drained', `applied up to ${answer.appliedPos}, detached`);
    return true;
  }

  async #detach(catchUp: (MemberAction & { kind: 'drain' })['catchUp'], signal: AbortSignal): Promise<void> {
    const { server } = this.#deps;
    if (catchUp !== null) {
      const { from, until } = catchUp;
      await server.catchUp({ host: from.address, port: from.port, until }, signal);
    }
    await server.detach(signal);
  }

  /** Closed first, so that the position is the last one; a server that had to be killed gets a receipt, and a ballot. */
  async #handOver(
    snapshot: MemberSnapshot,
    action: MemberAction & { kind: 'hand-over' },
    view: DatabaseView,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { server, process, right, closer } = this.#deps;
    const { state } = snapshot;
    if (state === undefined || !(await right.mayHandOver(view, signal))) return false;
    await closer.close(action.cause, snapshot);
    if ((await process.invocation(signal)) !== state.primaryInvocation) return false;
    const closed = await server.look(signal);
    if (!closed.readOnly) return false;
    return right.handOver(view, handedOver(snapshot, state, action, closed.binlogPos), signal);
  }

  /** The right is asked again right before and right after: opening takes time, and the deadline does not wait. */
  async #open(
    snapshot: MemberSnapshot,
    action: MemberAction & { kind: 'open' },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { server, right, closer, notes } = this.#deps;
    const term = snapshot.state?.term;
    if (term === undefined || !right.hasKey(term)) return false;
    await notes.followed(term);
    // An agent that is killed in the middle of this leaves an open server: its end has to be ordered before.
    right.arm();
    try {
      await server.open({ waitForAck: action.waitForAck }, signal);
    } catch (error) {
      // It may be open all the same, and the fence may have passed before it was.
      if (!right.hasKey(term)) await closer.close('the deadline passed while the server was being opened', snapshot);
      throw error;
    }
    if (!right.hasKey(term)) {
      await closer.close('the deadline passed while the server was being opened', snapshot);
      return false;
    }
    this.#record(
      snapshot,
      'database:primary:opened',
      `${snapshot.node} is open for writing under term ${term}`,
      action.cause,
    );
    return true;
  }

  #record(snapshot: MemberSnapshot, name: NewEvent['name'], message: string, cause?: string): void {
    const term = snapshot.state?.term;
    const fences = snapshot.state?.ballot?.fences ?? [];
    this.#deps.record({
      name,
      subject: snapshot.policy.policy.name,
      message,
      cause: cause ?? snapshot.state?.ballot?.cause ?? `term ${term}`,
      policyRevision: snapshot.policy.revision,
      ...(term === undefined ? {} : { epoch: term }),
      ...(fences.length === 0 ? {} : { facts: { fences: fenceFacts(fences) } }),
    });
  }
}

const done = (work: Promise<void>): Promise<true> => work.then(() => true);
