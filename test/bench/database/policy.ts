/**
 * The policy that the benchmark measures with: the bed's members and route, and no other field, so that every time is the
 * default. One exception: the cooldown is as short as a policy may have it, because it is a pause for people between two
 * switches, which no run may meet.
 */

import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { DatabaseFailover } from '../../../src/core/policy.ts';
import { parsePolicy } from '../../../src/policy/parse.ts';
import { applyPolicyText } from '../../bed/apply-policies.ts';
import { waitUntil } from '../../bed/wait.ts';
import { BED_POLICY } from '../../faults/bed-policy.ts';
import { databaseState } from '../../faults/store-view.ts';

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
 * Puts it into force. The lease's times are those of the adoption, so the primary is released first and adopted anew, open as
 * it is: without that the bed's longer ttl would be measured.
 *
 * @throws Error with regentctl's own words; NotInTime; the signal's reason
 */
export async function applyBenchPolicy({ text, policy }: BenchPolicy, signal: AbortSignal): Promise<void> {
  const options = { timeoutMs: APPLY_TIMEOUT_MS, signal };
  await applyPolicyText(`${text}mode: observe\n`);
  await waitUntil('the primary is released', options, async () => {
    const { phase } = await databaseState();
    return { ok: phase === 'unmanaged', detail: phase };
  });
  await applyPolicyText(text);
  await waitUntil('the primary is adopted', options, async () => {
    const { phase, timing } = await databaseState();
    return { ok: phase === 'steady' && timing?.ttlMs === policy.ttlMs, detail: phase };
  });
}
