/**
 * Goal: each rule of tidiness can fail. Method: the smallest bad sample that breaks it, beside one that does not.
 */

import test from 'ava';
import { dependencyProblems } from './dependencies.ts';
import { blanked, type Problem, type SourceFile, sourceFile } from './source-file.ts';
import { functionLengths, styleProblems } from './style.ts';
import {
  changelogProblems,
  eventProblems,
  machinePathProblems,
  mirrorProblems,
  readmeProblems,
  topLevelProblems,
} from './tree.ts';

const HEADER = '/**\n * Decides nothing.\n */\n';

const testRule = test.macro({
  exec(t, rule: (file: SourceFile) => readonly Problem[], path: string, text: string, expected: RegExp | undefined) {
    const messages = rule(sourceFile(path, `${HEADER}${text}\n`)).map((each) => each.message);
    if (expected === undefined) t.deepEqual(messages, []);
    else t.regex(messages.join('\n'), expected);
  },
  title: (name) => name ?? '',
});

const dependencies: readonly (readonly [string, string, string, RegExp | undefined])[] = [
  ['the core may import the core', 'src/core/a.ts', "import { b } from './b.ts';", undefined],
  ['the core may not import a layer above', 'src/core/a.ts', "import { b } from '../store/b.ts';", /may not import/],
  ['the core may not import types from above', 'src/core/a.ts', "import type { B } from '../store/b.ts';", /may not/],
  ['the core may not import a package', 'src/core/a.ts', "import { z } from 'zod';", /zod is not imported here/],
  ['the core may not import Node.js', 'src/core/a.ts', "import { x } from 'node:fs';", /the core imports node:fs/],
  ['the core has no clock', 'src/core/a.ts', 'export const a = Date.now();', /the core says Date/],
  ['the core has no chance', 'src/core/a.ts', 'export const a = Math.random();', /Math\.random/],
  ['the core does not wait', 'src/core/a.ts', 'export async function a() {}', /the core says async/],
  ['the core may speak of a process', 'src/core/a.ts', "// A process.\nexport const a = 'process';", undefined],
  ['etcd3 has one place', 'src/store/a.ts', "import { Etcd3 } from 'etcd3';", /etcd3 is not imported here/],
  ['etcd3 may be imported there', 'src/store/etcd-store.ts', "import { Etcd3 } from 'etcd3';", undefined],
  [
    'a package in a subfolder counts',
    'src/probe/a.ts',
    "import { x } from 'mysql2/promise';",
    /mysql2 is not imported/,
  ],
  ['a package without a place is refused', 'src/probe/a.ts', "import x from 'left-pad';", /left-pad has no place yet/],
  ['a dynamic import counts', 'src/cli/a.ts', "const x = await import('execa');", /execa is not imported here/],
  ['an import over several lines counts', 'src/core/a.ts', "import {\n  b,\n} from '../store/b.ts';", /may not import/],
  ['nothing imports agents', 'src/runtime/a.ts', "import { x } from '../../agents/main.ts';", /may not import agents/],
  [
    'nothing imports the command line',
    'src/runtime/a.ts',
    "import { x } from '../cli/main.ts';",
    /may not import src\/cli/,
  ],
  ['an entry point imports no package', 'agents/a.ts', "import { pino } from 'pino';", /packages belong to src/],
];
for (const [name, path, text, expected] of dependencies) {
  test(name, testRule, dependencyProblems, path, text, expected);
}

const long = (lines: number): string => `function a(): void {\n${'  b();\n'.repeat(lines - 2)}}`;

const style: readonly (readonly [string, string, string, RegExp | undefined])[] = [
  ['a short file is fine', 'src/core/a-rule.ts', 'export const a = 1;', undefined],
  ['a long file is not', 'src/core/a.ts', '// x\n'.repeat(250), /has 25\d lines, 250/],
  ['an entry point is shorter', 'agents/a.ts', '// x\n'.repeat(80), /80 are allowed/],
  ['a function of 70 lines is fine', 'src/core/a.ts', long(70), undefined],
  ['a function of 71 lines is not', 'src/core/a.ts', long(71), /a function of 71 lines/],
  ['a default export is refused', 'src/core/a.ts', 'export default 1;', /default export/],
  ['any is refused as a type', 'src/core/a.ts', 'let a: any;', /says any/],
  ['any is refused in brackets', 'src/core/a.ts', 'let a = new Map<string, unknown>() as any;', /says any/],
  ['any is fine as a name', 'src/core/a.ts', 'const any = pick();', undefined],
  ['any is fine in words', 'src/core/a.ts', "// Is there any?\nconst a = 'any';", undefined],
  ['an enum is refused', 'src/core/a.ts', 'export enum A {}', /enum/],
  ['a note for later is refused', 'src/core/a.ts', `// ${'TO'}DO: later`, /note for later/],
  ['a silenced type checker is refused', 'src/core/a.ts', `// ${'@ts-'}ignore`, /type checker/],
  ['a name in camel case is refused', 'src/core/aRule.ts', 'export const a = 1;', /kebab-case/],
  ['a name that says nothing is refused', 'src/core/utils.ts', 'export const a = 1;', /says nothing/],
];
for (const [name, path, text, expected] of style) test(name, testRule, styleProblems, path, text, expected);

