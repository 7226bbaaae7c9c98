/**
 * All hosts of the primary's region freeze at once. With the witness's vote the other region has to be promoted, within the
 * policy's loss budget: writers pause for a second first, so that nothing acknowledged is still on its way. When the lost
 * region comes back its former primary has to close, and to follow; or it is quarantined and that is said.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { freeze, freezeSite, thawSite } from '../../bed/faults.ts';
import { sql } from '../../bed/replication.ts';
import { hostByName, type RegionName, regionOf } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import { errantTransactions } from '../gtid-state.ts';
import { lossBudgetMs } from '../hold-downs.ts';
import { nowMs } from '../moment.ts';
import { describe } from '../regent-view.ts';
import { follows } from '../replica.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';
import { homeAndAway } from './regions.ts';

/** The hold-down between regions is 5 s on the bed. */
const BOUND_MS = 20_000;
const PAUSE_BEFORE_MS = 1_000;
const CLOSED_AFTER_THAW_MS = 5_000;
const FOLLOWS_AFTER_THAW_MS = 60_000;

export const regionLost: Scenario = {
  name: 'region-lost',
  what: 'all of north is frozen',
  promise: 'Keystone writes in south within hold-down + 15 s; north, thawed, ends read-only and follows',
  boundMs: BOUND_MS,
  dualWritableMaxMs: 1_000,
  control: 'fails',
  run,
};

async function run(context: Context): Promise<Figures> {
  const { home, away, primary } = homeAndAway(context);
  const sinceWallMs = Date.now();
  const writers = await Promise.all([home, away].map((region) => context.client({ region, tasks: ['writes'] })));
  context.say('writers pause for a second');
  await Promise.all(writers.map((writer) => writer.stop()));
  await delay(PAUSE_BEFORE_MS, undefined, { signal: context.signal });
  context.say(`freezing ${primary}, the primary, and then all of ${home}`);
  const faultMs = nowMs();
  await freeze(primary);
  await freezeSite(home);
  try {
    const survivor = await context.clientDuringFault({ region: away, tasks: ['writes'] });
    const outageMs = await context.recovery(survivor, 'write', faultMs);
    const promoted = context.databases.open.find((host) => host !== primary);
    if (context.isManaged) await checkPromotion(context, { promoted, away, sinceWallMs });
    context.say(`thawing ${home}`);
    await thawSite(home);
    if (context.isManaged && promoted !== undefined)
      await checkReturn(context, { former: primary, promoted, sinceWallMs });
    await survivor.stop();
    return { outageMs };
  } finally {
    await thawSite(home);
  }
}

interface Promotion {
  readonly promoted: string | undefined;
  readonly away: RegionName;
  readonly sinceWallMs: number;
}

async function checkPromotion(context: Context, { promoted, away, sinceWallMs }: Promotion): Promise<void> {
  const isThere = promoted !== undefined && regionOf(hostByName(promoted)) === away;
  context.check(`a database of ${away} is promoted`, isThere, promoted ?? 'none');
  const surviving = [
    ...(await context.regent.events(away, sinceWallMs)),
    ...(await context.regent.events('witness', sinceWallMs)),
  ];
  const votes = surviving.filter(
    (event) => event.name.startsWith('arbiter:') || event.name.startsWith('database:ballot:'),
  );
  context.check('the ballot is held with the witness, without the lost region', votes.length > 0, describe(votes, 3));
  const chosen = surviving.find((event) => event.name === 'database:ballot:chosen');
  const lossMs = chosen?.facts?.lossMs;
  const budgetMs = await lossBudgetMs();
  context.check(
    "the loss that the choice accepts is named and within the policy's budget",
    typeof lossMs === 'number' && lossMs <= budgetMs,
    chosen === undefined ? 'no such event' : `at most ${budgetMs} ms allowed: ${describe([chosen])}`,
  );
}

interface Return {
  readonly former: string;
  readonly promoted: string;
  readonly sinceWallMs: number;
}

async function checkReturn(context: Context, { former, promoted, sinceWallMs }: Return): Promise<void> {
  const thawedMs = nowMs();
  const closed = await reached(context, CLOSED_AFTER_THAW_MS, async () => {
    const state = context.databases.stateOf(former);
    return { ok: state === 'read-only', detail: state };
  });
  context.check(
    `${former} closes itself after the thaw`,
    closed === '',
    closed || `read-only ${((nowMs() - thawedMs) / 1000).toFixed(1)} s after the thaw`,
  );
  const isQuarantined = async () =>
    (await context.regent.events('anywhere', sinceWallMs)).filter(
      (event) => event.name === 'database:member:quarantined',
    );
  const followed = await reached(context, FOLLOWS_AFTER_THAW_MS, async () => {
    const attempt = await follows(former, promoted);
    return attempt.ok ? attempt : { ok: (await isQuarantined()).length > 0, detail: attempt.detail };
  });
  const quarantined = await isQuarantined();
  context.check(
    `${former} follows ${promoted}, or is quarantined and that is said`,
    followed === '',
    followed || describe(quarantined) || `follows ${promoted}`,
  );
  const errant = errantTransactions(await binlogState(former), await binlogState(promoted));
  context.check(
    'whatever it took after the promotion is reported',
    errant.length === 0 || quarantined.length > 0,
    errant.length === 0 ? 'it took nothing' : `${errant.join(', ')}: ${describe(quarantined) || 'not reported'}`,
  );
}

async function binlogState(host: string): Promise<string> {
  return (await sql(host, 'SELECT @@gtid_binlog_state;')).trim();
}

async function reached(
  context: Context,
  timeoutMs: number,
  attempt: () => Promise<{ readonly ok: boolean; readonly detail: string }>,
): Promise<string> {
  return waitUntil('state', { timeoutMs, pauseMs: 100, signal: context.signal }, attempt).then(
    () => '',
    (error: Error) => error.message,
  );
}
