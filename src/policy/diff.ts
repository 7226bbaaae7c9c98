/**
 * The difference between two versions of a policy, field by field, in the words of the document. Defaults count: a
 * field that was left out and is written with its default value is no difference.
 */
import type { Policy } from '../core/policy.ts';
import { documentOf } from './document.ts';

export interface FieldChange {
  /** Path in the document; members of a list of blocks are named by their node. */
  readonly field: string;
  /** Undefined if the field is new. */
  readonly before: string | undefined;
  /** Undefined if the field is gone. */
  readonly after: string | undefined;
}

/**
 * @param before undefined if the policy is new
 * @param after undefined if the policy goes
 * @returns the changed fields in the order of the document; empty if both mean the same
 */
export function diffPolicies(before: Policy | undefined, after: Policy | undefined): readonly FieldChange[] {
  const old = fieldsOf(before);
  const next = fieldsOf(after);
  return [...new Set([...old.keys(), ...next.keys()])]
    .map((field) => ({ field, before: old.get(field), after: next.get(field) }))
    .filter((change) => change.before !== change.after);
}

function fieldsOf(policy: Policy | undefined): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (policy !== undefined) collect('', documentOf(policy), fields);
  return fields;
}

function collect(field: string, value: unknown, into: Map<string, string>): void {
  if (Array.isArray(value)) {
    const blocks = value.filter((each): each is object => typeof each === 'object');
    if (blocks.length === 0) into.set(field, `[${value.join(', ')}]`);
    else collectBlocks(field, blocks, into);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) collect(field === '' ? key : `${field}.${key}`, inner, into);
  } else {
    into.set(field, String(value));
  }
}

/** Their order is a preference, so it is a field of its own. */
function collectBlocks(field: string, blocks: readonly object[], into: Map<string, string>): void {
  const names = blocks.map((block, index) => ('node' in block ? String(block.node) : String(index)));
  into.set(field, `[${names.join(', ')}]`);
  for (const [index, block] of blocks.entries()) collect(`${field}[${names[index]}]`, block, into);
}
