/**
 * Exports transactions of this node's server out of its own binary logs into a file that people can read and replay:
 * one file per range, complete or not there, with a note beside it that says what is in it. The note is what makes an
 * export done: a range that has one is not exported again, one that was cut off is begun anew. The files hold whatever
 * the rows hold, password hashes too, hence mode 0600.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { type Errant, formatGtid } from '../core/database/gtid.ts';
import type { Grants } from '../core/grants.ts';
import { type PipeCommand, pipeCommand } from './command.ts';
import { ServerRefused, ServerUnreachable } from './database-server.ts';
import { BinlogReader } from './mariadb-binlog-text.ts';
import { type Bounds, type MariadbAccess, MariadbSession } from './mariadb-session.ts';

const note = z.object({
  format: z.literal(1),
  /** The last transaction of the range. */
  until: z.string(),
  /** The sequence number before its first one. */
  after: z.string(),
  file: z.string(),
  bytes: z.number(),
  transactions: z.number(),
  schemaChanges: z.number(),
  gtids: z.array(z.string()),
  tables: z.array(z.object({ table: z.string(), inserted: z.number(), updated: z.number(), deleted: z.number() })),
  /** Why the file is not the whole range; empty if it is. */
  incomplete: z.string(),
});

export type ExportNote = z.output<typeof note>;

export interface MariadbExportOptions extends MariadbAccess {
  /** Where the files go; made if it is not there. */
  readonly directory: string;
  /** Absolute path of `mariadb-binlog`; must be granted. */
  readonly program: string;
  readonly grants: Grants;
  /** Bound of one file. Default 256 MiB: errant transactions of an identity database are a few kB. */
  readonly bytesMax?: number;
  /** Bound of reading the logs for one range, in ms. Default 600,000. */
  readonly timeoutMs?: number;
  readonly pipe?: PipeCommand;
}

const BYTES_MAX = 256 * 1024 * 1024;
const TIMEOUT_MS = 600_000;
const ASK_TIMEOUT_MS = 5_000;

export class MariadbExport {
  readonly #options: MariadbExportOptions;

  /** Does no I/O. */
  constructor(options: MariadbExportOptions) {
    this.#options = options;
  }

  /** @returns the note of an export of exactly this range, undefined if there is none */
  async find(range: Errant): Promise<ExportNote | undefined> {
    const { directory } = this.#options;
    const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const name of names.filter((each) => each.endsWith(`-${formatGtid(range)}.json`))) {
      const read = note.safeParse(parsed(await readFile(join(directory, name), 'utf8')));
      if (read.success && read.data.after === String(range.knownSeq)) return read.data;
    }
    return undefined;
  }

  /**
   * Exports everything of the range's origin after `knownSeq` up to the transaction itself.
   * @param wallMs for the file's name
   * @throws ServerRefused (`NotGranted`, `ExportFailed`, `BinlogsPurged`), ServerUnreachable
   */
  async run(range: Errant, wallMs: number, signal: AbortSignal): Promise<ExportNote> {
    const { directory, program, grants } = this.#options;
    if (!grants.mayRun(program))
      throw new ServerRefused(`the grants of this node do not name ${program}; add it to commands`, {
        code: 'NotGranted',
      });
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const time = new Date(wallMs).toISOString().replaceAll(':', '').replace(/\.\d+/, '');
    const file = join(directory, `${time}-${formatGtid(range)}.sql`);
    const partial = join(directory, `.partial-${formatGtid(range)}`);
    try {
      const { reader, incomplete } = await this.#write(partial, range, signal);
      const { transactions } = reader.tally;
      if (transactions === 0 && incomplete === '')
        throw new ServerRefused(
          `the binary logs hold no transaction of ${formatGtid(range)} after ${range.knownSeq}; they were purged`,
          { code: 'BinlogsPurged' },
        );
      await rename(partial, file);
      const base = { format: 1, until: formatGtid(range), after: String(range.knownSeq) } as const;
      const done: ExportNote = { ...base, file, bytes: reader.bytes, ...copyOf(reader.tally), incomplete };
      const temporary = `${partial}.json`;
      await writeFile(temporary, JSON.stringify(done), { mode: 0o600, flush: true });
      await rename(temporary, file.replace(/\.sql$/, '.json'));
      return done;
    } finally {
      await rm(partial, { force: true });
    }
  }

  async #write(partial: string, range: Errant, signal: AbortSignal) {
    const { program, bytesMax = BYTES_MAX, timeoutMs = TIMEOUT_MS, pipe = pipeCommand } = this.#options;
    const logs = await this.#binaryLogs({ timeoutMs: ASK_TIMEOUT_MS, signal });
    const { domain, serverId, knownSeq } = range;
    const argv = [
      program,
      '--no-defaults',
      '--verbose',
      `--server-id=${serverId}`,
      `--start-position=${domain}-${serverId}-${knownSeq}`,
      `--stop-position=${formatGtid(range)}`,
      ...logs,
    ];
    const reader = new BinlogReader({ bytesMax });
    const written = pipeline(reader, createWriteStream(partial, { mode: 0o600, flush: true }));
    // Looked at when the program has ended; until then it must not count as unhandled.
    written.catch(() => {});
    const result = await pipe(argv, { timeoutMs, output: reader, signal });
    if (!reader.destroyed) reader.end();
    const broken = await written.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (broken instanceof Error && broken.name !== 'TooLarge') throw broken;
    if (broken !== undefined) return { reader, incomplete: `it ends after ${bytesMax} bytes` };
    if (!result.ok) throw new ServerRefused(`${basename(program)} failed: ${result.stderr}`, { code: 'ExportFailed' });
    return { reader, incomplete: '' };
  }

  /** Absolute paths, the oldest first, as the server itself says. */
  async #binaryLogs(bounds: Bounds): Promise<readonly string[]> {
    const session = new MariadbSession(this.#options);
    try {
      const [row] = await session.query('SELECT @@log_bin_basename AS base', [], bounds);
      const base = String(row?.base ?? '');
      if (!base.startsWith('/')) throw new ServerUnreachable('the server has no binary log', { code: 'NoBinlog' });
      const logs = await session.query('SHOW BINARY LOGS', [], bounds);
      return logs.map((each) => join(dirname(base), basename(String(each.Log_name))));
    } finally {
      session.close();
    }
  }
}

function copyOf({ gtids, tables, ...counts }: BinlogReader['tally']) {
  return { ...counts, gtids: [...gtids], tables: tables.map((each) => ({ ...each })) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A note that was cut off is none: the range is exported anew.
  }
}
