/**
 * Text (YAML, and JSON as a part of it) → policy. Every problem of the text is reported at once, with its line. What
 * YAML offers beyond plain data (anchors, aliases, tags, several documents) is refused: a policy must mean what a
 * reader sees. The world outside the text is not looked at; that is coherence.ts.
 */
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Policy, PolicyProblem } from '../core/policy.ts';
import { policyFrom } from './document.ts';
import { kindJsonSchema } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { problem } from './problem.ts';
import { API_VERSION, type KindName, kinds } from './schema.ts';
import { type PlacedProblem, problemsOf } from './schema-problems.ts';

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** A policy for hundreds of nodes is far below this; etcd takes 1.5 MB a value. */
const TEXT_LENGTH_MAX = 256 * 1024;

export function parsePolicy(text: string): ParsedPolicy {
  if (text.length > TEXT_LENGTH_MAX) {
    return bad(problem('', undefined, `the text has ${text.length} characters`, `keep it below ${TEXT_LENGTH_MAX}`));
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const syntax = [...syntaxProblems(document, lines), ...extraYaml(document, lines)];
  if (syntax.length > 0) return { ok: false, problems: syntax };
  if (!isMap(document.contents)) {
    return bad(problem('', text.trim(), 'the text is not a policy', 'write fields: apiVersion, kind, name, …'));
  }
  return fromContent(document.toJS() as Record<string, unknown>, document.contents, lines);
}

function bad(...problems: readonly PolicyProblem[]): ParsedPolicy {
  return { ok: false, problems };
}

/** What is wrong in the usual cases of broken YAML, in words of this project. */
const SYNTAX_REMEDY: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'write each field once',
  MULTIPLE_DOCS: 'put each policy under a key of its own',
  TAB_AS_INDENT: 'indent with spaces',
};

function syntaxProblems(document: Document, lines: LineCounter): readonly PolicyProblem[] {
  return document.errors.map(({ code, message, pos }) =>
    problem(
      '',
      undefined,
      `${place(lines, pos[0])}: ${message}`,
      SYNTAX_REMEDY[code] ?? 'correct the YAML at that place',
    ),
  );
}

/** Anchors and aliases, and fields whose names are not plain words. */
function extraYaml(document: Document, lines: LineCounter): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const report = (offset: number | undefined, what: string, remedy: string) =>
    problems.push(problem('', undefined, `${place(lines, offset ?? 0)}: ${what}`, remedy));
  visit(document, {
    Alias: (_, { range, source }) => {
      report(range?.[0], `the alias *${source} is not read in a policy`, 'write the value itself');
    },
    Value: (_, { range, anchor, tag }) => {
      if (anchor !== undefined) report(range?.[0], `the anchor &${anchor} is not read in a policy`, 'remove it');
      if (tag !== undefined)
        report(range?.[0], `the tag ${tag} is not read in a policy`, 'write the plain value without the tag');
    },
    Pair: (_, { key }) => {
      if (isNode(key) && typeof key.toJSON() === 'object')
        report(key.range?.[0], 'a field has no plain name', 'write name: value');
    },
  });
  return problems;
}

function fromContent(content: Record<string, unknown>, contents: unknown, lines: LineCounter): ParsedPolicy {
  const { apiVersion, kind } = content;
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind))
    return bad(...versionProblems(apiVersion), kindProblem(kind));
  const judged = kinds[kind as KindName].safeParse(content);
  if (judged.success) return { ok: true, policy: policyFrom(judged.data) };
  const placed = problemsOf(judged.error.issues, content, kindJsonSchema(kind as KindName));
  return bad(...placed.map((each) => withLine(each, contents, lines)));
}

function versionProblems(found: unknown): readonly PolicyProblem[] {
  if (found === API_VERSION) return [];
  return [problem('apiVersion', found, found === undefined ? 'is missing' : 'is not known', `write ${API_VERSION}`)];
}

function kindProblem(found: unknown): PolicyProblem {
  const known = Object.keys(kinds);
  const meant = typeof found === 'string' ? nearest(found, known) : undefined;
  const remedy = meant === undefined ? `write one of ${known.join(', ')}` : `write ${meant}`;
  return problem('kind', found, found === undefined ? 'is missing' : 'is not a known kind of policy', remedy);
}

function place(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}`;
}

/** Adds the line of the field, if the field is there. */
function withLine({ path, problem: found }: PlacedProblem, contents: unknown, lines: LineCounter): PolicyProblem {
  const offset = offsetOf(contents, path);
  return offset === undefined ? found : { ...found, message: `line ${lines.linePos(offset).line}: ${found.message}` };
}

function offsetOf(contents: unknown, path: readonly PropertyKey[]): number | undefined {
  let at = contents;
  let offset: number | undefined;
  for (const part of path) {
    if (isMap(at)) {
      const pair = at.items.find((each) => isScalar(each.key) && String(each.key.value) === String(part));
      offset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
      at = pair?.value;
    } else {
      at = isSeq(at) ? at.items[Number(part)] : undefined;
      offset = isNode(at) ? at.range?.[0] : undefined;
    }
  }
  return offset;
}
