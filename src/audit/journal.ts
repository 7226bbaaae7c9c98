/**
 * The local journal of events: written and synced before anything else is done with an event, so that losing the
 * store, or the process, loses none (I8). Append-only, in files of a bounded size. It also keeps the cursor, the
 * counter up to which everything is in the store; a file is deleted once it is shipped and enough newer ones exist,
 * and an unshipped one only when the journal reaches its hard bound. It must not talk to a store.
 *
 * Appends that arrive while the disk is busy share the next write and its fdatasync.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CURRENT_FILE,
  CURSOR_FILE,
  closedFileName,
  closedFiles,
  type JournalLine,
  parseLines,
} from './journal-files.ts';

export interface JournalOptions {
  /** Exists or can be made; root's alone. */
  readonly directory: string;
  /** A file is closed when it has grown to this many bytes. */
  readonly fileBytesMax?: number;
  /** Closed files kept although they are shipped. */
  readonly filesMax?: number;
  /** Closed files kept although they are not shipped. */
  readonly unshippedFilesMax?: number;
  /** Called with a sentence when something in the journal cannot be read, or had to be given up. */
  readonly onDamage: (detail: string) => void;
}

/** The disk did not take an event; it says nothing about whether bytes reached it. */
export class JournalFailed extends Error {
  override readonly name = 'JournalFailed';
  readonly code = 'JournalFailed';
  readonly retryable = true;
}

interface Waiting {
  readonly line: JournalLine;
  readonly resolve: () => void;
  readonly reject: (error: JournalFailed) => void;
}

const MEBIBYTE = 1024 * 1024;
/** About 10,000 events; a file is read whole when a node catches up. */
const FILE_BYTES_MAX = 4 * MEBIBYTE;
const FILES_MAX = 4;
const UNSHIPPED_FILES_MAX = 16;
/** A disk that hangs must not fill the memory. */
const WAITING_MAX = 1000;

export class Journal {
  readonly #options: Required<JournalOptions>;
  #handle: FileHandle | undefined;
  /** Bytes known to be whole lines; what a failed write left behind them is cut off before the next one. */
  #bytes = 0;
  #isLoaded = false;
  #lastCounter = 0;
  #shipped = 0;
  #waiting: Waiting[] = [];
  /** Everything that touches the files runs one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: JournalOptions) {
    const defaults = { fileBytesMax: FILE_BYTES_MAX, filesMax: FILES_MAX, unshippedFilesMax: UNSHIPPED_FILES_MAX };
    this.#options = { ...defaults, ...options };
  }

  /** The highest counter ever used here; the next event takes the one after it. */
  get lastCounter(): number {
    return this.#lastCounter;
  }

  /** Everything up to this counter is in the store. */
  get shipped(): number {
    return this.#shipped;
  }

  /**
   * Cuts a torn last line off and finds where counter and cursor stand. If it fails the journal may be used all the
   * same: each append tries again.
   * @throws JournalFailed if the directory cannot be used.
   */
  open(): Promise<void> {
    return this.#exclusive(() => this.#load());
  }

  /** @returns the counter of the next event; each call uses one up. */
  takeCounter(): number {
    this.#lastCounter += 1;
    return this.#lastCounter;
  }

