/**
 * Goal: layout, dependencies and style stay as they were agreed, without anybody having to say it twice. Method: every rule
 * of tidy/ on every file of the tree; the rules themselves are tested on bad samples in tidy/*.test.ts.
 */

import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { eventKinds } from '../src/core/event.ts';
import { dependencyProblems } from './tidy/dependencies.ts';
import { type Problem, ROOT, sourceFiles } from './tidy/source-file.ts';
import { styleProblems } from './tidy/style.ts';
import {
  changelogProblems,
  eventProblems,
  machinePathProblems,
  mirrorProblems,
  readmeProblems,
  topLevelProblems,
} from './tidy/tree.ts';

const files = sourceFiles();

function none(t: ExecutionContext, problems: readonly Problem[]): void {
  t.deepEqual(
    problems.map(({ path, message }) => `${path} ${message}`),
    [],
  );
}

test('files are found', (t) => {
  t.true(files.length > 100);
});

test('layers look downwards, the core is pure, each package has its place', (t) => {
  none(t, files.flatMap(dependencyProblems));
});

test('sizes, headers, names and words keep to the style', (t) => {
  none(t, files.flatMap(styleProblems));
});

test('nothing joins the top of the tree without a reason', (t) => {
  none(t, topLevelProblems(readdirSync(ROOT)));
});

test('what the core and the policies decide is tested, and tests mirror the source', (t) => {
  none(t, mirrorProblems(files));
});

test('every event that is named exists, and every one that exists is written', (t) => {
  none(t, eventProblems(files, Object.keys(eventKinds)));
});

test('the README says what a newcomer needs', (t) => {
  none(t, readmeProblems(readFileSync(join(ROOT, 'README.md'), 'utf8')));
});

test('the changelog keeps its form', (t) => {
  none(t, changelogProblems(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')));
});

test("no file names a path of somebody's machine", (t) => {
  const texts = globSync(`${ROOT}/{*.md,*.json,src/**,agents/**,policies/**,systemd/**,test/**,.ci/*}`, {
    withFileTypes: true,
  }).filter((entry) => entry.isFile());
  const paths = texts.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.includes('test/tidy/'));
  none(
    t,
    paths.flatMap((path) => machinePathProblems(relative(ROOT, path), readFileSync(path, 'utf8'))),
  );
});
