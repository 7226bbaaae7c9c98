/**
 * Which test file belongs to which suite, by its path alone: every `*.test.ts` below test/ belongs to exactly one.
 */

import { globSync } from 'node:fs';
import { relative } from 'node:path';

export type FileSuite = 'unit' | 'contract' | 'simulation';

const ROOT = `${import.meta.dirname}/../..`;

/** Test files of a suite, relative to the root of the tree, in order. */
export function suiteFiles(suite: FileSuite): readonly string[] {
  const files = globSync(`${ROOT}/test/**/*.test.ts`).map((file) => relative(ROOT, file));
  return files.filter((file) => suiteOf(file) === suite).toSorted();
}

/** Contract tests need real daemons from the image; simulations take their time; the rest are unit tests. */
export function suiteOf(file: string): FileSuite {
  if (file.endsWith('.contract.test.ts') || file.startsWith('test/contract/')) return 'contract';
  return file.startsWith('test/simulation/') ? 'simulation' : 'unit';
}
