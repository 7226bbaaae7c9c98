/**
 * The rules of style that a machine can check: sizes, headers, names, and words that have no place. Functions are measured
 * by indentation, which the formatter guarantees: a function's last line is the first one that closes at its own column.
 */

import type { Problem, SourceFile } from './source-file.ts';

const FILE_LINES_MAX = 250;
/** Tables of cases are long without being hard to read. */
const TEST_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const ENTRY_LINES_MAX = 80;

const KEBAB_FILE = /^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.contract\.test|\.d)?\.(ts|mts|mjs)$/;
const NAMES_WITHOUT_MEANING = /^(utils?|helpers?|lib|common|types|interfaces|misc|.*manager)\.ts$/;

/** What may not be in the code, and what to do instead. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/(:|\bas|<|[|&])\s*any\b(?!\s*[.(])/, 'says any; use unknown and narrow it'],
  [/\bexport default\b/, 'has a default export; name it'],
  [/^\s*(export )?(const )?enum\b/m, 'has an enum; use a union'],
  [/^\s*(export )?(declare )?namespace\b/m, 'has a namespace'],
];

/** What may not be in comments either. */
const FORBIDDEN_ANYWHERE: readonly (readonly [RegExp, string])[] = [
  [/@ts-(ignore|expect-error|nocheck)/, 'silences the type checker'],
  [/biome-ignore(?! .*: \S)/, 'silences the linter without a reason'],
  [/(\/\/|\*)\s*(TODO|FIXME|XXX)\b/, 'has a note for later'],
];

const OPENS_FUNCTION = /^( *)(?!if|for|while|switch|else|do|try|return|\}|case|with)\S.*(\)|=>|\): [^=]+|\w>) \{$/;
const OPENS_AFTER_ARGUMENTS = /^( *)\).*(\{)$/;

/** Everything about one file. */
export function styleProblems(file: SourceFile): readonly Problem[] {
  const messages = [...sizes(file), ...header(file), ...name(file), ...words(file)];
  return messages.map((message) => ({ path: file.path, message }));
}

function sizes(file: SourceFile): string[] {
  const lines = file.text.split('\n').length - 1;
  const max = linesMax(file.path);
  const isListOfTests = /(^|\/|-)contract\.ts$/.test(file.path);
  const tooLong = functionLengths(file.code).filter(({ length }) => length > FUNCTION_LINES_MAX && !isListOfTests);
  return [
    ...(lines > max ? [`has ${lines} lines, ${max} are allowed`] : []),
    ...tooLong.map(
      ({ line, length }) => `line ${line}: a function of ${length} lines, ${FUNCTION_LINES_MAX} are allowed`,
    ),
  ];
}

function linesMax(path: string): number {
  if (path.startsWith('agents/')) return ENTRY_LINES_MAX;
  return /\.test\.ts$|contract\.ts$/.test(path) ? TEST_LINES_MAX : FILE_LINES_MAX;
}

/** First line and length of every function whose body is a block, by indentation. */
export function functionLengths(code: string): readonly { readonly line: number; readonly length: number }[] {
  const lines = code.split('\n');
  return lines.flatMap((text, index) => {
    const indent = (OPENS_FUNCTION.exec(text) ?? OPENS_AFTER_ARGUMENTS.exec(text))?.[1];
    if (indent === undefined || /^\s*(class|export class|interface|export interface)\b/.test(text)) return [];
    const end = lines.findIndex((each, at) => at > index && each.startsWith(`${indent}}`));
    return end === -1 ? [] : [{ line: index + 1, length: end - index + 1 }];
  });
}

function header(file: SourceFile): string[] {
  if (file.path.endsWith('.test.ts')) return [];
  return /^(#![^\n]*\n)?\/\*\*(\n \*)? \S/.test(file.text)
    ? []
    : ['does not begin with a paragraph that says what it is for'];
}

function name(file: SourceFile): string[] {
  const base = file.path.split('/').at(-1) ?? '';
  return [
    ...(KEBAB_FILE.test(base) ? [] : ['is not named in kebab-case']),
    ...(file.path.startsWith('src/') && NAMES_WITHOUT_MEANING.test(base) ? ['has a name that says nothing'] : []),
  ];
}

function words(file: SourceFile): string[] {
  const isRule = file.path.startsWith('test/tidy/');
  const inCode = FORBIDDEN.filter(([pattern]) => pattern.test(file.code));
  const anywhere = isRule ? [] : FORBIDDEN_ANYWHERE.filter(([pattern]) => pattern.test(file.text));
  return [...inCode, ...anywhere].map(([, message]) => message);
}
