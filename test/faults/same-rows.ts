/**
 * Whether every database that follows has the rows that the primary has. Positions are no proof: a server can skip a
 * transaction and move its position past it, and the loss shows only when it is promoted.
 */

import { sql } from '../bed/replication.ts';
import { hostsWithRole } from '../bed/topology.ts';
import { waitUntil } from '../bed/wait.ts';
import { follows } from '../demo/replica.ts';
import { ROW_TABLE } from '../demo/row-writer.ts';
import type { Check } from '../demo/scenario.ts';
import { openDatabases } from '../demo/settle.ts';

const APPLIED_WITHIN_MS = 10_000;
const SUM = `SELECT CONCAT(COUNT(*), ' rows, sum ', COALESCE(SUM(CRC32(id)), 0)) FROM ${ROW_TABLE};`;

export const SAME_ROWS = 'every database that follows has the same rows';

export async function checkSameRows(): Promise<Check> {
  const name = SAME_ROWS;
  const [primary] = await openDatabases();
  if (primary === undefined) return { name, ok: false, detail: 'no database is open' };
  const sums = new Map<string, string>();
  const attempt = async () => {
    const wanted = await sumOf(primary);
    sums.clear();
    for (const { name: host } of hostsWithRole('db')) {
      if (host !== primary && (await follows(host, primary)).ok) sums.set(host, await sumOf(host));
    }
    const different = [...sums].filter(([, sum]) => sum !== wanted).map(([host, sum]) => `${host} ${sum}`);
    return { ok: different.length === 0, detail: `${primary} ${wanted}; ${different.join('; ')}` };
  };
  return waitUntil(name, { timeoutMs: APPLIED_WITHIN_MS }, attempt).then(
    () => ({ name, ok: true, detail: [...sums.keys()].join(', ') }),
    (error: Error) => ({ name, ok: false, detail: error.message }),
  );
}

async function sumOf(host: string): Promise<string> {
  return (await sql(host, SUM)).trim();
}
