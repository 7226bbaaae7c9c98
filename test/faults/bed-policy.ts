/** The times of the policy that the bed runs with, read from its text. */

import { readFile } from 'node:fs/promises';
import type { DatabaseFailover } from '../../src/core/policy.ts';
import { parsePolicy } from '../../src/policy/parse.ts';

/** Where its text is. */
export const BED_POLICY = `${import.meta.dirname}/../bed/policies/keystone.yaml`;

/** @throws Error when the text is no policy of a database */
export async function bedPolicy(): Promise<DatabaseFailover> {
  const parsed = parsePolicy(await readFile(BED_POLICY, 'utf8'));
  if (!parsed.ok || parsed.policy.kind !== 'DatabaseFailover')
    throw new Error(`${BED_POLICY} is no policy of a database`);
  return parsed.policy;
}
