/**
 * A source file as the rules of tidiness see it: its path, its text, its code without comments and the contents of strings,
 * and what it imports. Reads the tree; judges nothing.
 */

import { globSync, readFileSync } from 'node:fs';
import { join, posix, relative, resolve } from 'node:path';

export interface SourceFile {
  /** Relative to the root of the tree. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the contents of strings blanked; lines and columns stay. */
  readonly code: string;
  /** Module specifiers; relative ones are resolved against the root of the tree. */
  readonly imports: readonly string[];
}

/** What a rule found wrong. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

export const ROOT = resolve(import.meta.dirname, '../..');

/** Makes a file from its parts; for the tree and for the rules' own tests. */
export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, code: blanked(text), imports: importsOf(path, text) };
}

/** All TypeScript and plain JavaScript of the tree, in order. */
export function sourceFiles(): readonly SourceFile[] {
  const paths = globSync(`${ROOT}/{src,agents,test}/**/*.{ts,mts,mjs}`).map((file) => relative(ROOT, file));
  return paths.toSorted().map((path) => sourceFile(path, readFileSync(join(ROOT, path), 'utf8')));
}

function importsOf(path: string, text: string): readonly string[] {
  const specifiers = [...text.matchAll(/^(?:import|export|\})[^'\n]*? from '([^']+)';$|^import '([^']+)';$/gm)];
  const dynamic = [...text.matchAll(/\bimport\('([^']+)'\)/g)];
  return [...specifiers, ...dynamic]
    .map((match) => match[1] ?? match[2] ?? '')
    .map((specifier) => (specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier));
}

/** Longest match first: comments, template strings (with what they enclose), other strings, regular expressions. */
const NOT_CODE =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|`(?:\\[\s\S]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=[(,=:[!&|?{};]\s*|^\s*|return )\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/gm;

/** Replaces all but line breaks and the quotes by spaces, so that rules look at code alone. */
export function blanked(text: string): string {
  return text.replace(NOT_CODE, (part) => {
    const inner = part.replace(/[^\n]/g, ' ');
    return /^['"`]/.test(part) ? `${part[0]}${inner.slice(1, -1)}${part[0]}` : inner;
  });
}
