/**
 * Reads the accepted texts of a store back into policies. They passed every check when they were accepted, so only
 * their text is read again. One that this version cannot read (accepted by a newer one) is told, never guessed and
 * never dropped silently: its subject is held, not acted on.
 */
import type { PolicyProblem } from '../core/policy.ts';
import type { PolicyInForce, PolicyText } from './admit.ts';
import { parsePolicy } from './parse.ts';

export interface InForceRead {
  readonly inForce: readonly PolicyInForce[];
  readonly unreadable: readonly { readonly name: string; readonly problems: readonly PolicyProblem[] }[];
}

/** @param accepted name, text and revision of every `accepted/<name>` */
export function readInForce(accepted: readonly PolicyText[]): InForceRead {
  const read = accepted.map(({ name, text, revision }) => ({ name, revision, parsed: parsePolicy(text) }));
  return {
    inForce: read.flatMap(({ name, revision, parsed }) =>
      parsed.ok ? [{ name, revision, policy: parsed.policy }] : [],
    ),
    unreadable: read.flatMap(({ name, parsed }) => (parsed.ok ? [] : [{ name, problems: parsed.problems }])),
  };
}
