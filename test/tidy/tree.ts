/**
 * Rules about the tree as a whole: what stands at the top, tests that mirror the source, events that exist and are written,
 * the README's and the changelog's form, and paths that name somebody's machine.
 */

import type { Problem, SourceFile } from './source-file.ts';

const TOP = new Set([
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'agents',
  'node_modules',
  'package-lock.json',
  'package.json',
  'policies',
  'src',
  'systemd',
  'test',
  'tsconfig.json',
]);

/** Left by a run and ignored by git. */
const LEFT_BY_RUNS = /^report\.json$|\.log$/;

/** Folders of test/ that mirror a folder of src/. */
const MIRRORED = ['core', 'policy', 'store', 'probe', 'actuator', 'audit', 'runtime', 'fence', 'cli'];

const SECTIONS = ['Safety', 'Features', 'Internals'];
const SENTENCE =
  'probes observe → a snapshot is built → the core decides (pure) → actuators act under an epoch → the audit trail records';

/** @param entries - names at the top of the tree */
export function topLevelProblems(entries: readonly string[]): readonly Problem[] {
  return entries
    .filter((name) => !name.startsWith('.') && !TOP.has(name) && !LEFT_BY_RUNS.test(name))
    .map((name) => ({ path: name, message: 'does not belong at the top of the tree' }));
}

/**
 * What the core and the policies decide is reached by the tests that mirror them, through files of the same folder only;
 * and every mirrored test has its folder in src.
 */
export function mirrorProblems(files: readonly SourceFile[]): readonly Problem[] {
  const sources = files.filter((file) => file.path.startsWith('src/'));
  const untested = ['core', 'policy'].flatMap((folder) => unreached(files, folder));
  const folders = new Set(sources.map((file) => folderOf(file.path)));
  const homeless = files
    .filter((file) => file.path.endsWith('.test.ts') && MIRRORED.includes(file.path.split('/')[1] ?? ''))
    .filter((file) => !folders.has(folderOf(file.path).replace(/^test/, 'src')));
  return [
    ...untested.map((path) => ({ path, message: 'is reached by no test that mirrors it' })),
    ...homeless.map(({ path }) => ({ path, message: 'mirrors a folder that src does not have' })),
  ];
}

function unreached(files: readonly SourceFile[], folder: string): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const each of byPath.get(path)?.imports ?? []) {
      if (each.startsWith(`src/${folder}/`) || each.startsWith('test/')) visit(each);
    }
  };
  for (const { path } of files) if (path.startsWith(`test/${folder}/`) && path.endsWith('.test.ts')) visit(path);
  return files
    .filter((file) => file.path.startsWith(`src/${folder}/`) && /^export (async )?(function|class)\b/m.test(file.code))
    .map((file) => file.path)
    .filter((path) => !reached.has(path));
}

/** Every event that is named exists, and every one that exists is written somewhere. */
export function eventProblems(files: readonly SourceFile[], known: readonly string[]): readonly Problem[] {
  const scopes = new Set(known.map((name) => name.split(':')[0]));
  const named = files
    .filter((file) => file.path.startsWith('src/') && file.path !== 'src/core/event.ts')
    .flatMap((file) =>
      [...file.text.matchAll(/'([a-z]+:[a-z-]+:[a-z-]+)'/g)].map((match) => ({
        path: file.path,
        name: match[1] ?? '',
      })),
    );
  const unknown = named.filter(({ name }) => scopes.has(name.split(':')[0]) && !known.includes(name));
  const built = files.flatMap((file) =>
    [...file.text.matchAll(/`([a-z]+:[a-z-]+:)\$\{/g)].map((match) => match[1] ?? ''),
  );
  const isWritten = (name: string): boolean =>
    named.some((each) => each.name === name) || built.some((prefix) => name.startsWith(prefix));
  const silent = known.filter((name) => !isWritten(name));
  return [
    ...unknown.map(({ path, name }) => ({ path, message: `names the event ${name}, which does not exist` })),
    ...silent.map((name) => ({ path: 'src/core/event.ts', message: `has the event ${name}, which nobody writes` })),
  ];
}

/** The README says what it must, and the bed can be installed by it. */
export function readmeProblems(readme: string): readonly Problem[] {
  const missing = [
    ...['npm run demo', 'npm test', SENTENCE, '## Install on a node'].filter((words) => !readme.includes(words)),
    ...Array.from({ length: 10 }, (_, index) => `| I${index + 1} |`).filter((row) => !readme.includes(row)),
  ];
  return missing.map((words) => ({ path: 'README.md', message: `does not say "${words}"` }));
}

/** One heading per release, the newest first called Unreleased, known sections in order, entries as list items. */
export function changelogProblems(text: string): readonly Problem[] {
  const problem = (message: string): Problem => ({ path: 'CHANGELOG.md', message });
  const releases = text.split(/^## /m).slice(1);
  if (!releases[0]?.startsWith('Unreleased\n')) return [problem('does not begin with "## Unreleased"')];
  return releases.flatMap((release) => {
    const title = release.split('\n')[0] ?? '';
    const sections = [...release.matchAll(/^### (.+)$/gm)].map((match) => match[1] ?? '');
    const inOrder = SECTIONS.filter((section) => sections.includes(section));
    const stray = release
      .split('\n')
      .slice(1)
      .find((line) => line !== '' && !/^(### |- | {2}\S)/.test(line));
    return [
      ...(sections.join() === inOrder.join() && sections.length > 0
        ? []
        : [problem(`${title}: sections are ${SECTIONS.join(', ')}, in this order`)]),
      ...(stray === undefined ? [] : [problem(`${title}: "${stray}" is neither a section nor an entry`)]),
    ];
  });
}

/** Paths that exist on one machine only. `/home/ada` stands for any user in examples. */
export function machinePathProblems(path: string, text: string): readonly Problem[] {
  const found = /(?<![\w.-])\/(work|Users|home(?!\/ada\b))\/[\w-]+/.exec(text)?.[0];
  return found === undefined ? [] : [{ path, message: `names a path of one machine: ${found}` }];
}

function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}
