/**
 * Reads along with what `mariadb-binlog --verbose` prints: which transactions there are, and how many rows of which
 * tables they touch. It is for people; the text itself is what counts, and it passes through unchanged.
 */
import { Transform, type TransformCallback } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { TouchedTable } from '../core/database/identity-meaning.ts';

export interface BinlogTally {
  /** In the order of the log; the first `GTIDS_KEPT` of them. */
  readonly gtids: readonly string[];
  readonly transactions: number;
  /** Statements that change the schema; their tables are not counted. */
  readonly schemaChanges: number;
  readonly tables: readonly TouchedTable[];
}

/** More would not fit into an event. */
const GTIDS_KEPT = 50;

/** Only the beginning of a line is looked at: a value may be very long. */
const LINE_KEPT = 400;

const GTID = /^#\d{6} .*\tGTID (\d+-\d+-\d+)(.*)$/;
const ROW = /^### (INSERT INTO|UPDATE|DELETE FROM) `(.+?)`\.`(.+?)`$/;
const COUNTED = { 'INSERT INTO': 'inserted', UPDATE: 'updated', 'DELETE FROM': 'deleted' } as const;

/** Breaks with `TooLarge` when more than `bytesMax` have passed. */
export class BinlogReader extends Transform {
  readonly #bytesMax: number;
  readonly #decoder = new StringDecoder('utf8');
  readonly #tables = new Map<string, { inserted: number; updated: number; deleted: number }>();
  readonly #gtids: string[] = [];
  #line = '';
  #bytes = 0;
  #transactions = 0;
  #schemaChanges = 0;

  constructor(options: { readonly bytesMax: number }) {
    super();
    this.#bytesMax = options.bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get tally(): BinlogTally {
    const tables = [...this.#tables].map(([table, counts]) => ({ table, ...counts }));
    return { gtids: this.#gtids, transactions: this.#transactions, schemaChanges: this.#schemaChanges, tables };
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax) {
      done(new TooLarge(this.#bytesMax));
      return;
    }
    const lines = this.#decoder.write(chunk).split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      this.#see((this.#line + line).slice(0, LINE_KEPT));
      this.#line = '';
    }
    this.#line = (this.#line + last).slice(0, LINE_KEPT);
    done(null, chunk);
  }

  #see(line: string): void {
    if (!line.startsWith('#')) return;
    const [, gtid, rest = ''] = GTID.exec(line) ?? [];
    if (gtid !== undefined) {
      this.#transactions += 1;
      if (this.#gtids.length < GTIDS_KEPT) this.#gtids.push(gtid);
      if (/\bddl\b/.test(rest)) this.#schemaChanges += 1;
      return;
    }
    const [, verb, schema, table] = ROW.exec(line) ?? [];
    if (verb === undefined) return;
    const name = `${schema}.${table}`;
    const counts = this.#tables.get(name) ?? { inserted: 0, updated: 0, deleted: 0 };
    counts[COUNTED[verb as keyof typeof COUNTED]] += 1;
    this.#tables.set(name, counts);
  }
}

/** The text is longer than is kept. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
  constructor(bytesMax: number) {
    super(`more than ${bytesMax} bytes`);
  }
}