test('a file begins with a paragraph', (t) => {
  t.regex(styleProblems(sourceFile('src/core/a.ts', 'export const a = 1;\n'))[0]?.message ?? '', /does not begin/);
});

test('functions of every form are measured', (t) => {
  const code = [
    'export async function a(\n  b: string,\n): Promise<void> {\n  c();\n}',
    'class A {\n  async d(): Promise<void> {\n    e();\n  }\n}',
    'const f = (g: number): void => {\n  if (g) {\n    h();\n  }\n};',
  ];
  t.deepEqual(
    code.map((each) => functionLengths(each).map(({ length }) => length)),
    [[3], [3], [5]],
  );
});

test('comments, strings and patterns are no code, whatever they hold', (t) => {
  const code = blanked("a('it\\'s'); // Date\nconst r = /['\"`]/; /* any */ b(`x\n\u0024{y}`); Date");
  t.notRegex(code, /any|\/\/|it/);
  t.regex(code, / Date$/);
  t.is(code.split('\n').length, 3);
});

test('a stranger at the top of the tree is refused, dotfiles are not', (t) => {
  t.deepEqual(
    topLevelProblems(['src', '.ci', 'report.json', 'docs']).map((each) => each.path),
    ['docs'],
  );
});

test('a rule of the core without a test is named', (t) => {
  const rule = sourceFile('src/core/a.ts', 'export function a() {}\n');
  const inner = sourceFile('src/core/b.ts', "import { a } from './a.ts';\nexport function b() {}\n");
  const covering = sourceFile('test/core/b.test.ts', "import { b } from '../../src/core/b.ts';\n");
  const elsewhere = sourceFile('test/cli/b.test.ts', "import { b } from '../../src/core/b.ts';\n");
  t.deepEqual(mirrorProblems([rule, inner, covering]), []);
  t.is(mirrorProblems([rule, covering]).length, 1, 'not reached');
  t.true(mirrorProblems([rule, inner, elsewhere]).some((each) => each.message.includes('no test')));
});

test('a test of a folder that is gone is named', (t) => {
  const file = sourceFile('test/core/gone/a.test.ts', '');
  t.regex(mirrorProblems([file])[0]?.message ?? '', /does not have/);
});

test('events that do not exist, and those that nobody writes, are named', (t) => {
  const writer = sourceFile('src/runtime/a.ts', "record('vip:node:fit'); record('vip:node:gone'); log('a:b:c');\n");
  const messages = eventProblems([writer], ['vip:node:fit', 'vip:node:unfit']).map((each) => each.message);
  t.is(messages.length, 2);
  t.regex(messages[0] ?? '', /vip:node:gone/);
  t.regex(messages[1] ?? '', /vip:node:unfit/);
  const builder = sourceFile('src/runtime/b.ts', 'record(`vip:node:\u0024{state}`);\n');
  t.deepEqual(eventProblems([builder], ['vip:node:unfit']), []);
});

test('a README without its parts is refused', (t) => {
  t.is(readmeProblems('# regent\n').length, 14);
});

test('a changelog out of form is refused', (t) => {
  t.deepEqual(changelogProblems('# Changelog\n\n## Unreleased\n\n### Safety\n\n- One.\n  More.\n'), []);
  t.regex(changelogProblems('# Changelog\n')[0]?.message ?? '', /does not begin/);
  t.regex(changelogProblems('## Unreleased\n\n### Features\n\n### Safety\n')[0]?.message ?? '', /in this order/);
  t.regex(changelogProblems('## Unreleased\n\n### Safety\n\nprose\n')[0]?.message ?? '', /neither/);
});

test("a path of somebody's machine is refused, an example's is not", (t) => {
  t.is(machinePathProblems('a.ts', `cd ${'/wo'}rk/main`).length, 1);
  t.is(machinePathProblems('a.ts', `cd ${'/ho'}me/bob/regent`).length, 1);
  t.deepEqual(machinePathProblems('a.ts', '/home/ada/regent, /var/lib/framework/x'), []);
});
