/**
 * Brings events from the journal to the store: in order, each exactly once (put if its id is absent), and again after
 * an outage or a restart, from the journal's cursor on (I8). A bounded queue in memory saves reading what was just
 * written; when it overflows, the journal is read instead. Nothing to ship: no timer, no read, no write. Events come in
 * bursts, in the very moments in which the stores and the processors have more urgent work: what comes within a moment is
 * sent as one.
 *
 * It also keeps the store's trail bounded. After each event it trims with a small chance, so that the rate of trims
 * follows the rate of events and not the number of nodes, and no node has to be alive for it.
 */
import type { Clock, Random, Timer, Timers } from '../core/clock.ts';
import { jittered } from '../runtime/random.ts';
import { isStoreError } from '../store/errors.ts';
import { eventKey, prefixes } from '../store/keys.ts';
import type { Compare, Operation, Store } from '../store/store.ts';
import type { JournalLine } from './journal-files.ts';

/** What the shipper needs of the journal. */
export interface ShippedJournal {
  readonly lastCounter: number;
  readonly shipped: number;
  readAfter(counter: number, limit: number): Promise<readonly JournalLine[]>;
  markShipped(counter: number): Promise<void>;
}

export interface ShipperDeps {
  readonly store: Store;
  readonly journal: ShippedJournal;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Newest events that the store keeps; a few hundred more may be there between two trims. */
  readonly keptInStore?: number;
  /** Events kept in memory on their way. */
  readonly queueMax?: number;
  /** How long an event waits for others to go with, in ms. */
  readonly lingerMs?: number;
  /** Called with a sentence when events are given up or something other than an outage is in the way. */
  readonly onProblem: (detail: string) => void;
}

const KEPT_IN_STORE = 2000;
const QUEUE_MAX = 500;
const LINGER_MS = 250;
/** Below etcd's limit of 128 operations, and below its 1.5 MiB with the largest events. */
const BATCH_MAX = 50;
const TRIM_CHANCE = 1 / 64;
const RETRY_FIRST_MS = 1000;
/** After a long outage the trail is complete again within this time of the store's return. */
const RETRY_MAX_MS = 30_000;
const RETRY_JITTER = 0.2;

export class Shipper {
  readonly #deps: Required<ShipperDeps>;
  #queue: JournalLine[] = [];
  /** True while the journal may hold unshipped events that are not in the queue. */
  #isBehind = false;
  readonly #stopping = new AbortController();
  #failures = 0;
  /** Set while it waits: for more events, or for a store that is away. */
  #waiting: Timer | undefined;
  #run: Promise<void> | undefined;

  constructor(deps: ShipperDeps) {
    this.#deps = { keptInStore: KEPT_IN_STORE, queueMax: QUEUE_MAX, lingerMs: LINGER_MS, ...deps };
  }

  /** Events recorded here that are not yet in the store. */
  get backlog(): number {
    return Math.max(0, this.#deps.journal.lastCounter - this.#deps.journal.shipped);
  }

  /** Takes up what an earlier process left behind. The journal has been opened before. */
  start(): void {
    this.#isBehind = this.backlog > 0;
    this.#kick();
  }

  /**
   * Takes the next event, in the order of the counters.
   * @param isJournaled false if only the memory has it
   */
  offer(line: JournalLine, isJournaled: boolean): void {
    if (!this.#isBehind && this.#queue.length < this.#deps.queueMax) {
      this.#queue.push(line);
    } else {
      this.#isBehind = true;
      if (!isJournaled) this.#deps.onProblem(`event ${line.id} was given up: neither disk nor store took it`);
    }
    if (!this.#isStopped && this.#run === undefined && this.#waiting === undefined) this.#wait(this.#deps.lingerMs);
  }

  /** Ships what it can within the time and ends. Idempotent. What is left stays in the journal for the next process. */
  async stop(withinMs: number): Promise<void> {
    const deadlineAt = this.#deps.clock.nowMs() + withinMs;
    this.#cancelWaiting();
    this.#kick();
    while (this.#run !== undefined && this.#deps.clock.nowMs() < deadlineAt) {
      await this.#raceTimer(this.#run, deadlineAt - this.#deps.clock.nowMs());
    }
    this.#stopping.abort();
    this.#cancelWaiting();
    await this.#run;
  }

  #cancelWaiting(): void {
    this.#waiting?.cancel();
    this.#waiting = undefined;
  }

  #raceTimer(run: Promise<void>, withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#deps.timers.after(withinMs, resolve);
      void run.finally(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #kick(): void {
    if (this.#isStopped || this.#run !== undefined || this.#waiting !== undefined) return;
    if (this.#queue.length === 0 && !this.#isBehind) return;
    this.#run = this.#shipAll()
      .then(() => {
        this.#failures = 0;
      })
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#run = undefined;
        this.#kick();
      });
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #failed(error: unknown): void {
    if (this.#isStopped) return;
    const isOutage = isStoreError(error) && error.retryable;
    if (!isOutage) this.#deps.onProblem(`events could not be shipped: ${error}`);
    const grown = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#wait(jittered(grown, RETRY_JITTER, this.#deps.random));
  }

  #wait(delayMs: number): void {
    this.#waiting = this.#deps.timers.after(delayMs, () => {
      this.#waiting = undefined;
      this.#kick();
    });
  }

  async #shipAll(): Promise<void> {
    while (!this.#isStopped) {
      if (this.#queue.length === 0 && this.#isBehind) await this.#catchUp();
      const batch = this.#queue.slice(0, BATCH_MAX);
      const last = batch.at(-1);
      if (last === undefined) return;
      await this.#send(batch);
      this.#queue.splice(0, batch.length);
      await this.#deps.journal.markShipped(last.counter).catch((error: unknown) =>
        // Only the file lags: the ids keep a resend after a restart from writing anything twice.
        this.#deps.onProblem(`the cursor could not be saved: ${error}`),
      );
      if (batch.some(() => this.#deps.random.next() < TRIM_CHANCE)) await this.#trim();
    }
  }

  /** What the store's bound would trim at once is not sent. */
  async #catchUp(): Promise<void> {
    const { journal, keptInStore, queueMax } = this.#deps;
    const from = Math.max(journal.shipped, journal.lastCounter - keptInStore);
    const lines = await journal.readAfter(from, queueMax);
    // No await between the read and this line: an event whose append ended meanwhile is offered only after it.
    this.#isBehind = lines.length === queueMax;
    this.#queue.push(...lines);
  }

  async #send(batch: readonly JournalLine[]): Promise<void> {
    const { store } = this.#deps;
    const whole = await store.transact(batch.map(absent), batch.map(put), this.#stopping.signal);
    if (whole.committed) return;
    // Some are there already, sent before an answer was lost: one by one, those are left alone.
    for (const line of batch) await store.transact([absent(line)], [put(line)], this.#stopping.signal);
  }

  async #trim(): Promise<void> {
    const { store, keptInStore } = this.#deps;
    const { entries } = await store.list(prefixes.events, this.#stopping.signal);
    const excess = entries.slice(0, Math.max(0, entries.length - keptInStore));
    for (let start = 0; start < excess.length; start += BATCH_MAX) {
      const keys = excess.slice(start, start + BATCH_MAX);
      await store.transact(
        [],
        keys.map(({ key }) => ({ kind: 'delete', key })),
        this.#stopping.signal,
      );
    }
  }
}

const absent = (line: JournalLine): Compare => ({ key: eventKey(line.id), target: 'create', equals: 0n });
const put = (line: JournalLine): Operation => ({ kind: 'put', key: eventKey(line.id), value: line.text });
