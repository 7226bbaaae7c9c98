/**
 * One step of a rebuild as the core decided it: what is done, what the journal says before and after, what is told.
 * The journal is written before anything that could not be found out by looking.
 */
import type { Clock } from '../../core/clock.ts';
import type { RebuildOrder, RebuildPhase } from '../../core/database/rebuild-order.ts';
import type { RebuildAction, RebuildFacts, RebuildJournal } from '../../core/database/rebuild-steps.ts';
import type { NewEvent } from '../../core/event.ts';
import type { Accepted, DatabaseFailover, DatabaseMember } from '../../core/policy.ts';
import type { RebuildJournalStore } from './rebuild-journal.ts';
import type { RebuildProgress } from './rebuild-progress.ts';
import type { RebuildDisk, RebuildTools, RebuildWork } from './rebuild-work.ts';

export interface RebuildStepsDeps {
  readonly node: string;
  readonly journal: RebuildJournalStore;
  readonly disk: RebuildDisk;
  readonly work: RebuildWork;
  readonly tools: Pick<RebuildTools, 'start' | 'setPosition' | 'invocation'>;
  readonly progress: RebuildProgress;
  readonly record: (event: NewEvent) => void;
  readonly clock: Clock;
  readonly wallMs: () => number;
}

type Policy = Accepted<DatabaseFailover>;

export class RebuildSteps {
  readonly #deps: RebuildStepsDeps;

  constructor(deps: RebuildStepsDeps) {
    this.#deps = deps;
  }

