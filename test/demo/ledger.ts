/**
 * Whether every write that a client was told is done can still be found, in the primary's own tables and through Keystone (of rows, in their table),
 * and whether anything can be found that the client was told is not done. An acknowledged write that is missing in either
 * place is lost.
 */

import { execInClient } from '../bed/exec.ts';
import { issueToken, type Login } from '../bed/readiness.ts';
import { sql } from '../bed/replication.ts';
import { PORTS, type RegionName, virtualAddress } from '../bed/topology.ts';
import { ROW_TABLE } from './row-writer.ts';
import type { Sample } from './sample.ts';

const LIST_TIMEOUT_MS = 30_000;

export interface Audit {
  readonly acknowledged: number;
  /** Names of acknowledged writes that the primary's tables or Keystone do not have. */
  readonly lost: readonly string[];
  /** Names of writes that were refused by an answer and are there all the same. */
  readonly reappeared: readonly string[];
}

/**
 * Compares what clients were told with what is there.
 *
 * @param primary - the host whose database is the primary now
 * @param region - where Keystone is asked
 */
export async function audit(
  samples: readonly Sample[],
  where: {
    readonly primary: string;
    readonly region: RegionName;
    readonly namePrefix: string;
    readonly account: Login;
  },
): Promise<Audit> {
  const rows = samples.filter((each) => each.kind === 'row');
  const inRows = rows.length === 0 ? new Set<string>() : await idsOfRows(where.primary, where.namePrefix);
  const ofRows = compare(rows, inRows, inRows);
  if (!samples.some((each) => each.kind === 'write')) return ofRows;
  const inTables = await namesInTables(where.primary, where.namePrefix);
  const inKeystone = await namesInKeystone(where.region, where.account);
  const writes = samples.filter((each) => each.kind === 'write');
  return added(ofRows, compare(writes, inTables, inKeystone));
}

function added(one: Audit, other: Audit): Audit {
  return {
    acknowledged: one.acknowledged + other.acknowledged,
    lost: [...one.lost, ...other.lost],
    reappeared: [...one.reappeared, ...other.reappeared],
  };
}

/** Pure part of `audit`: who is lost and who reappeared. */
export function compare(
  samples: readonly Sample[],
  inTables: ReadonlySet<string>,
  inKeystone: ReadonlySet<string>,
): Audit {
  const writes = samples.filter((each) => (each.kind === 'write' || each.kind === 'row') && each.id !== '');
  const acknowledged = writes.filter((each) => each.ok).map((each) => each.id);
  const refused = writes.filter((each) => !each.ok && each.status >= 400).map((each) => each.id);
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((name) => !inTables.has(name) || !inKeystone.has(name)),
    reappeared: refused.filter((name) => inTables.has(name) || inKeystone.has(name)),
  };
}

async function namesInTables(primary: string, prefix: string): Promise<ReadonlySet<string>> {
  const printed = await sql(primary, `SELECT name FROM keystone.project WHERE name LIKE '${prefix}%';`);
  return new Set(printed.split('\n').filter((line) => line !== ''));
}

async function idsOfRows(primary: string, prefix: string): Promise<ReadonlySet<string>> {
  const printed = await sql(primary, `SELECT id FROM ${ROW_TABLE} WHERE id LIKE '${prefix}%';`);
  return new Set(printed.split('\n').filter((line) => line !== ''));
}

async function namesInKeystone(region: RegionName, account: Login): Promise<ReadonlySet<string>> {
  const token = await issueToken(region, account);
  const url = `http://${virtualAddress(region)}:${PORTS.keystone}/v3/projects`;
  const argv = ['curl', '-s', '-S', '--fail', '--max-time', '20', '-H', `X-Auth-Token: ${token ?? ''}`, url];
  const answer = await execInClient(region, argv, { timeoutMs: LIST_TIMEOUT_MS });
  if (answer.code !== 0) throw new Error(`Keystone of ${region} does not list its projects: ${answer.stderr.trim()}`);
  const listed = JSON.parse(answer.stdout) as { readonly projects: readonly { readonly name: string }[] };
  return new Set(listed.projects.map((each) => each.name));
}
