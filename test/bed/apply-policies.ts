/**
 * Puts the bed's policies into force as an operator does: with `regentctl` on a node of the region that they are for. Done
 * when every one was accepted by those who rule there.
 */

import { readdir } from 'node:fs/promises';
import { execHost } from './exec.ts';
import type { Progress } from './progress.ts';
import { REGIONS, type RegionName } from './topology.ts';

const DIRECTORY = 'test/bed/policies';
const APPLY_TIMEOUT_MS = 120_000;

/** @throws Error with regentctl's own words when a policy is not accepted */
export async function applyPolicies(progress: Progress): Promise<void> {
  const names = (await readdir(`${import.meta.dirname}/policies`)).filter((name) => name.endsWith('.yaml'));
  for (const region of REGIONS) {
    await apply(
      region,
      names.filter((name) => regionOfPolicy(name) === region),
    );
  }
  progress(`up: ${names.length} policies in force`);
}

/** As an operator who edits one policy on a node of the region that it is for. @throws Error with regentctl's own words */
export async function applyPolicyText(text: string, region: RegionName = 'north'): Promise<void> {
  const argv = ['regentctl', 'policy', 'apply', '--wait', '30', '-'];
  const { code, stdout, stderr } = await execHost(`${region}-1`, argv, { input: text, timeoutMs: APPLY_TIMEOUT_MS });
  if (code !== 0) throw new Error(`the policy was not accepted:\n${stdout}\n${stderr}`);
}

async function apply(region: RegionName, names: readonly string[]): Promise<void> {
  const files = names.map((name) => `/opt/regent/${DIRECTORY}/${name}`);
  const argv = ['regentctl', 'policy', 'apply', '--wait', '30', ...files];
  const { code, stdout, stderr } = await execHost(`${region}-1`, argv, { timeoutMs: APPLY_TIMEOUT_MS });
  if (code !== 0) throw new Error(`policies of ${region} were not accepted:\n${stdout}\n${stderr}`);
}

/** Policies of a region end with its name; those of all regions are put in the first one, where regentctl finds their store. */
function regionOfPolicy(name: string): RegionName {
  return REGIONS.find((region) => name.endsWith(`-${region}.yaml`)) ?? 'north';
}
