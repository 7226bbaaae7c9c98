/**
 * Reads AVA's TAP: counts results and keeps what belongs to failures. Pure: lines in, counts and lines to show out.
 */

import type { Counts } from './suite.ts';

export interface TapReading {
  readonly counts: Counts;
  /** What to show for the line just read; empty for a line that says nothing to people. */
  readonly show: readonly string[];
}

export class TapReader {
  #counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  #isInFailure = false;

  get counts(): Counts {
    return this.#counts;
  }

  /** Takes the next line. @returns lines to show */
  read(line: string): readonly string[] {
    const result = /^(not )?ok \d+(?: - (.*))?$/.exec(line);
    if (result === null) return this.#isInFailure && !line.startsWith('1..') ? [`  ${line}`] : [];
    const title = result[2] ?? '';
    const isSkipped = / # (SKIP|TODO)\b/i.test(title);
    const isFailed = result[1] !== undefined && !isSkipped;
    this.#isInFailure = isFailed;
    this.#count(isSkipped ? 'skipped' : isFailed ? 'failed' : 'passed');
    return isFailed ? [`  failed: ${title}`] : isSkipped ? [`  skipped: ${title}`] : [];
  }

  #count(kind: keyof Counts): void {
    this.#counts = { ...this.#counts, [kind]: this.#counts[kind] + 1 };
  }
}
