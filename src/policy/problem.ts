/** How a policy's problems name fields and values, the same wherever a problem is found. */
import type { PolicyProblem } from '../core/policy.ts';

/** Longer values are cut: a problem is read in a terminal. */
const VALUE_LENGTH_MAX = 80;

/** `members[2].node`; names that are no plain words are quoted. Empty for the document itself. */
export function fieldText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const text = String(part);
      if (!/^[\w-]+$/.test(text)) return `[${JSON.stringify(text)}]`;
      return index === 0 ? text : `.${text}`;
    })
    .join('');
}

/** The value as it would be written, shortened. */
export function valueText(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX - 1)}…` : text;
}

export function problem(field: string, value: unknown, message: string, remedy: string): PolicyProblem {
  return { field, value: valueText(value), message, remedy };
}
