/**
 * One planned switch of a region's identity route under a client with fresh tokens: from the leader's decision to the first
 * token that was asked for after the proxy of the region's address had switched, and that a service has validated.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { execHost } from '../../bed/exec.ts';
import { hostsWithRole, type RegionName } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import type { ClientProcess } from '../../demo/client-process.ts';
import { ownersOf } from '../../demo/host-facts.ts';
import { nowMs } from '../../demo/moment.ts';
import { RegentView } from '../../demo/regent-view.ts';
import type { Sample } from '../../demo/sample.ts';
import { loadNow } from '../machine.ts';

export const switchKinds = ['isolate', 'return'] as const;
export type SwitchKind = (typeof switchKinds)[number];

export interface SwitchRun {
  readonly kind: SwitchKind;
  /** From the decision to the first token that a service has validated by the new way. */
  readonly tookMs: number;
  readonly requests: number;
  readonly failed: number;
  /** The machine's load average of the minute before. */
  readonly load: number;
}

const COMMAND_TIMEOUT_MS = 40_000;
const RECOVERY_TIMEOUT_MS = 10_000;
/** A request that was on its way is answered, or not, within this time. */
const AFTERWARDS_MS = 3_000;

/** @throws Error with regentctl's words when the order is not obeyed; NotInTime when no token comes by the new way */
export async function switchOnce(
  kind: SwitchKind,
  {
    region,
    client,
    signal,
  }: { readonly region: RegionName; readonly client: ClientProcess; readonly signal: AbortSignal },
): Promise<SwitchRun> {
  const load = loadNow();
  const from = client.samples.length;
  const sinceWallMs = Date.now();
  const host = hostsWithRole('proxy', region)[0]?.name ?? '';
  const argv = ['regentctl', 'identity', kind, region];
  const { code, stderr } = await execHost(host, argv, { timeoutMs: COMMAND_TIMEOUT_MS });
  if (code !== 0) throw new Error(`${argv.join(' ')} on ${host}: ${stderr.trim()}`);
  const { decidedMs, appliedMs } = await momentsOf(region, sinceWallMs, signal);
  const options = { timeoutMs: RECOVERY_TIMEOUT_MS, pauseMs: 50, signal };
  let first: Sample | undefined;
  await waitUntil('a token by the new way', options, async () => {
    first = client.samples.find((each) => each.ok && each.startMs >= appliedMs);
    return { ok: first !== undefined, detail: client.samples.at(-1)?.detail ?? 'no request' };
  });
  await delay(AFTERWARDS_MS, undefined, { signal });
  const samples = client.samples.slice(from);
  return {
    kind,
    tookMs: (first?.endMs ?? Number.NaN) - decidedMs,
    requests: samples.length,
    failed: samples.filter((each) => !each.ok).length,
    load,
  };
}

/** By the clock of the samples: when the leader had decided, and when the proxy that has the address had switched. */
async function momentsOf(
  region: RegionName,
  sinceWallMs: number,
  signal: AbortSignal,
): Promise<{ readonly decidedMs: number; readonly appliedMs: number }> {
  const offsetMs = nowMs() - Date.now();
  const [owner] = await ownersOf(region);
  let moments: { readonly decidedMs: number; readonly appliedMs: number } | undefined;
  const options = { timeoutMs: RECOVERY_TIMEOUT_MS, pauseMs: 200, signal };
  await waitUntil('the events of the switch', options, async () => {
    const events = await new RegentView().events(region, sinceWallMs);
    const decided = events.find(({ name }) => /^identity:region:(isolated|home)$/.test(name));
    const applied = events.find(({ name, node }) => name === 'route:backend:applied' && node === owner);
    if (decided !== undefined && applied !== undefined)
      moments = { decidedMs: decided.atMs + offsetMs, appliedMs: applied.atMs + offsetMs };
    return { ok: moments !== undefined, detail: events.map(({ name }) => name).join(', ') };
  });
  if (moments === undefined) throw new Error('the switch has no events');
  return moments;
}
