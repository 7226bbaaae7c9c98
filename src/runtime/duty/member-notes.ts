/**
 * What a db agent must still know after a restart, on its own disk: the highest term that it has seen (a store that is
 * older than this is not believed), under which term its server was quarantined, and under which it last followed the
 * primary or was it. Written before the fact that
 * depends on it is told to anybody.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../durable-file.ts';

export interface MemberNotes {
  readonly highestTerm: bigint;
  readonly quarantinedAt: bigint | undefined;
  readonly followedTerm: bigint | undefined;
}

export const noNotes: MemberNotes = { highestTerm: 0n, quarantinedAt: undefined, followedTerm: undefined };

export interface NotesStore {
  read(): Promise<MemberNotes>;
  write(notes: MemberNotes): Promise<void>;
}

const shape = z.strictObject({
  format: z.literal(1),
  highestTerm: z.string().regex(/^\d+$/),
  quarantinedAt: z.string().regex(/^\d+$/).nullable(),
  followedTerm: z.string().regex(/^\d+$/).nullable().default(null),
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
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return noNotes;
      throw error;
    }
    const found = shape.parse(JSON.parse(text));
    return {
      highestTerm: BigInt(found.highestTerm),
      quarantinedAt: found.quarantinedAt === null ? undefined : BigInt(found.quarantinedAt),
      followedTerm: found.followedTerm === null ? undefined : BigInt(found.followedTerm),
    };
  }

  async write(notes: MemberNotes): Promise<void> {
    const text = JSON.stringify({
      format: 1,
      highestTerm: notes.highestTerm.toString(),
      quarantinedAt: notes.quarantinedAt?.toString() ?? null,
      followedTerm: notes.followedTerm?.toString() ?? null,
    });
    await replaceFile(this.#path, text);
  }
}

/** Whether a server is in quarantine by any note in a directory; false without one. @throws as `FileNotes.read` */
export async function isAnyQuarantined(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith('.json')).map((name) => new FileNotes(join(directory, name)));
  const notes = await Promise.all(files.map((file) => file.read()));
  return notes.some(({ quarantinedAt }) => quarantinedAt !== undefined);
}
