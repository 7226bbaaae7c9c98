/**
 * Whether two servers have the same data: MariaDB's own checksum of every table that is not the server's. Positions are no
 * proof of it: a server can skip a transaction and move its position past it.
 */

import { sql } from '../bed/replication.ts';
import { type Attempt, waitUntil } from '../bed/wait.ts';

const TABLES = `SELECT CONCAT('\`', TABLE_SCHEMA, '\`.\`', TABLE_NAME, '\`') FROM information_schema.TABLES
WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
ORDER BY 1;`;

/** @returns by table. @throws Error when the server does not answer, or has no table at all */
async function tableSums(host: string): Promise<ReadonlyMap<string, string>> {
  const tables = lines(await sql(host, TABLES));
  if (tables.length === 0) throw new Error(`${host} has no tables`);
  const printed = lines(await sql(host, `CHECKSUM TABLE ${tables.join(', ')};`));
  return new Map(printed.map((line) => line.split('\t') as [string, string]));
}

/**
 * Waits until both have the same tables with the same sums at one look; one of them is a replica that may be a row behind.
 *
 * @returns how many tables were compared
 * @throws NotInTime naming the tables that differ
 */
export async function waitForSameTables(
  one: string,
  other: string,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<number> {
  let compared = 0;
  await waitUntil(`the same data on ${one} and ${other}`, options, async (): Promise<Attempt> => {
    const [sums, others] = await Promise.all([tableSums(one), tableSums(other)]);
    const names = [...new Set([...sums.keys(), ...others.keys()])];
    const different = names.filter((name) => sums.get(name) !== others.get(name));
    compared = names.length;
    return { ok: different.length === 0, detail: `${different.length} tables differ: ${different.join(', ')}` };
  });
  return compared;
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
