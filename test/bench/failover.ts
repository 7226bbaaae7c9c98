/**
 * How long writes are out when the primary's server is killed, again and again on one bed, felt by a client as in the demo:
 * from the fault to the first acknowledged write that began after it and was followed by nothing but success. Each run
 * begins at rest and after the policy's cooldown, because a second switch within it is refused on purpose.
 */

import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { Bed } from '../bed/bed.ts';
import { killUnit } from '../bed/faults.ts';
import { adminLogin } from '../bed/readiness.ts';
import { hostByName, regionOf } from '../bed/topology.ts';
import { waitUntil } from '../bed/wait.ts';
import { Clients } from '../demo/client-process.ts';
import { audit } from '../demo/ledger.ts';
import { nowMs } from '../demo/moment.ts';
import { outageAfter } from '../demo/outage.ts';
import { preferHosts } from '../demo/priority.ts';
import { settle } from '../demo/settle.ts';
import { loadNow } from './machine.ts';

export interface FailoverRun {
  readonly from: string;
  readonly to: string;
  readonly outageMs: number;
  /** The machine's load average of the minute before the fault. */
  readonly load: number;
  /** Acknowledged writes that are missing afterwards. */
  readonly lost: number;
}

export interface FailoverOptions {
  readonly bed: Bed;
  readonly runs: number;
  readonly signal: AbortSignal;
  readonly onRun: (run: FailoverRun, index: number) => void;
}

const POLICY = `${import.meta.dirname}/../bed/policies/keystone.yaml`;
const RECOVERY_TIMEOUT_MS = 40_000;
const REST_TIMEOUT_MS = 60_000;

/** @throws NotInTime when writes do not recover or the cloud does not come to rest; the signal's reason */
export async function benchFailover({ bed, runs, signal, onRun }: FailoverOptions): Promise<readonly FailoverRun[]> {
  const cooldownMs = await cooldown();
  const done: FailoverRun[] = [];
  for (let index = 0; index < runs; index++) {
    const run = await once(bed, signal);
    done.push(run);
    onRun(run, index);
    if (index + 1 < runs) await delay(cooldownMs, undefined, { signal });
  }
  return done;
}

async function once(bed: Bed, signal: AbortSignal): Promise<FailoverRun> {
  const from = await settle({ timeoutMs: REST_TIMEOUT_MS, signal });
  await preferHosts();
  const region = regionOf(hostByName(from)) ?? 'north';
  const clients = new Clients(bed.secrets);
  try {
    const client = await clients.start({ region, tasks: ['writes'] });
    await client.firstSuccess();
    const load = loadNow();
    const faultMs = nowMs();
    await killUnit(from, 'mariadb.service');
    const options = { timeoutMs: RECOVERY_TIMEOUT_MS, pauseMs: 100, signal };
    await waitUntil(`writes after the loss of ${from}`, options, async () => {
      const ok = outageAfter(client.samples, 'write', faultMs) !== undefined;
      return { ok, detail: client.samples.at(-1)?.detail ?? '' };
    });
    const outageMs = outageAfter(client.samples, 'write', faultMs)?.outageMs ?? Number.NaN;
    await clients.stopAll();
    const to = await settle({ timeoutMs: REST_TIMEOUT_MS, signal });
    const where = { primary: to, region, namePrefix: clients.namePrefix, account: adminLogin(bed.secrets) };
    const { lost } = await audit(client.samples, where);
    return { from, to, outageMs, load, lost: lost.length };
  } catch (error) {
    // The client's own end is of no interest beside the reason why the run failed.
    await clients.stopAll().catch(() => undefined);
    throw error;
  }
}

/** @throws Error when the bed's policy cannot be read */
async function cooldown(): Promise<number> {
  const parsed = parsePolicy(await readFile(POLICY, 'utf8'));
  if (!parsed.ok || parsed.policy.kind !== 'DatabaseFailover') throw new Error(`${POLICY} is no policy of a database`);
  return parsed.policy.cooldownMs;
}
