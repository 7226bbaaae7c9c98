/**
 * A suite of AVA files, run in TAP and counted test by test. AVA that ends badly without a failed test, or that runs no
 * test at all, counts as a failure: silence is no success.
 */

import { ensureImage } from '../bed/image.ts';
import { runChild } from './child.ts';
import type { Counts, Suite, SuiteOptions } from './suite.ts';
import { TapReader } from './tap.ts';

export interface AvaOptions {
  /** Asked when the suite starts. */
  readonly files: () => readonly string[];
  readonly concurrency: number;
  /** The tests start daemons from the bed's image, which is built first if need be. */
  readonly needsImage?: boolean;
  /** For the Node.js of each file. */
  readonly nodeFlags?: readonly string[];
}

const AVA = 'node_modules/ava/entrypoints/cli.js';
const PROGRESS_MS = 15_000;
/** Enough to see why AVA itself did not work. */
const LAST_LINES = 15;

export function avaSuite(title: string, options: AvaOptions): Suite {
  return { title, run: (suite) => runAva(title, options, suite) };
}

async function runAva(title: string, options: AvaOptions, { say, signal }: SuiteOptions): Promise<Counts> {
  const files = options.files();
  if (files.length === 0) {
    say(`  ${title}: no test file was found`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (options.needsImage === true) await ensureImage((message) => say(`  ${message}`), signal);
  const reader = new TapReader();
  const nodeFlags = options.nodeFlags === undefined ? [] : [`--node-arguments=${options.nodeFlags.join(' ')}`];
  const argv = [process.execPath, AVA, '--tap', `--concurrency=${options.concurrency}`, ...nodeFlags, ...files];
  const progress = setInterval(() => say(`  ${title}: ${reader.counts.passed} passed so far`), PROGRESS_MS);
  const last: string[] = [];
  const onLine = (line: string): void => {
    for (const shown of reader.read(line)) say(shown);
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
  };
  const code = await runChild(argv, { onLine, signal });
  clearInterval(progress);
  const { counts } = reader;
  const ranNone = counts.passed + counts.failed + counts.skipped === 0;
  if (counts.failed > 0 || (code === 0 && !ranNone)) return counts;
  say(`  ${title}: AVA ended with ${code} after ${counts.passed} tests; its last words:`);
  for (const line of last) say(`    ${line}`);
  return { ...counts, failed: 1 };
}
