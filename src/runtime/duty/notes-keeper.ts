/** The notes in memory, with the disk behind them: written through, read once; and when the server was touched last. */
import type { Clock } from '../../core/clock.ts';
import type { Instant } from '../../core/time.ts';
import type { MemberNotes, NotesStore } from './member-notes.ts';

export class NotesKeeper {
  readonly #store: NotesStore;
  readonly #clock: Clock;
  #notes: MemberNotes | undefined;
  #startedAt: Instant | undefined;
  #repointedAt: Instant | undefined;

  constructor(store: NotesStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async load(): Promise<MemberNotes> {
    this.#notes ??= await this.#store.read();
    return this.#notes;
  }

  /** As they were read or written last; undefined while they could not be read. */
  get known(): MemberNotes | undefined {
    return this.#notes;
  }

  /** How long ago the agent did something to the server, in ms; undefined = not in this life. */
  get lately(): { readonly startedAgoMs: number | undefined; readonly repointedAgoMs: number | undefined } {
    const now = this.#clock.nowMs();
    const agoMs = (at: Instant | undefined) => (at === undefined ? undefined : now - at);
    return { startedAgoMs: agoMs(this.#startedAt), repointedAgoMs: agoMs(this.#repointedAt) };
  }

  startsServer(): void {
    this.#startedAt = this.#clock.nowMs();
  }

  repointsServer(): void {
    this.#repointedAt = this.#clock.nowMs();
  }

  /** Remembers a term before anything is done under it. A term that is not higher writes nothing. */
  async sawTerm(term: bigint): Promise<void> {
    const notes = await this.load();
    if (term <= notes.highestTerm) return;
    await this.#write({ ...notes, highestTerm: term });
  }

  async quarantine(term: bigint): Promise<void> {
    await this.#write({ ...(await this.load()), quarantinedAt: term });
  }

  /** The server is of this term's line: noted before it takes anything of that term. A quarantine ends with it. */
  async followed(term: bigint): Promise<void> {
    const notes = await this.load();
    if (notes.followedTerm === term && notes.quarantinedAt === undefined) return;
    await this.#write({ ...notes, followedTerm: term, quarantinedAt: undefined });
  }

  async #write(notes: MemberNotes): Promise<void> {
    await this.#store.write(notes);
    this.#notes = notes;
  }
}
