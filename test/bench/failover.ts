/**
 * How long writes are out when the primary's server is killed, or hands over on an order, again and again on one bed. The
 * client inserts rows through its region's database route and tries again every 20 ms; the outage is the longest time from
 * one acknowledged row to the next. Each run begins at rest and after the policy's cooldown, because a second switch within
 * it is refused on purpose.
 */

import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { Bed } from '../bed/bed.ts';
import { execHost } from '../bed/exec.ts';
import { killUnit } from '../bed/faults.ts';
import { adminLogin } from '../bed/readiness.ts';
import type { Secrets } from '../bed/seed.ts';
import { hostByName, regionOf } from '../bed/topology.ts';
import { waitUntil } from '../bed/wait.ts';
import { Clients } from '../demo/client-process.ts';
import { DatabaseObserver } from '../demo/database-observer.ts';
import { audit } from '../demo/ledger.ts';
import { nowMs } from '../demo/moment.ts';
import { longestGap, outageAfter } from '../demo/outage.ts';
import { preferHosts } from '../demo/priority.ts';
import { createRowTable } from '../demo/row-writer.ts';
import { settle } from '../demo/settle.ts';
import { loadNow } from './machine.ts';

/** `kill -9` of the primary's mariadbd, or `regentctl database switchover`. */
export type FailoverKind = 'failover' | 'switchover';

export interface FailoverRun {
  readonly from: string;
  readonly to: string;
  /** From the last row that was acknowledged before to the first one after. */
  readonly outageMs: number;
  /** For how long no server was open; null after a kill. */
  readonly closedMs: number | null;
  /** The machine's load average of the minute before the fault. */
  readonly load: number;
  /** Acknowledged writes that are missing afterwards. */
  readonly lost: number;
}

export interface FailoverOptions {
  readonly bed: Bed;
  readonly kind: FailoverKind;
  readonly runs: number;
  readonly signal: AbortSignal;
  readonly onRun: (run: FailoverRun, index: number) => void;
}

const POLICY = `${import.meta.dirname}/../bed/policies/keystone.yaml`;
/** Fine enough to see a gap of some tens of ms. */
const ROUND_MS = 10;
const RECOVERY_TIMEOUT_MS = 40_000;
const REST_TIMEOUT_MS = 60_000;

/** @throws NotInTime when writes do not recover or the cloud does not come to rest; the signal's reason */
export async function benchFailover({
  bed,
  kind,
  runs,
  signal,
  onRun,
}: FailoverOptions): Promise<readonly FailoverRun[]> {
  const cooldownMs = await cooldown();
  const done: FailoverRun[] = [];
  for (let index = 0; index < runs; index++) {
    const run = await once(bed, kind, signal);
    done.push(run);
    onRun(run, index);
    if (index + 1 < runs) await delay(cooldownMs, undefined, { signal });
  }
  return done;
}

async function once(bed: Bed, kind: FailoverKind, signal: AbortSignal): Promise<FailoverRun> {
  const from = await settle({ timeoutMs: REST_TIMEOUT_MS, signal });
  await preferHosts();
  const region = regionOf(hostByName(from)) ?? 'north';
  await createRowTable(from);
  const clients = new Clients(bed.secrets);
  try {
    const client = await clients.start({ region, tasks: ['rows'] });
    await client.firstSuccess();
    const load = loadNow();
    const sinceMs = nowMs();
    const { faultMs, closedMs } = kind === 'failover' ? await killPrimary(from) : await switchOver(bed.secrets, from);
    const options = { timeoutMs: RECOVERY_TIMEOUT_MS, pauseMs: 100, signal };
    await waitUntil(`writes after the loss of ${from}`, options, async () => {
      const ok = outageAfter(client.samples, 'row', faultMs) !== undefined;
      return { ok, detail: client.samples.at(-1)?.detail ?? '' };
    });
    await clients.stopAll();
    const outageMs = longestGap(client.samples, 'row', sinceMs) ?? Number.NaN;
    const to = await settle({ timeoutMs: REST_TIMEOUT_MS, signal });
    const where = { primary: to, region, namePrefix: clients.namePrefix, account: adminLogin(bed.secrets) };
    const { lost } = await audit(client.samples, where);
    return { from, to, outageMs, closedMs, load, lost: lost.length };
  } catch (error) {
    // The client's own end is of no interest beside the reason why the run failed.
    await clients.stopAll().catch(() => undefined);
    throw error;
  }
}

interface Begun {
  /** When writes stopped being taken. */
  readonly faultMs: number;
  readonly closedMs: number | null;
}

async function killPrimary(host: string): Promise<Begun> {
  const faultMs = nowMs();
  await killUnit(host, 'mariadb.service');
  return { faultMs, closedMs: null };
}

/** @throws Error with regentctl's own words when the order was not carried out */
export async function switchOver(secrets: Secrets, from: string): Promise<Begun & { readonly closedMs: number }> {
  const observer = new DatabaseObserver(secrets, { roundMs: ROUND_MS });
  observer.start();
  try {
    await waitUntil(`${from} seen open`, { timeoutMs: RECOVERY_TIMEOUT_MS, pauseMs: 50 }, async () => ({
      ok: observer.stateOf(from) === 'open',
      detail: observer.stateOf(from),
    }));
    const sinceMs = nowMs();
    const argv = ['regentctl', 'database', 'switchover', '--timeout', '30'];
    const { code, stderr } = await execHost(from, argv, { timeoutMs: RECOVERY_TIMEOUT_MS });
    if (code !== 0) throw new Error(`the switchover from ${from} failed: ${stderr.trim()}`);
    await observer.stop();
    const changes = observer.changesSince(sinceMs);
    const closed = changes.find(({ host, to }) => host === from && to !== 'open');
    const opened = changes.find(({ host, to }) => host !== from && to === 'open');
    if (closed === undefined || opened === undefined) throw new Error('nobody saw the servers close and open');
    return { faultMs: closed.atMs, closedMs: opened.atMs - closed.atMs };
  } finally {
    await observer.stop();
  }
}

/** @throws Error when the bed's policy cannot be read */
async function cooldown(): Promise<number> {
  const parsed = parsePolicy(await readFile(POLICY, 'utf8'));
  if (!parsed.ok || parsed.policy.kind !== 'DatabaseFailover') throw new Error(`${POLICY} is no policy of a database`);
  return parsed.policy.cooldownMs;
}