  /** Resolves when the line is on the disk. @throws JournalFailed if the disk did not take it. */
  append(line: JournalLine): Promise<void> {
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(new JournalFailed(`${WAITING_MAX} events already wait for the disk`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject });
      if (this.#waiting.length === 1) void this.#exclusive(() => this.#writeWaiting());
    });
  }

  /** @returns lines with a higher counter, oldest first, at most `limit`. @throws JournalFailed if a file cannot be read. */
  readAfter(counter: number, limit: number): Promise<readonly JournalLine[]> {
    return this.#exclusive(async () => {
      const closed = closedFiles(await readdir(this.#options.directory)).filter((each) => each.lastCounter > counter);
      const found: JournalLine[] = [];
      for (const file of [...closed.map((each) => each.file), CURRENT_FILE]) {
        if (found.length >= limit) break;
        found.push(...this.#parsed(file, await this.#text(file)).filter((line) => line.counter > counter));
      }
      return found.slice(0, limit);
    });
  }

  /** Moves the cursor. @throws JournalFailed if it could not be saved: after a restart the store is offered those events again. */
  markShipped(counter: number): Promise<void> {
    this.#shipped = Math.max(this.#shipped, counter);
    return this.#exclusive(async () => {
      if (!this.#isLoaded) return;
      const path = join(this.#options.directory, CURSOR_FILE);
      await writeFile(`${path}.new`, `${this.#shipped}\n`, { mode: 0o600 });
      await rename(`${path}.new`, path);
    });
  }

  /** Idempotent. Waits for what was appended before. */
  close(): Promise<void> {
    return this.#exclusive(() => this.#closeFile());
  }

  /** Never rejects: every outcome goes to those who wait. */
  async #writeWaiting(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      const handle = this.#handle ?? (await this.#openFile());
      const text = batch.map(({ line }) => `${line.text}\n`).join('');
      await handle.appendFile(text);
      await handle.datasync();
      this.#bytes += Buffer.byteLength(text);
    } catch (cause) {
      // The descriptor's state is unknown after a failed sync; the next append begins with a fresh one.
      await this.#closeFile().catch(() => undefined);
      for (const { reject } of batch)
        reject(new JournalFailed(`the journal could not be written: ${cause}`, { cause }));
      return;
    }
    for (const { resolve } of batch) resolve();
    if (this.#bytes < this.#options.fileBytesMax) return;
    await this.#rotate(batch.at(-1)?.line.counter ?? 0).catch((error: unknown) =>
      this.#options.onDamage(`the journal could not be rotated and grows: ${error}`),
    );
  }

  async #load(): Promise<void> {
    await mkdir(this.#options.directory, { recursive: true, mode: 0o700 });
    const cursor = Number.parseInt(await this.#text(CURSOR_FILE), 10) || 0;
    const text = await this.#text(CURRENT_FILE);
    const closed = closedFiles(await readdir(this.#options.directory)).at(-1)?.lastCounter ?? 0;
    const newest = this.#parsed(CURRENT_FILE, text).at(-1)?.counter ?? 0;
    this.#bytes = Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1));
    this.#shipped = Math.max(this.#shipped, cursor);
    this.#lastCounter = Math.max(this.#lastCounter, cursor, closed, newest);
    this.#isLoaded = true;
  }

  async #openFile(): Promise<FileHandle> {
    if (!this.#isLoaded) await this.#load();
    const handle = await open(join(this.#options.directory, CURRENT_FILE), 'a', 0o600);
    await handle.truncate(this.#bytes);
    await this.#syncDirectory();
    this.#handle = handle;
    return handle;
  }

  async #closeFile(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #rotate(lastCounter: number): Promise<void> {
    const { directory, filesMax, unshippedFilesMax, onDamage } = this.#options;
    await this.#closeFile();
    await rename(join(directory, CURRENT_FILE), join(directory, closedFileName(lastCounter)));
    this.#bytes = 0;
    await this.#syncDirectory();
    const files = closedFiles(await readdir(directory));
    for (const [index, each] of files.entries()) {
      const newer = files.length - index - 1;
      const isShipped = each.lastCounter <= this.#shipped;
      if (newer < (isShipped ? filesMax : unshippedFilesMax)) continue;
      if (!isShipped) onDamage(`${each.file} was given up before its events reached the store`);
      await rm(join(directory, each.file));
    }
  }

  /** A new or renamed file survives a power loss only once its directory is synced. */
  async #syncDirectory(): Promise<void> {
    const directory = await open(this.#options.directory, 'r');
    await directory.sync().finally(() => directory.close());
  }

  /** @returns the file's text, empty if there is no such file. */
  async #text(file: string): Promise<string> {
    return await readFile(join(this.#options.directory, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
  }

  #parsed(file: string, text: string): readonly JournalLine[] {
    const { lines, damaged } = parseLines(text);
    if (damaged > 0) this.#options.onDamage(`${file} has ${damaged} line(s) that are no events; they are left out`);
    return lines;
  }

  #exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(action).catch((cause: unknown) => {
      throw new JournalFailed(`the journal could not be used: ${cause}`, { cause });
    });
    this.#turn = result.catch(() => undefined); // The caller of this action gets the error; the next one must still run.
    return result;
  }
}