  /** @returns the journal as it is afterwards. @throws what the step failed with */
  async run(action: RebuildAction, facts: RebuildFacts, policy: Policy, signal: AbortSignal) {
    const { order, journal } = facts;
    if (journal !== undefined) return this.#carryOn(action, journal, policy, signal);
    if (order === undefined) return undefined;
    switch (action.kind) {
      case 'begin':
        return this.#begin(order, policy, signal);
      case 'refuse':
        await this.refuse(order, action.why, policy, signal);
        return undefined;
      case 'check': {
        const size = await this.#deps.work.check(order, sourceOf(policy, order.from), signal);
        this.#deps.progress.totalBytes = size;
        await this.#deps.progress.tell(
          { phase: 'done', detail: `it could be done: ${size} bytes from ${order.from}` },
          signal,
        );
        return undefined;
      }
      case 'discard-old':
        await this.#discardOld(order.id, policy);
        await this.#deps.progress.tell({ phase: 'done', detail: `${this.#deps.disk.aside} was removed` }, signal);
        return undefined;
      default:
        return undefined;
    }
  }

  async refuse(order: RebuildOrder, why: string, policy: Policy, signal: AbortSignal): Promise<void> {
    const { node, progress } = this.#deps;
    if (!(await progress.tell({ phase: 'refused', detail: why }, signal))) return;
    this.#record(
      policy,
      order.term,
      'database:rebuild:refused',
      `${node} is not rebuilt: ${why}`,
      `ordered by ${order.orderedBy}`,
    );
  }

  async #begin(order: RebuildOrder, policy: Policy, signal: AbortSignal): Promise<RebuildJournal | undefined> {
    const { work, progress, node, wallMs } = this.#deps;
    const size = await work.check(order, sourceOf(policy, order.from), signal);
    progress.bytes = 0;
    progress.totalBytes = size;
    const journal: RebuildJournal = {
      id: order.id,
      from: order.from,
      term: order.term,
      discardsOld: order.discardsOld,
      turnedBack: null,
      failures: 0,
      bytes: 0,
      startedAtMs: wallMs(),
      position: null,
      isPositioned: false,
      ended: null,
    };
    await this.#deps.journal.write(journal);
    await progress.tell({ phase: 'receive', detail: '' }, signal);
    const message = `${node} gets a copy of ${order.from}'s data (${size} bytes); its own is kept until that one replicates`;
    this.#record(policy, order.term, 'database:member:rebuilding', message, `ordered by ${order.orderedBy}`);
    return journal;
  }

  async #carryOn(action: RebuildAction, journal: RebuildJournal, policy: Policy, signal: AbortSignal) {
    const { work, tools, disk, progress } = this.#deps;
    switch (action.kind) {
      case 'receive': {
        progress.bytes = 0;
        const source = sourceOf(policy, journal.from);
        await work.receive(
          journal,
          source,
          (bytes) => {
            progress.bytes += bytes;
          },
          signal,
        );
        return this.#next(journal, { bytes: progress.bytes }, 'prepare', signal);
      }
      case 'prepare':
        return this.#next(journal, { position: await work.prepare(journal.id, signal) }, 'stop', signal);
      case 'stop':
        await work.stop(signal);
        return this.#next(journal, {}, journal.turnedBack === null ? 'swap' : 'undo', signal);
      case 'swap':
        await work.exchange('swap', signal);
        return this.#next(journal, {}, 'start', signal);
      case 'start':
        await tools.start('former', signal);
        return this.#next(journal, {}, journal.isPositioned ? 'join' : 'position', signal);
      case 'position': {
        const position = await tools.setPosition(journal.position ?? '', signal);
        return this.#next(journal, { position, isPositioned: true }, 'join', signal);
      }
      case 'turn-back':
        return this.#turnBack(journal, action.why, policy, signal);
      case 'swap-back':
        await work.exchange('swapBack', signal);
        return this.#next(journal, { isPositioned: false }, 'undo', signal);
      case 'discard-incoming':
        await disk.discardIncoming();
        return this.#next(journal, {}, 'undo', signal);
      case 'finish':
        return this.#finish(journal, action.outcome, policy, signal);
      default:
        return journal;
    }
  }

  async #next(journal: RebuildJournal, change: Partial<RebuildJournal>, phase: RebuildPhase, signal: AbortSignal) {
    const next: RebuildJournal = { ...journal, ...change, failures: 0 };
    await this.#deps.journal.write(next);
    await this.#deps.progress.tell(phase === 'undo' ? { phase } : { phase, detail: '' }, signal);
    return next;
  }

  async #turnBack(journal: RebuildJournal, why: string, policy: Policy, signal: AbortSignal) {
    const next = { ...journal, turnedBack: why, failures: 0 };
    await this.#deps.journal.write(next);
    const message = `the rebuild of ${this.#deps.node} goes back to the data that it had: ${why}`;
    this.#record(policy, journal.term, 'database:rebuild:turned', message, why);
    await this.#deps.progress.tell({ phase: 'undo', detail: why }, signal);
    return next;
  }

  /** What cannot be undone comes last: first it is remembered how it ended, then the marks and the old data go. */
  async #finish(journal: RebuildJournal, outcome: 'done' | 'undone', policy: Policy, signal: AbortSignal) {
    const { disk, progress, journal: store, node } = this.#deps;
    if (journal.ended === null) {
      const ended = { ...journal, ended: outcome };
      await store.write(ended);
      const [name, message] = this.#outcome(journal, outcome);
      this.#record(policy, journal.term, name, message, journal.turnedBack ?? `a copy of ${journal.from}`, {
        from: journal.from,
        bytes: journal.bytes,
        durationMs: this.#deps.wallMs() - journal.startedAtMs,
        position: journal.position,
      });
      return ended;
    }
    if (outcome === 'done') {
      await disk.adopt();
      if (journal.discardsOld) await this.#discardOld(journal.id, policy);
    }
    const kept = journal.discardsOld
      ? ''
      : `old data is kept in ${disk.aside}: regentctl database rebuild ${node} --discard-old`;
    const detail = outcome === 'done' ? kept : (journal.turnedBack ?? '');
    if (!(await progress.tell({ phase: outcome, detail }, signal))) return journal;
    await store.remove();
    return undefined;
  }

  #outcome(journal: RebuildJournal, outcome: 'done' | 'undone'): readonly [NewEvent['name'], string] {
    const { node, wallMs, disk } = this.#deps;
    if (outcome === 'undone') {
      return ['database:rebuild:undone', `${node} has the data that it had before: ${journal.turnedBack}`];
    }
    const seconds = Math.round((wallMs() - journal.startedAtMs) / 1000);
    const old = journal.discardsOld ? 'its old data is removed now' : `its old data is in ${disk.aside}`;
    const said = `${node} follows the primary with a copy of ${journal.from} (${journal.bytes} bytes, ${seconds} s); ${old}`;
    return ['database:member:rebuilt', said];
  }

  /** Told when it is done, and not again by a step that is repeated because the store could not be told. */
  async #discardOld(id: string, policy: Policy): Promise<void> {
    const { disk, node } = this.#deps;
    if (!(await disk.look(id)).aside) return;
    await disk.discardOld();
    this.#record(
      policy,
      undefined,
      'database:rebuild:discarded',
      `${disk.aside} on ${node} was removed`,
      '--discard-old',
    );
  }

  #record(
    policy: Policy,
    epoch: bigint | undefined,
    name: NewEvent['name'],
    message: string,
    cause: string,
    facts?: NewEvent['facts'],
  ): void {
    this.#deps.record({
      name,
      subject: policy.policy.name,
      message,
      cause,
      policyRevision: policy.revision,
      ...(epoch === undefined ? {} : { epoch }),
      ...(facts === undefined ? {} : { facts }),
    });
  }
}

/** @throws if the policy was changed under an order */
function sourceOf({ policy }: Policy, node: string): DatabaseMember {
  const source = policy.members.find((member) => member.node === node);
  if (source === undefined) throw new Error(`${node} is no member of ${policy.name} any more`);
  return source;
}
