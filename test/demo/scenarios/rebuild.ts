/**
 * Coming back. The primary's host is isolated while clients that reach it directly write what nobody acknowledges; another
 * is promoted. The old primary returns with a tail of its own: it stays out, the tail is exported and named, and an operator
 * has it rebuilt; it has the primary's data then, and may be promoted again. It is: the next primary's server is killed, and
 * that one comes back by itself, because it has nothing of its own. Only in the system suite, for its length.
 */

import type { ReadEvent } from '../../../src/audit/event-json.ts';
import { currentBed } from '../../bed/bed.ts';
import { WORLD } from '../../bed/cuts.ts';
import { execHost } from '../../bed/exec.ts';
import { cut, heal } from '../../bed/faults.ts';
import { sql } from '../../bed/replication.ts';
import { waitUntil } from '../../bed/wait.ts';
import { databaseState } from '../../faults/store-view.ts';
import { type DirectWrite, tailStatements, writeDirectly } from '../direct-writes.ts';
import { insertedKeys } from '../exported-rows.ts';
import { mayBeRebuilt } from '../may-be-rebuilt.ts';
import { nowMs } from '../moment.ts';
import { describe } from '../regent-view.ts';
import { follows } from '../replica.ts';
import { restForSwitch } from '../rest-for-switch.ts';
import { createRowTable, ROW_TABLE } from '../row-writer.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';
import { openDatabases } from '../settle.ts';
import { waitForSameTables } from '../table-sums.ts';
import { crashPrimary } from './database-crash.ts';
import { homeAndAway } from './regions.ts';

/** The lease, its revocation, a ballot, and the proxies. */
const BOUND_MS = 12_000;
const TAIL = ['tail-1', 'tail-2', 'tail-3'];
const REVOKED = 'tail-token';
/** The returning agent finds its store, and looks for what is not exported every ten seconds. */
const EXPORTED_WITHIN_MS = 40_000;
const REBUILT_WITHIN_MS = 90_000;
const SAME_WITHIN_MS = 10_000;
/** Crash recovery, and the look-out of the replicas. */
const REJOINED_WITHIN_MS = 30_000;

export const rebuild: Scenario = {
  name: 'rebuild',
  what: "the primary's host is isolated with clients that write to it directly; it is rebuilt, and promoted again",
  promise:
    'what only the old primary has is exported and named; rebuilt, it has the same data; no acknowledged write lost',
  boundMs: BOUND_MS,
  dualWritableMaxMs: 0,
  control: 'skip',
  run,
};

async function run(context: Context): Promise<Figures> {
  await restForSwitch(context);
  const { home, primary: former } = homeAndAway(context);
  await createRowTable(former);
  const client = await context.client({ region: home, tasks: ['rows'] });
  const sinceWallMs = Date.now();
  const outageMs = await isolate(context, former, () => context.recovery(client, 'row', nowMs()));
  await client.stop();
  const [primary] = context.databases.open;
  context.check('another database is open', primary !== undefined && primary !== former, primary ?? 'none');
  if (primary === undefined) return { outageMs };
  await checkQuarantine(context, { former, primary, sinceWallMs });
  if (!(await checkRebuild(context, former, primary))) return { outageMs };
  return { outageMs: later(outageMs, await promoteAgain(context, former, primary)) };
}

/** @returns what `recovered` does, which is called when the tail is being written */
async function isolate<T>(context: Context, former: string, recovered: () => Promise<T>): Promise<T> {
  context.say(`isolating ${former}, the primary, while clients on it write to it directly`);
  const bed = await currentBed();
  await cut(former, WORLD);
  let ended: readonly DirectWrite[] = [];
  try {
    const writes = await writeDirectly(former, bed.secrets, tailStatements(TAIL, REVOKED));
    const [outcome, all] = await Promise.all([recovered(), writes()]);
    ended = all;
    return outcome;
  } finally {
    const told = ended.filter((each) => each.isAcknowledged).map((each) => each.statement);
    context.check(
      'nobody on the isolated primary was told that a write is done',
      ended.length > 0 && told.length === 0,
      told.join('; ') || ended[0]?.detail || 'the writes did not end',
    );
    context.say(`${former} comes back`);
    await heal();
  }
}

interface Quarantine {
  readonly former: string;
  readonly primary: string;
  readonly sinceWallMs: number;
}

