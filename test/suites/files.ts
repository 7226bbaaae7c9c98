/**
 * Which test file belongs to which suite; every `*.test.ts` below test/ belongs to exactly one. Simulations are known by
 * their folder; contract tests by what they need: they reach the lab, which starts real daemons from the bed's image.
 */

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export type FileSuite = 'unit' | 'contract' | 'simulation';

const ROOT = resolve(import.meta.dirname, '../..');
const LAB = 'test/bed/lab.ts';

/** Test files of a suite, relative to the root of the tree, in order. */
export function suiteFiles(suite: FileSuite): readonly string[] {
  const files = globSync(`${ROOT}/test/**/*.test.ts`).map((file) => relative(ROOT, file));
  return files.filter((file) => suiteOf(file, importsOf) === suite).toSorted();
}

/** @param imports - the files below the root that a file imports */
export function suiteOf(file: string, imports: (file: string) => readonly string[]): FileSuite {
  if (file.startsWith('test/simulation/')) return 'simulation';
  return reaches(file, LAB, imports, new Set()) ? 'contract' : 'unit';
}

function reaches(
  file: string,
  target: string,
  imports: (file: string) => readonly string[],
  seen: Set<string>,
): boolean {
  if (file === target) return true;
  if (seen.has(file)) return false;
  seen.add(file);
  return imports(file).some((each) => reaches(each, target, imports, seen));
}

function importsOf(file: string): readonly string[] {
  const path = join(ROOT, file);
  if (!existsSync(path)) return [];
  const specifiers = [...readFileSync(path, 'utf8').matchAll(/^(?:import|export|\}) (?:.* )?from '(\.[^']+)'/gm)];
  return specifiers.map(([, specifier]) => relative(ROOT, resolve(dirname(path), specifier ?? '')));
}
