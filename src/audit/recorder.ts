/**
 * Where every event goes (I8): to the local journal and its disk first, then to the log, then on its way to the
 * store. Recording never fails and never blocks who records: a disk that refuses or hangs delays the log line by a
 * bounded time, the event goes on without it, and the log says so. It decides nothing and drops nothing.
 */
import type { Timers } from '../core/clock.ts';
import { type AuditEvent, eventKinds, type NewEvent } from '../core/event.ts';
import type { WallTime } from '../core/time.ts';
import { eventId } from './event-id.ts';
import { eventText } from './event-json.ts';
import type { Journal } from './journal.ts';
import type { Shipper } from './shipper.ts';

export interface RecorderDeps {
  readonly node: string;
  readonly region: string;
  readonly wallMs: () => WallTime;
  readonly timers: Timers;
  readonly journal: Pick<Journal, 'takeCounter' | 'append'>;
  readonly shipper: Pick<Shipper, 'offer'>;
  /** Called once for each event. `isJournaled` is false if the disk did not take it in time. Must not throw. */
  readonly onRecorded: (event: AuditEvent, isJournaled: boolean) => void;
}

/** A healthy disk syncs in milliseconds; one that needs longer than this is treated as one that does not answer. */
const JOURNAL_WITHIN_MS = 2000;
/** Far above any real event; keeps a batch within what a store takes in one transaction. */
const TEXT_MAX = 8000;
const SENTENCE_MAX = 2000;

export class Recorder {
  readonly #deps: RecorderDeps;
  /** The disk may refuse a later event before it answers for an earlier one; log and store see them in order. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  /**
   * Never rejects; may be left unawaited. Events are kept in the order of the calls.
   * @returns the event as it is kept, once it is on the disk (or the disk has failed) and in the log
   */
  record(made: NewEvent): Promise<AuditEvent> {
    const { journal, shipper, onRecorded } = this.#deps;
    const counter = journal.takeCounter();
    const { event, text } = bounded(this.#kept(made, counter));
    const line = { counter, id: event.id, text };
    const journaled = this.#settles(journal.append(line));
    const recorded = this.#turn.then(async () => {
      const isJournaled = await journaled;
      onRecorded(event, isJournaled);
      shipper.offer(line, isJournaled);
      return event;
    });
    this.#turn = recorded;
    return recorded;
  }

  /** Resolves when everything recorded so far is in the log and on its way to the store. */
  async flush(): Promise<void> {
    await this.#turn;
  }

  #kept(made: NewEvent, counter: number): AuditEvent {
    const { node, region, wallMs } = this.#deps;
    const atMs = Math.floor(wallMs());
    return { id: eventId(atMs, node, counter), atMs, node, region, severity: eventKinds[made.name].severity, ...made };
  }

  #settles(append: Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#deps.timers.after(JOURNAL_WITHIN_MS, () => resolve(false));
      const end = (isJournaled: boolean) => {
        timer.cancel();
        resolve(isJournaled);
      };
      append.then(
        () => end(true),
        () => end(false),
      );
    });
  }
}

/** An event too large for a store loses its facts and the ends of its sentences, and says so. */
function bounded(event: AuditEvent): { readonly event: AuditEvent; readonly text: string } {
  const text = eventText(event);
  if (text.length <= TEXT_MAX) return { event, text };
  const { facts: _facts, observers, ...rest } = event;
  const shortened: AuditEvent = {
    ...rest,
    message: event.message.slice(0, SENTENCE_MAX),
    cause: event.cause.slice(0, SENTENCE_MAX),
    facts: { shortenedFromCharacters: text.length, observers: observers?.length ?? 0 },
  };
  return { event: shortened, text: eventText(shortened) };
}
