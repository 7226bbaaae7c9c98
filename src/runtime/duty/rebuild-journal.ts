/** Where a db agent remembers the rebuild that it carries out, so that its next process goes on with it or undoes it. */
import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import type { RebuildJournal } from '../../core/database/rebuild-steps.ts';
import { replaceFile } from '../durable-file.ts';

export interface RebuildJournalStore {
  /** @returns undefined while nothing is under way */
  read(): Promise<RebuildJournal | undefined>;
  write(journal: RebuildJournal): Promise<void>;
  remove(): Promise<void>;
}

const shape = z.strictObject({
  format: z.literal(1),
  id: z.string().min(1),
  from: z.string().min(1),
  term: z.string().regex(/^\d+$/).transform(BigInt),
  discardsOld: z.boolean(),
  turnedBack: z.string().nullable(),
  failures: z.int().nonnegative(),
  bytes: z.number().nonnegative(),
  startedAtMs: z.number().nonnegative(),
  position: z.string().nullable(),
  isPositioned: z.boolean(),
  ended: z.enum(['done', 'undone']).nullable(),
});

/** A journal that cannot be read is an error: without it nobody knows whose data lies where. */
export class FileRebuildJournal implements RebuildJournalStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<RebuildJournal | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const { format: _, ...journal } = shape.parse(JSON.parse(text));
    return journal;
  }

  async write(journal: RebuildJournal): Promise<void> {
    await replaceFile(this.#path, JSON.stringify({ format: 1, ...journal, term: journal.term.toString() }));
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}
