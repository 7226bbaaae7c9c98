/**
 * One node's audit trail on a memory store, with a disk of its own: processes that record, outages, lost answers and
 * crashes. What is checked at the end is what an operator relies on: each event once, in order.
 */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { readEvent } from '../../src/audit/event-json.ts';
import { Journal } from '../../src/audit/journal.ts';
import { Recorder } from '../../src/audit/recorder.ts';
import { Shipper } from '../../src/audit/shipper.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { prefixes } from '../../src/store/keys.ts';
import { MemoryCluster } from '../../src/store/memory-cluster.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { FakeTime, settle } from '../runtime/fake-time.ts';
import { madeEvent } from './events.ts';

interface Process {
  readonly journal: Journal;
  readonly recorder: Recorder;
  readonly shipper: Shipper;
  readonly link: { isDead: boolean };
}

export interface TrailOptions {
  readonly keptInStore?: number;
  readonly queueMax?: number;
  readonly lingerMs?: number;
  readonly fileBytesMax?: number;
}

/** More than a test fills: giving up what was never shipped is the journal's own subject. */
const UNSHIPPED_FILES_MAX = 100;

export class Trail {
  readonly time = new FakeTime();
  readonly cluster = new MemoryCluster({ clock: this.time, timers: this.time });
  readonly problems: string[] = [];
  /** Messages of the events whose `record` has returned. */
  readonly recorded: string[] = [];
  readonly #directory: string;
  readonly #options: TrailOptions;
  #process: Process | undefined;
  /** Answers get lost on the way back: what was asked is done all the same. */
  losesAnswers = false;
  #count = 0;

  constructor(directory: string, options: TrailOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  get process(): Process {
    if (this.#process === undefined) throw new Error('no process runs');
    return this.#process;
  }

  async start(): Promise<void> {
    const link = { isDead: false };
    const store = new MemoryStore({
      name: 'regional',
      cluster: this.cluster,
      timers: this.time,
      link: {
        toStore: (deliver) => void (link.isDead || deliver()),
        fromStore: (deliver) => void (link.isDead || this.losesAnswers || deliver()),
      },
    });
    const { fileBytesMax, ...rest } = this.#options;
    const note = (detail: string) => this.problems.push(detail);
    const sizes = fileBytesMax === undefined ? {} : { fileBytesMax };
    const directory = this.#directory;
    const journal = new Journal({ directory, unshippedFilesMax: UNSHIPPED_FILES_MAX, onDamage: note, ...sizes });
    await journal.open();
    const random = seededRandom(7);
    const { time } = this;
    const shipper = new Shipper({ store, journal, clock: time, timers: time, random, onProblem: note, ...rest });
    const deps = { node: 'north-1', region: 'north', wallMs: time.wallMs, timers: time, journal, shipper };
    const recorder = new Recorder({ ...deps, onRecorded: () => {} });
    this.#process = { journal, recorder, shipper, link };
    shipper.start();
  }

  /** Records several events at once, as a tick does. */
  async record(count: number): Promise<void> {
    const first = this.#count + 1;
    this.#count += count;
    const messages = Array.from({ length: count }, (_, index) => `event ${first + index}`);
    const { recorder } = this.process;
    const kept = await Promise.all(messages.map((message) => recorder.record(madeEvent({ message }))));
    this.recorded.push(...kept.map((event) => event.message));
  }

  /** The process is gone from one moment to the next; `tail` is what its last write left behind. */
  async crash(tail: string, cursor: number | undefined): Promise<void> {
    const { journal, link, shipper } = this.process;
    link.isDead = true;
    await shipper.stop(0);
    await journal.close();
    await appendFile(join(this.#directory, 'events.jsonl'), tail);
    if (cursor !== undefined) {
      const older = Math.min(cursor, journal.shipped);
      await writeFile(join(this.#directory, 'events.shipped'), `${older}\n`);
    }
    this.#process = undefined;
  }

  async shipped(): Promise<void> {
    await this.time.until(() => this.process.shipper.backlog === 0);
    await settle();
  }

  /** Messages in the store, in order of their keys, and how often each key was written. */
  stored(): { readonly messages: readonly string[]; readonly isEachWrittenOnce: boolean } {
    const entries = this.cluster.state.list(prefixes.events);
    const messages = entries.map((entry) => {
      const found = readEvent('any', entry.value);
      if (!found.ok) throw found.problem;
      return found.event.message;
    });
    return { messages, isEachWrittenOnce: entries.every((entry) => entry.createRevision === entry.modRevision) };
  }

  async end(): Promise<void> {
    await this.#process?.shipper.stop(0);
    await this.#process?.journal.close();
    await rm(this.#directory, { recursive: true });
  }
}

export async function newTrail(options: TrailOptions = {}): Promise<Trail> {
  return new Trail(await mkdtemp(join(tmpdir(), 'regent-trail-')), options);
}

/** A started trail that is taken down with the test. */
export async function startedTrail(t: ExecutionContext, options: TrailOptions = {}): Promise<Trail> {
  const trail = await newTrail(options);
  await trail.start();
  t.teardown(() => trail.end());
  return trail;
}