async function checkQuarantine(context: Context, { former, primary, sinceWallMs }: Quarantine): Promise<void> {
  const seen = async (name: string): Promise<readonly ReadEvent[]> =>
    (await context.regent.events('anywhere', sinceWallMs)).filter((each) => each.name === name && each.node === former);
  const { signal } = context;
  await waitUntil(`the export of ${former}`, { timeoutMs: EXPORTED_WITHIN_MS, signal }, async () => ({
    ok: (await seen('database:member:exported')).length > 0,
    detail: describe(await seen('database:member:quarantined')) || 'it is not quarantined',
  }));
  const quarantined = await seen('database:member:quarantined');
  const namesThem = quarantined.some(({ facts }) => Array.isArray(facts?.errant) && facts.errant.length > 0);
  context.check(`${former} stays out, and its own transactions are named`, namesThem, describe(quarantined));
  const exports = await seen('database:member:exported');
  const access = exports.flatMap(({ facts }) => facts?.accessMayReappear).filter((each) => typeof each === 'string');
  context.check(
    'what that means for identity is said: a revoked token is accepted again',
    access.some((each) => each.includes('revoked')),
    access.join('; ') || describe(exports),
  );
  const files = exports.flatMap(({ facts }) => (typeof facts?.file === 'string' ? [facts.file] : []));
  const { stdout: text } = await execHost(former, ['cat', ...files]);
  const own = await rowsOnlyOn(former, primary);
  const exported = insertedKeys(text, ROW_TABLE).toSorted();
  const isWhole = TAIL.every((id) => exported.includes(id)) && text.includes(`'${REVOKED}'`);
  context.check(
    'the export holds the rows that only the old primary has, and no others',
    isWhole && exported.join() === own.join(),
    `exported ${exported.join(', ')}; only on ${former}: ${own.join(', ')}`,
  );
}

/** In order. */
async function rowsOnlyOn(former: string, primary: string): Promise<readonly string[]> {
  const [own, known] = await Promise.all(
    [former, primary].map(async (host) => (await sql(host, `SELECT id FROM ${ROW_TABLE};`)).split('\n')),
  );
  const others = new Set(known);
  return (own ?? []).filter((id) => id !== '' && !others.has(id)).toSorted();
}

/** @returns false if it was not rebuilt: then there is nothing more to see */
async function checkRebuild(context: Context, former: string, primary: string): Promise<boolean> {
  await mayBeRebuilt(former, context.signal);
  context.say(`regentctl database rebuild ${former}`);
  const argv = ['regentctl', 'database', 'rebuild', former];
  const { code, stdout, stderr } = await execHost(primary, argv, { timeoutMs: REBUILT_WITHIN_MS });
  const lines = stdout.trim().split('\n');
  context.check('the rebuild is done', code === 0, stderr.trim() || (lines.at(-1) ?? ''));
  if (code !== 0) return false;
  const hasProgress = lines.some((line) =>
    /receiving a copy|preparing the copy|starting the server|waiting until it follows/.test(line),
  );
  context.check('it says how far it is', hasProgress, `${lines.length} lines: ${lines.slice(0, 4).join(' | ')}`);
  const same = await waitForSameTables(former, primary, { timeoutMs: SAME_WITHIN_MS, signal: context.signal }).then(
    (count) => ({ ok: true, detail: `${count} tables` }),
    (error: Error) => ({ ok: false, detail: error.message }),
  );
  context.check(`every table of ${former} has the checksum of ${primary}'s`, same.ok, same.detail);
  const following = await follows(former, primary);
  context.check(`${former} follows ${primary}`, following.ok, following.detail);
  return true;
}

/** @returns the outage of the second failover in ms */
async function promoteAgain(context: Context, former: string, primary: string): Promise<number | undefined> {
  await restForSwitch(context);
  const { electable } = await databaseState();
  context.check(`${former} may be promoted again`, electable.includes(former), electable.join(', '));
  const sinceWallMs = Date.now();
  const outageMs = await crashPrimary(context);
  const open = await openDatabases();
  context.check(`${former}, rebuilt, is the primary again`, open[0] === former, open.join(', ') || 'none');
  const rejoined = await waitUntil(
    `${primary} back again`,
    { timeoutMs: REJOINED_WITHIN_MS, signal: context.signal },
    () => follows(primary, former),
  ).then(
    () => '',
    (error: Error) => error.message,
  );
  const events = await context.regent.events('anywhere', sinceWallMs);
  const quarantined = events.filter((each) => each.name === 'database:member:quarantined');
  context.check(
    `${primary}, which has nothing of its own, rejoins by itself`,
    rejoined === '' && quarantined.length === 0,
    rejoined || describe(quarantined) || 'with both threads, and no quarantine',
  );
  return outageMs;
}

function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}
