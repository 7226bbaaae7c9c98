/**
 * The files of the local journal: their names, and what their text says. Pure. `events.jsonl` is being written;
 * `events-<counter>.jsonl` was closed after the event of that counter, so that a name alone tells whether everything
 * in the file has reached the store.
 */
import { counterOf } from './event-id.ts';

export const CURRENT_FILE = 'events.jsonl';
export const CURSOR_FILE = 'events.shipped';

/** One event in the journal. */
export interface JournalLine {
  readonly counter: number;
  readonly id: string;
  /** Without the line break. */
  readonly text: string;
}

export interface ClosedFile {
  readonly file: string;
  readonly lastCounter: number;
}

const CLOSED = /^events-(\d+)\.jsonl$/;

export function closedFileName(lastCounter: number): string {
  return `events-${String(lastCounter).padStart(9, '0')}.jsonl`;
}

/** @returns the closed files among these names, oldest first. */
export function closedFiles(names: readonly string[]): readonly ClosedFile[] {
  return names
    .map((file) => ({ file, lastCounter: Number(CLOSED.exec(file)?.[1] ?? Number.NaN) }))
    .filter(({ lastCounter }) => Number.isFinite(lastCounter))
    .sort((a, b) => a.lastCounter - b.lastCounter);
}

export interface ParsedLines {
  readonly lines: readonly JournalLine[];
  /** Lines that are no event of this journal; a torn last line is not counted, it was never acknowledged. */
  readonly damaged: number;
}

/** @param text a journal file; what follows the last line break was torn by a crash and is left out */
export function parseLines(text: string): ParsedLines {
  const found = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1)
    .map(parseLine);
  const lines = found.filter((line) => line !== undefined);
  return { lines, damaged: found.length - lines.length };
}

function parseLine(text: string): JournalLine | undefined {
  const id = idIn(text);
  const counter = id === undefined ? undefined : counterOf(id);
  return id === undefined || counter === undefined ? undefined : { counter, id, text };
}

function idIn(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // Counted as damaged by the caller, which says so.
  }
  if (typeof value !== 'object' || value === null || !('event' in value)) return undefined;
  const { event } = value;
  if (typeof event !== 'object' || event === null || !('id' in event)) return undefined;
  return typeof event.id === 'string' ? event.id : undefined;
}
