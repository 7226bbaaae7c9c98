/**
 * What regent remembers of a node's configuration files, in a file of its own: which services are half changed, with a
 * copy of every file as it was before, so that the next call can go on or undo (I10); and what it wrote last, so that a
 * file that somebody else overwrote is known. Copies hold passwords like the files themselves: they are for root only.
 */
import { createHash } from 'node:crypto';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { grantsOf } from '../core/grants.ts';
import { readIfPresent, writeGranted } from './atomic-file.ts';
import type { FileState } from './configuration-files.ts';

const Hash = z.string().regex(/^[0-9a-f]{64}$/);

const ChangedFile = z.strictObject({
  path: z.string(),
  /** Where the file as it was before is kept; null if there was none. */
  copy: z.string().nullable(),
  mode: z.int(),
  uid: z.int(),
  gid: z.int(),
  before: Hash,
  after: Hash,
});

const Unit = z.strictObject({ unit: z.string(), how: z.enum(['restart', 'reload']) });

const HalfDone = z.strictObject({ to: z.string(), files: z.array(ChangedFile), units: z.array(Unit) });

const Written = z.strictObject({
  /** Base URL of the Keystone for which the file is right. */
  to: z.string(),
  content: Hash,
  /** Contents of somebody else that were put right once, since `to` is what it is. */
  putRight: z.array(Hash),
});

const RecordText = z.strictObject({
  version: z.literal(1),
  halfDone: z.record(z.string(), HalfDone),
  written: z.record(z.string(), Written),
});

type RecordData = z.output<typeof RecordText>;
export type ChangedFileRecord = z.output<typeof ChangedFile>;
export type HalfDoneService = z.output<typeof HalfDone>;
export type WrittenFile = z.output<typeof Written>;

export type LoadedRecord =
  | { readonly ok: true; readonly record: ConfigurationRecord }
  | { readonly ok: false; readonly detail: string };

/** Somebody whose content comes back more often than this is not counted on. */
const PUT_RIGHT_MAX = 32;

export class ConfigurationRecord {
  readonly #directory: string;
  #data: RecordData;

  private constructor(directory: string, data: RecordData) {
    this.#directory = directory;
    this.#data = data;
  }

  /** The record of one policy; an empty one if there is none. Writes nothing. */
  static async load(directory: string): Promise<LoadedRecord> {
    const path = join(directory, 'record.json');
    const text = await readIfPresent(path);
    if (text === undefined)
      return { ok: true, record: new ConfigurationRecord(directory, { version: 1, halfDone: {}, written: {} }) };
    const data = RecordText.safeParse(parsed(text));
    if (data.success) return { ok: true, record: new ConfigurationRecord(directory, data.data) };
    const remedy = 'move it away after a look at the files that it names; the copies beside it stay';
    return { ok: false, detail: `${path} is not understood: ${data.error.issues[0]?.message}; ${remedy}` };
  }

  /** The services that a call before this one did not finish. */
  get halfDoneServices(): readonly string[] {
    return Object.keys(this.#data.halfDone);
  }

  halfDone(service: string): HalfDoneService | undefined {
    return this.#data.halfDone[service];
  }

  written(path: string): WrittenFile | undefined {
    return this.#data.written[path];
  }

  get writtenPaths(): readonly string[] {
    return Object.keys(this.#data.written);
  }

  /** Keeps a copy of a file as it is now. @returns what `begin` must be told of it */
  async keep(service: string, path: string, before: FileState | undefined, after: string): Promise<ChangedFileRecord> {
    const directory = join(this.#directory, 'before', encodeURIComponent(service));
    const copy = before === undefined ? null : join(directory, encodeURIComponent(path));
    if (copy !== null && before !== undefined) await this.#write(directory, copy, before.text);
    const { mode, uid, gid } = before ?? { mode: 0o644, uid: 0, gid: 0 };
    return { path, copy, mode, uid, gid, before: hashOf(before?.text ?? ''), after: hashOf(after) };
  }

  /**
   * From now on the service is half done, whatever happens to this process.
   * @param putRight - paths with the content of somebody else that is put right: it is not done a second time
   */
  async begin(service: string, halfDone: HalfDoneService, putRight: ReadonlyMap<string, string>): Promise<void> {
    const written = Object.entries(this.#data.written).map(([path, known]): [string, WrittenFile] => {
      const text = putRight.get(path);
      if (text === undefined || known.putRight.includes(hashOf(text))) return [path, known];
      return [path, { ...known, putRight: [...known.putRight, hashOf(text)].slice(-PUT_RIGHT_MAX) }];
    });
    const all = { ...this.#data.halfDone, [service]: halfDone };
    await this.#save({ ...this.#data, halfDone: all, written: Object.fromEntries(written) });
  }

  /** The service is no longer half done: all of it was put into effect, or undone. */
  async end(service: string): Promise<void> {
    const { [service]: _, ...halfDone } = this.#data.halfDone;
    await this.#save({ ...this.#data, halfDone });
  }

  /** Notes that `path` with this text is right for `to`. */
  async note(path: string, to: string, text: string): Promise<void> {
    const known = this.#data.written[path];
    const content = hashOf(text);
    if (known?.to === to && known.content === content) return;
    const putRight = known?.to === to ? known.putRight : [];
    await this.#save({ ...this.#data, written: { ...this.#data.written, [path]: { to, content, putRight } } });
  }

  /** Removes the copies of a service. Only before `keep` makes those of a later change. */
  async dropCopies(service: string): Promise<void> {
    await rm(join(this.#directory, 'before', encodeURIComponent(service)), { recursive: true, force: true });
  }

  async #save(data: RecordData): Promise<void> {
    const text = `${JSON.stringify(data, undefined, 2)}\n`;
    await this.#write(this.#directory, join(this.#directory, 'record.json'), text);
    this.#data = data;
  }

  /** @throws Error when the state directory cannot be written: nothing may be changed then */
  async #write(directory: string, path: string, content: string): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const real = await realpath(directory);
    const own = grantsOf({ files: [`${real}/*`], units: [], addresses: [], haproxy: null });
    const outcome = await writeGranted(own, {
      path: join(real, path.slice(directory.length + 1)),
      content,
      mode: 0o600,
    });
    if (!outcome.ok) throw new Error(outcome.detail);
  }
}

/** What a text is known by. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
