/**
 * How long a client of the regional database route has no write acknowledged, fault by fault: rows of the fault table, again
 * and again, with the policy's times of the bed and with those of the example in policies/. It measures; whether a bound is
 * kept is for the table to say.
 */

import { readFile } from 'node:fs/promises';
import type { DatabaseFailover } from '../../src/core/policy.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { execHost } from '../bed/exec.ts';
import { Screen } from '../demo/screen.ts';
import { BED_POLICY, bedPolicy } from '../faults/bed-policy.ts';
import type { RowReport } from '../faults/report.ts';
import { rowsByName } from '../faults/rows/all.ts';
import { runTable } from '../faults/run-table.ts';
import { type DatabaseBench, databaseRow } from './database-report.ts';

/** From the quickest to the one that takes longest. */
export const DATABASE_FAULTS = [
  'mariadbd-killed',
  'host-frozen',
  'host-isolated',
  'agent-frozen',
  'agent-restarted',
  'store-leader-moved',
  'store-down',
] as const;

const EXAMPLE = `${import.meta.dirname}/../../policies/database-failover.yaml`;
const APPLY_TIMEOUT_MS = 60_000;

export type DatabaseFault = (typeof DATABASE_FAULTS)[number];

export interface DatabaseBenchOptions {
  readonly faults: readonly DatabaseFault[];
  readonly runs: number;
  readonly signal: AbortSignal;
  readonly keep: boolean;
  readonly wait: boolean;
}

/** @throws LockHeld without `wait`; the signal's reason; why a bed did not come up or to rest */
export async function benchDatabase({
  faults,
  runs,
  signal,
  keep,
  wait,
}: DatabaseBenchOptions): Promise<DatabaseBench> {
  const screen = new Screen({ write: (text) => process.stderr.write(text), isTerminal: false });
  const rows: DatabaseBench['rows'][number][] = [];
  for (const text of await policyTexts()) {
    const timing = policyOf(text);
    const reports: RowReport[] = [];
    const repeated = faults.flatMap((name) => Array.from({ length: runs }, () => name));
    await runTable(rowsByName(repeated), {
      timing,
      screen,
      signal,
      keep,
      wait,
      prepare: () => apply(text),
      onReport: async (report) => {
        reports.push(report);
        return true;
      },
    });
    for (const name of faults) {
      const own = reports.filter((each) => each.name === name);
      rows.push(databaseRow(`${name}, ttl ${timing.ttlMs / 1000}s`, own));
    }
  }
  return { version: 1, rows };
}

/**
 * The bed's policy, and the same with the example's lease: hold-downs and cooldowns are for people and are not measured. A
 * hold-down between regions may not be shorter than the lease.
 */
async function policyTexts(): Promise<readonly string[]> {
  const own = await readFile(BED_POLICY, 'utf8');
  const { ttlMs, marginMs } = policyOf(await readFile(EXAMPLE, 'utf8'));
  const example = own
    .replace(/^ttl: .*$/m, `ttl: ${ttlMs}ms`)
    .replace(/^margin: .*$/m, `margin: ${marginMs}ms`)
    .replace(/^( +holdDown:) .*$/m, `$1 ${ttlMs}ms`);
  return ttlMs === (await bedPolicy()).ttlMs ? [own] : [own, example];
}

function policyOf(text: string): DatabaseFailover {
  const parsed = parsePolicy(text);
  if (!parsed.ok || parsed.policy.kind !== 'DatabaseFailover') throw new Error('the text is no policy of a database');
  return parsed.policy;
}

async function apply(text: string): Promise<void> {
  const argv = ['regentctl', 'policy', 'apply', '--wait', '30', '-'];
  const { code, stdout, stderr } = await execHost('north-1', argv, { input: text, timeoutMs: APPLY_TIMEOUT_MS });
  if (code !== 0) throw new Error(`the policy was not accepted:\n${stdout}\n${stderr}`);
}
