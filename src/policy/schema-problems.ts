/**
 * Says in words what a schema has found: each issue becomes a problem with field, value, message and remedy. Nothing
 * is judged here.
 */
import type { z } from 'zod';
import type { PolicyProblem } from '../core/policy.ts';
import { durationProblem } from './duration.ts';
import { type SchemaNode, schemaAt } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { fieldText, problem } from './problem.ts';
import type { SchemaCode } from './schema.ts';

type Issue = z.core.$ZodIssue;

interface Words {
  readonly message: string;
  readonly remedy: string;
}

/** What a code means; `found` is the value, `node` what the schema says about its place. */
const CODES: Readonly<Record<SchemaCode, (found: unknown, node: SchemaNode | undefined) => Words>> = {
  Duration: (found, node) => durationProblem(found, String(node?.default ?? '15s')),
  Rotation: (found) => {
    const { message, remedy } = durationProblem(found, '72h');
    return { message, remedy: `write manual, or a time: ${remedy}` };
  },
  Name: () => ({
    message: 'is not a name',
    remedy: 'use letters, digits, ".", "_" and "-", beginning with a letter or digit; at most 63, interfaces 15',
  }),
  Address: () => ({ message: 'is not an IP address', remedy: 'write an IPv4 or IPv6 address, for example 192.0.2.13' }),
  Network: () => ({
    message: 'is not an address with its prefix length',
    remedy: 'write for example 192.0.2.10/24',
  }),
  Url: () => ({ message: 'is not an http or https URL', remedy: 'write for example https://192.0.2.10:5000/v3' }),
  ForProxy: () => ({ message: 'means nothing with via: config', remedy: 'remove it, or write via: proxy' }),
  ForConfig: () => ({ message: 'means nothing with via: proxy', remedy: 'remove it, or write via: config' }),
  Whole: (found, node) => ({
    message: typeof found === 'number' ? 'is outside its range' : 'is not a whole number',
    remedy: `write a whole number from ${node?.minimum} to ${node?.maximum}, without unit or quotes`,
  }),
};

/** A problem and where in the document it is. */
export interface PlacedProblem {
  readonly path: readonly PropertyKey[];
  readonly problem: PolicyProblem;
}

/**
 * @param document the value that was judged
 * @param schema the JSON Schema of its kind, for names and descriptions
 */
export function problemsOf(issues: readonly Issue[], document: unknown, schema: SchemaNode): readonly PlacedProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey([...issue.path, key], document, schema));
    }
    const found = valueAt(document, issue.path);
    const { message, remedy } = wordsFor(issue, found, schemaAt(schema, issue.path));
    return [{ path: issue.path, problem: problem(fieldText(issue.path), found, message, remedy) }];
  });
}

function unknownKey(path: readonly PropertyKey[], document: unknown, schema: SchemaNode): PlacedProblem {
  const known = Object.keys(schemaAt(schema, path.slice(0, -1))?.properties ?? {});
  const meant = nearest(String(path.at(-1)), known);
  const remedy = meant === undefined ? `remove it; known here: ${known.join(', ')}` : `write ${meant}, or remove it`;
  return { path, problem: problem(fieldText(path), valueAt(document, path), 'is not a known field', remedy) };
}

function wordsFor(issue: Issue, found: unknown, node: SchemaNode | undefined): Words {
  if (found === undefined && issue.code !== 'invalid_key') {
    return { message: 'is missing', remedy: `add it: ${node?.description ?? 'see policies/README.md'}` };
  }
  if (issue.code === 'invalid_key') return CODES.Name(found, node);
  if (Object.hasOwn(CODES, issue.message)) return CODES[issue.message as SchemaCode](found, node);
  if (issue.code === 'invalid_value') return option(found, issue.values.map(String));
  if (issue.code === 'too_small') return { message: 'is empty', remedy: `name at least ${issue.minimum}` };
  if (issue.code === 'invalid_type')
    return { message: `is not ${article(issue.expected)}`, remedy: shape(issue.expected) };
  return { message: issue.message, remedy: 'see policies/README.md' };
}

function option(found: unknown, options: readonly string[]): Words {
  const meant = nearest(String(found), options);
  return {
    message: 'is not one of the values allowed here',
    remedy: `write ${options.join(' or ')}${meant === undefined || options.length === 1 ? '' : `; did you mean ${meant}?`}`,
  };
}

function article(expected: string): string {
  return expected === 'array' ? 'a list' : 'a block of fields';
}

function shape(expected: string): string {
  return expected === 'array'
    ? 'write a list: [first, second], or one "- item" a line'
    : 'write its fields below it, indented';
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let at = document;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[part];
  }
  return at;
}
