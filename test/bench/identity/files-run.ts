/**
 * One planned switch of a region whose services are pointed at a Keystone by their own files: from the leader's decision to
 * the first token of the wanted Keystone that every service of the last node has validated.
 */

import { execHost } from '../../bed/exec.ts';
import type { RegionName } from '../../bed/topology.ts';
import type { ClientProcess } from '../../demo/client-process.ts';
import { nodesOf } from '../../demo/files/file-route.ts';
import { refusals } from '../../demo/files/fresh-tokens.ts';
import { rolloutSeen } from '../../demo/files/rollout.ts';
import { loadNow } from '../machine.ts';
import type { SwitchRun } from './switch-run.ts';

export const fileKinds = ['isolate by files', 'return by files'] as const;

export interface FilesRun extends Omit<SwitchRun, 'kind'> {
  readonly kind: (typeof fileKinds)[number];
  /** From its turn to its word that each of its services has validated a fresh token. */
  readonly perNodeMs: readonly number[];
}

export interface FilesRunOptions {
  readonly region: RegionName;
  /** Where the primary is. */
  readonly home: RegionName;
  readonly client: ClientProcess;
  readonly signal: AbortSignal;
}

const COMMAND_TIMEOUT_MS = 40_000;

/** @throws Error with regentctl's words when the order is not obeyed, or naming the service that takes no token */
export async function filesOnce(kind: FilesRun['kind'], options: FilesRunOptions): Promise<FilesRun> {
  const { region, home, client, signal } = options;
  const load = loadNow();
  const from = client.samples.length;
  const sinceWallMs = Date.now();
  const nodes = nodesOf(region);
  const order = kind === 'isolate by files' ? 'isolate' : 'return';
  const argv = ['regentctl', 'identity', order, region];
  const { code, stderr } = await execHost(nodes[0] ?? '', argv, { timeoutMs: COMMAND_TIMEOUT_MS });
  if (code !== 0) throw new Error(`${argv.join(' ')} on ${nodes[0]}: ${stderr.trim()}`);
  const to = order === 'isolate' ? region : home;
  const { startedMs, perNodeMs } = await rolloutSeen({ region, to, sinceWallMs, signal });
  if (perNodeMs.length < nodes.length) throw new Error(`only ${perNodeMs.length} of ${nodes.length} nodes changed`);
  const refused = await refusals(nodes.at(-1) ?? '', region, to);
  if (refused !== '') throw new Error(refused);
  const tookMs = Date.now() - startedMs;
  const samples = client.samples.slice(from);
  return {
    ...{ kind, tookMs, perNodeMs, load },
    requests: samples.length,
    failed: samples.filter((each) => !each.ok).length,
  };
}
