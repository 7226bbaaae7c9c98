/**
 * The region without the primary is cut off from everything. Its services have to accept tokens issued by its own Keystone,
 * reads work and writes are refused, while the other region never notices. After healing it returns by itself, and nothing
 * that was refused appears later. Tokens are issued after the cut, each is used once, and the bed's Keystones cache none, so
 * that none of them can have been accepted from memory.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { heal, isolateSite } from '../../bed/faults.ts';
import { hostsWithRole, type RegionName } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import type { ClientProcess } from '../client-process.ts';
import { serversInUse } from '../host-facts.ts';
import { nowMs } from '../moment.ts';
import { failuresBetween, longestAlternation } from '../outage.ts';
import { describe } from '../regent-view.ts';
import type { Sample } from '../sample.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';
import { homeAndAway } from './regions.ts';

/** The hold-down of the identity route is 5 s on the bed. */
const BOUND_MS = 10_000;
const ISOLATED_MS = 8_000;
const ALTERNATIONS_MIN = 5;
/** The time for which home must be good before a region returns, and as much again for seeing and doing it. */
const RETURN_MS = 20_000;

export const regionCut: Scenario = {
  name: 'region-cut',
  what: 'south is cut off from everything',
  promise: "south's services accept tokens of south's Keystone within hold-down + 5 s; north never notices",
  boundMs: BOUND_MS,
  dualWritableMaxMs: 0,
  control: 'fails',
  run,
};

async function run(context: Context): Promise<Figures> {
  const { home, away, primary } = homeAndAway(context);
  const northern = await context.client({ region: home, tasks: ['tokens', 'writes'] });
  const southern = await context.client({ region: away, tasks: ['tokens', 'writesAndReads'] });
  const sinceMs = nowMs();
  const sinceWallMs = Date.now();
  context.say(`cutting ${away} off from everything; clients go on in both regions`);
  const faultMs = nowMs();
  await isolateSite(away);
  try {
    const outageMs = await context.recovery(southern, 'token', faultMs);
    if (outageMs !== undefined) await whileIsolated(context, southern, faultMs + outageMs);
    checkTokens(context, southern, faultMs);
    await southern.stop();
    context.say('healing the cut');
    await heal();
    if (context.isManaged) {
      await returnHome(context, away, home);
      const { reappeared } = await context.audit(southern.samples);
      context.check('no old write appears', reappeared.length === 0, reappeared.join(', ') || 'none did');
    }
    await northern.stop();
    checkUnmoved(context, northern, sinceMs);
    await checkNoActions(context, home, sinceWallMs);
    context.check(`${primary} is the primary throughout`, context.databases.stateOf(primary) === 'open', primary);
    return { outageMs };
  } finally {
    await heal();
  }
}

async function whileIsolated(context: Context, client: ClientProcess, sinceMs: number): Promise<void> {
  context.say(`${client.region} works alone; looking at it for ${ISOLATED_MS / 1000} s`);
  await delay(ISOLATED_MS, undefined, { signal: context.signal });
  const samples = client.samples.filter((each) => each.startMs >= sinceMs);
  const writes = samples.filter((each) => each.kind === 'write');
  const reads = samples.filter((each) => each.kind === 'read');
  const accepted = writes.filter((each) => each.ok).length;
  context.check('reads work there', reads.length > 0 && reads.every((each) => each.ok), counted(reads));
  context.check(
    'writes are refused there',
    writes.length > 0 && accepted === 0,
    `${accepted} of ${writes.length} accepted`,
  );
  const alternations = longestAlternation(samples);
  context.check(
    'refused writes alternate with succeeding reads',
    alternations >= ALTERNATIONS_MIN,
    `${alternations} pairs in a row`,
  );
}

function checkTokens(context: Context, client: ClientProcess, faultMs: number): void {
  const tokens = client.samples.filter((each) => each.kind === 'token' && each.ok && each.startMs >= faultMs);
  const different = new Set(tokens.map((each) => each.id)).size;
  context.check(
    'tokens are issued after the cut, used once, and known to no cache',
    tokens.length > 0 && different === tokens.length,
    `${different} different tokens in ${tokens.length} uses`,
  );
}

async function returnHome(context: Context, away: RegionName, home: RegionName): Promise<void> {
  const healedMs = nowMs();
  const expected = hostsWithRole('api', home)
    .map((each) => each.name)
    .join(' ');
  const options = { timeoutMs: RETURN_MS, pauseMs: 250, signal: context.signal };
  const attempt = async () => {
    const used = await Promise.all(hostsWithRole('proxy', away).map((each) => serversInUse(each.name, 'keystone')));
    return { ok: used.every((servers) => servers?.join(' ') === expected), detail: used.join(' / ') };
  };
  const problem = await waitUntil(`${away} at home`, options, attempt).then(
    () => undefined,
    (error: Error) => error.message,
  );
  const took = `${((nowMs() - healedMs) / 1000).toFixed(1)} s after healing`;
  context.check(
    `${away} returns to home by itself within ${RETURN_MS / 1000} s`,
    problem === undefined,
    problem ?? took,
  );
  context.say(`${away} writes through home again`);
  const returned = await context.client({ region: away, tasks: ['tokens', 'writes'] });
  await returned.stop();
}

function checkUnmoved(context: Context, client: ClientProcess, sinceMs: number): void {
  const failures = failuresBetween(client.samples, sinceMs);
  context.check(
    `${client.region} never notices: no failed request`,
    failures.length === 0 && client.samples.length > 0,
    counted(client.samples.filter((each) => each.startMs >= sinceMs)),
  );
}

async function checkNoActions(context: Context, home: RegionName, sinceWallMs: number): Promise<void> {
  if (!context.isManaged) return;
  const actions = await context.regent.actions(home, sinceWallMs);
  context.check(`${home} never notices: no action there`, actions.length === 0, describe(actions) || 'no event');
}

function counted(samples: readonly Sample[]): string {
  const failed = samples.filter((each) => !each.ok);
  const first = failed[0] === undefined ? '' : `, first failure: ${failed[0].detail}`;
  return `${samples.length - failed.length} of ${samples.length} succeeded${first}`;
}
