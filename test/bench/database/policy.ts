/**
 * The policy that the benchmark measures with: the bed's members and route, and no other field, so that every time is the
 * default. One exception: the cooldown is as short as a policy may have it, because it is a pause for people between two
 * switches, which no run may meet.
 */

import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { DatabaseFailover } from '../../../src/core/policy.ts';
import { parsePolicy } from '../../../src/policy/parse.ts';
import { AGENT_UNIT } from '../../bed/agents.ts';
import { execHost } from '../../bed/exec.ts';
import { restartUnit } from '../../bed/faults.ts';
import { openDatabases } from '../../demo/settle.ts';
import { BED_POLICY } from '../../faults/bed-policy.ts';

const KEPT = ['apiVersion', 'kind', 'name', 'members', 'route'];
/** Four times the default `stepTimeout`: less is refused. */
const COOLDOWN = '20s';
const APPLY_TIMEOUT_MS = 60_000;

export interface BenchPolicy {
  readonly text: string;
  readonly policy: DatabaseFailover;
}

/** @throws Error when the bed's text is no policy of a database */
export async function benchPolicy(): Promise<BenchPolicy> {
  const written = Object.entries(parse(await readFile(BED_POLICY, 'utf8')) as object);
  const text = stringify({ ...Object.fromEntries(written.filter(([key]) => KEPT.includes(key))), cooldown: COOLDOWN });
  const parsed = parsePolicy(text);
  if (!parsed.ok || parsed.policy.kind !== 'DatabaseFailover')
    throw new Error(`${BED_POLICY} is no policy of a database`);
  return { text, policy: parsed.policy };
}

/**
 * Puts it into force. The primary keeps its lease with the times that it was taken with, so its agent is restarted in order,
 * which moves nothing: without that the bed's longer ttl would be measured.
 *
 * @throws Error with regentctl's own words
 */
export async function applyBenchPolicy({ text }: BenchPolicy): Promise<void> {
  const argv = ['regentctl', 'policy', 'apply', '--wait', '30', '-'];
  const { code, stdout, stderr } = await execHost('north-1', argv, { input: text, timeoutMs: APPLY_TIMEOUT_MS });
  if (code !== 0) throw new Error(`the policy was not accepted:\n${stdout}\n${stderr}`);
  for (const host of await openDatabases()) await restartUnit(host, AGENT_UNIT);
}
