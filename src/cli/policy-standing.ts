/**
 * How each policy of a store stands: the text that an operator put, the version that is in force, and why a newer text
 * was refused. Pure; from the entries of `policies/`, `accepted/` and `rejected/`.
 */
import type { Policy, PolicyProblem } from '../core/policy.ts';
import { parsePolicy } from '../policy/parse.ts';
import { parseKey, prefixes } from '../store/keys.ts';
import { acceptedRecord, rejectedRecord } from '../store/schema.ts';
import type { Entry } from '../store/store.ts';

export const policyPrefixes: readonly string[] = [prefixes.policies, prefixes.accepted, prefixes.rejected];

/**
 * `in-force`: the newest text is; `refused`: the newest text was refused, an older version may be in force; `waiting`:
 * nobody has judged the newest text yet; `leaving`: the text is deleted, and its management has not ended yet.
 */
export type PolicyState = 'in-force' | 'refused' | 'waiting' | 'leaving';

export interface PolicyStanding {
  readonly name: string;
  /** Name of the store that holds it. */
  readonly store: string;
  readonly state: PolicyState;
  readonly text: { readonly content: string; readonly revision: bigint } | undefined;
  /** `policy` is undefined if this version of regent cannot read what is in force. */
  readonly inForce:
    | { readonly content: string; readonly revision: bigint; readonly policy: Policy | undefined }
    | undefined;
  readonly problems: readonly PolicyProblem[];
}

interface Draft {
  text?: PolicyStanding['text'];
  inForce?: PolicyStanding['inForce'];
  refused?: { readonly revision: bigint; readonly problems: readonly PolicyProblem[] } | undefined;
}

/** @returns sorted by name */
export function policyStandings(store: string, entries: Iterable<Entry>): readonly PolicyStanding[] {
  const drafts = new Map<string, Draft>();
  for (const entry of entries) {
    const key = parseKey(entry.key);
    const name = key?.parts.name;
    if (key === undefined || name === undefined) continue;
    const draft = drafts.get(name) ?? {};
    if (key.name === 'policy') draft.text = { content: entry.value, revision: entry.modRevision };
    else if (key.name === 'accepted') draft.inForce = inForce(entry);
    else if (key.name === 'rejected') draft.refused = refused(entry);
    else continue;
    drafts.set(name, draft);
  }
  return [...drafts].map(([name, draft]) => standing(name, store, draft)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function standing(name: string, store: string, { text, inForce: force, refused: no }: Draft): PolicyStanding {
  const isRefused = no !== undefined && no.revision === text?.revision;
  const problems = isRefused ? no.problems : [];
  const state = stateOf(text?.revision, force?.revision, isRefused);
  return { name, store, state, text, inForce: force, problems };
}

function stateOf(text: bigint | undefined, force: bigint | undefined, isRefused: boolean): PolicyState {
  if (text === undefined) return 'leaving';
  if (text === force) return 'in-force';
  return isRefused ? 'refused' : 'waiting';
}

function inForce({ key, value }: Entry): PolicyStanding['inForce'] {
  const record = acceptedRecord.read(key, value);
  if (!record.ok) return { content: value, revision: 0n, policy: undefined };
  const { text, revision } = record.value;
  const parsed = parsePolicy(text);
  return { content: text, revision, policy: parsed.ok ? parsed.policy : undefined };
}

function refused({ key, value }: Entry): Draft['refused'] {
  const record = rejectedRecord.read(key, value);
  if (record.ok) return record.value;
  const { message, remedy } = record.problem;
  return { revision: 0n, problems: [{ field: '', value: '', message, remedy }] };
}
