/**
 * The database benchmark: each fault in its turn, again and again on one bed with default timing, every run kept as soon as
 * it has ended. It measures and says what was reached; an interruption leaves all figures so far.
 */

import { applyPolicies } from '../../bed/apply-policies.ts';
import { type Bed, bedUp } from '../../bed/bed.ts';
import { isUsable } from '../../faults/run-row.ts';
import { onBed } from '../on-bed.ts';
import type { BenchFault } from './faults.ts';
import { applyBenchPolicy, type BenchPolicy, benchPolicy } from './policy.ts';
import { nextFault, type Tally } from './queue.ts';
import type { RunRecord } from './records.ts';
import { rebuild } from './rest.ts';
import { type Run, runOnce } from './run.ts';

export interface BenchOptions {
  readonly faults: readonly BenchFault[];
  readonly runs: number;
  /** Runs that an earlier session has made. */
  readonly earlier: readonly RunRecord[];
  readonly signal: AbortSignal;
  readonly keep: boolean;
  readonly wait: boolean;
  readonly say: (sentence: string) => void;
  readonly onRecord: (record: RunRecord) => Promise<void>;
}

/** @throws LockHeld without `wait`; the signal's reason; why a bed did not come up or to rest */
export async function benchDatabase(options: BenchOptions): Promise<void> {
  const { faults, runs, earlier, signal, keep, wait, say, onRecord } = options;
  const wanted = await benchPolicy();
  const tallies = tallyOf(earlier);
  const names = faults.map((each) => each.name);
  await onBed({ say, signal, keep, wait }, async (firstBed) => {
    let bed = firstBed;
    await applyBenchPolicy(wanted, signal);
    const startedMs = performance.now();
    let made = 0;
    for (;;) {
      const name = nextFault(names, tallies, runs);
      const fault = faults.find((each) => each.name === name);
      if (fault === undefined) return;
      const left = leftText(names, tallies, runs, made === 0 ? undefined : (performance.now() - startedMs) / made);
      say(`${fault.name}, run ${(tallies.get(fault.name)?.runs ?? 0) + 1}/${runs}${left}`);
      const run = await attempt(fault, { bed, timing: wanted.policy, signal, say });
      tallies.set(fault.name, counted(tallies.get(fault.name), run !== undefined));
      made += 1;
      if (run !== undefined) {
        say(`  ${recordText(run.record)}`);
        await onRecord(run.record);
        await rebuildAll(run.quarantined, options);
      }
      if (!(await isUsable(signal))) bed = await newBed(wanted, options);
    }
  });
}

/** @returns undefined when it was no measurement; why is said */
async function attempt(fault: BenchFault, options: Parameters<typeof runOnce>[1]): Promise<Run | undefined> {
  try {
    return await runOnce(fault, options);
  } catch (error) {
    if (options.signal.aborted) throw error;
    options.say(`  no measurement: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** A rebuild that fails leaves the server out, and costs a new bed. */
async function rebuildAll(hosts: readonly string[], { say, signal }: BenchOptions): Promise<void> {
  for (const host of hosts) {
    say(`  ${host} has commits of its own: it is rebuilt`);
    await rebuild(host, signal).catch((error: Error) => say(`  ${error.message}`));
  }
}

async function newBed(wanted: BenchPolicy, { say, signal }: BenchOptions): Promise<Bed> {
  say('the cloud does not come to rest: a new bed for the next run');
  const bed = await bedUp({ progress: say, signal });
  await applyPolicies(say);
  await applyBenchPolicy(wanted, signal);
  return bed;
}

export function tallyOf(records: readonly RunRecord[]): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { fault } of records) tallies.set(fault, counted(tallies.get(fault), true));
  return tallies;
}

function counted(tally: Tally = { runs: 0, failed: 0 }, isRun: boolean): Tally {
  return isRun ? { ...tally, runs: tally.runs + 1 } : { ...tally, failed: tally.failed + 1 };
}

function leftText(
  names: readonly string[],
  tallies: ReadonlyMap<string, Tally>,
  runs: number,
  eachMs?: number,
): string {
  if (eachMs === undefined) return '';
  const left = names.reduce((sum, name) => sum + Math.max(0, runs - (tallies.get(name)?.runs ?? 0)), 0);
  return `; ${left} runs left, about ${Math.ceil((left * eachMs) / 60_000)} min`;
}

function recordText({ silenceMs, healthyMs, load, ackedLost, dualWritableMs, moved }: RunRecord): string {
  const silence =
    silenceMs === null ? 'writes did not come back' : `${(silenceMs / 1000).toFixed(2)} s without a write`;
  const healthy = `${healthyMs} ms when healthy`;
  const safety = `${ackedLost ?? '?'} lost, ${dualWritableMs} ms two writers`;
  return [`${silence} (${healthy}), ${safety}, load ${load.toFixed(1)}`, ...moved].join('; ');
}
