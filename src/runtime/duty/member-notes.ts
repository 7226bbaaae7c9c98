/**
 * What a db agent must still know after a restart, on its own disk: the highest term that it has seen (a store that is
 * older than this is not believed) and under which term its server was quarantined. Written before the fact that
 * depends on it is told to anybody.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../durable-file.ts';

export interface MemberNotes {
  readonly highestTerm: bigint;
  readonly quarantinedAt: bigint | undefined;
}

export interface NotesStore {
  read(): Promise<MemberNotes>;
  write(notes: MemberNotes): Promise<void>;
}

const shape = z.strictObject({
  format: z.literal(1),
  highestTerm: z.string().regex(/^\d+$/),
  quarantinedAt: z.string().regex(/^\d+$/).nullable(),
});

/** Notes in a file, replaced as a whole. A file that cannot be read is an error: forgetting it would be a lie. */
export class FileNotes implements NotesStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<MemberNotes> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { highestTerm: 0n, quarantinedAt: undefined };
      throw error;
    }
    const found = shape.parse(JSON.parse(text));
    return {
      highestTerm: BigInt(found.highestTerm),
      quarantinedAt: found.quarantinedAt === null ? undefined : BigInt(found.quarantinedAt),
    };
  }

  async write(notes: MemberNotes): Promise<void> {
    const text = JSON.stringify({
      format: 1,
      highestTerm: notes.highestTerm.toString(),
      quarantinedAt: notes.quarantinedAt?.toString() ?? null,
    });
    await replaceFile(this.#path, text);
  }
}
