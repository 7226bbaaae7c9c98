/**
 * What works in a region that is cut off, row by row, and how soon it knows afterwards what happened at home meanwhile. Each row
 * is asked at home first: what fails there as well would show nothing about the cut.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { currentBed } from '../../bed/bed.ts';
import { heal, isolateSite } from '../../bed/faults.ts';
import { sql } from '../../bed/replication.ts';
import { hostsWithRole, PORTS, type RegionName, virtualAddress } from '../../bed/topology.ts';
import { NotInTime, waitUntil } from '../../bed/wait.ts';
import { serversInUse } from '../host-facts.ts';
import { Cloud, type Person } from '../isolation/cloud.ts';
import { IdentityApi, type Reply } from '../isolation/identity-api.ts';
import { addOwnRow, OWN_URL, offerOwnRow, ownRowAt, removeOwnRow } from '../isolation/own-row.ts';
import { startRecording, stopRecording } from '../isolation/recorder.ts';
import type { IsolationRow } from '../isolation/row.ts';
import { isolationRows } from '../isolation/rows.ts';
import { nowMs } from '../moment.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';
import { homeAndAway } from './regions.ts';

/** `maxLag` of the policy, and a few looks. */
const BEHIND_MS = 14_000;
/** TCP sends again what was lost in the cut after up to as long as the cut lasted. */
const REPLAYED_WITHIN_MS = 60_000;
const SWITCHED_WITHIN_MS = 30_000;
/** `token_cache_time` of the bed's services (300 s by default), and as much as a busy machine may add. */
const MIDDLEWARE_MS = 15_000 + 10_000;

export const identityIsolated: Scenario = {
  name: 'identity-isolated',
  what: 'south is cut off; every kind of login, read and write is tried there',
  promise: 'what works is what the documentation says, and a revocation of the meantime is in force afterwards',
  boundMs: null,
  dualWritableMaxMs: 0,
  control: 'skip',
  run,
};

async function run(context: Context): Promise<Figures> {
  const { home, away } = homeAndAway(context);
  const { secrets } = await currentBed();
  const [atHome, alone] = [new IdentityApi(home), new IdentityApi(away)];
  const recorders = {
    home: hostsWithRole('api', home)[0]?.name ?? '',
    away: hostsWithRole('api', away)[0]?.name ?? '',
  };
  try {
    context.say('people for every row; one Keystone of each region records logins');
    const [homeRecorder, awayRecorder] = await Promise.all([
      startRecording(home, recorders.home),
      startRecording(away, recorders.away),
    ]);
    const cloud = await Cloud.open(atHome, secrets.ADMIN_PASSWORD);
    await addOwnRow(recorders.home, secrets.ADMIN_PASSWORD);
    const offered = await offerOwnRow(cloud);
    context.check(`the API takes no catalogue row of ${OWN_URL}`, offered === 400, String(offered));
    const prepared = await prepareAll(cloud, homeRecorder);
    for (const { row, ask } of prepared.first)
      expect(context, `at home: ${row.what}`, row.atHome, await ask(row.isOfRecorder === true ? homeRecorder : atHome));
    const meantime = await beginMeantime(cloud);
    const cutWallMs = Date.now();
    context.say(`cutting ${away} off from everything`);
    await isolateSite(away);
    await untilServedBy(context, away, away);
    for (const { row, ask } of prepared.second)
      expect(context, `isolated: ${row.what}`, row.alone, await ask(row.isOfRecorder === true ? awayRecorder : alone));
    await checkOwnRow(context, cloud, meantime.token, { alone, away, home });
    await happenAtHome(context, cloud, meantime, { alone, rememberer: awayRecorder });
    // Its data are too old then, by the policy.
    await delay(Math.max(0, cutWallMs + BEHIND_MS - Date.now()), undefined, { signal: context.signal });
    context.say('healing the cut');
    await heal();
    await checkInForce(context, cloud, meantime, { away, home, alone, rememberer: awayRecorder });
    await removeOwnRow(cloud);
  } finally {
    await heal();
    await Promise.all([stopRecording(recorders.home), stopRecording(recorders.away)]);
  }
  return { outageMs: null };
}

interface Prepared {
  readonly row: IsolationRow;
  readonly ask: (api: IdentityApi) => Promise<Reply>;
}

/** Everything twice: what is asked once at home is used up. */
async function prepareAll(cloud: Cloud, recorder: IdentityApi) {
  const all = async (): Promise<readonly Prepared[]> => {
    const made: Prepared[] = [];
    for (const row of isolationRows) made.push({ row, ask: await row.prepare(cloud, recorder) });
    return made;
  };
  return { first: await all(), second: await all() };
}

function expect({ check }: Context, what: string, status: number, reply: Reply): void {
  check(what, reply.status === status, `${reply.status}, ${status} is documented`);
}

async function untilServedBy({ signal }: Context, away: RegionName, by: RegionName): Promise<void> {
  const expected = hostsWithRole('api', by).map(({ name }) => name);
  await waitUntil(`${away} served by ${by}`, { timeoutMs: SWITCHED_WITHIN_MS, pauseMs: 100, signal }, async () => {
    const used = await Promise.all(hostsWithRole('proxy', away).map(({ name }) => serversInUse(name, 'keystone')));
    return { ok: used.every((each) => each?.join() === expected.join()), detail: used.join(' / ') };
  });
}

interface Where {
  readonly away: RegionName;
  readonly home: RegionName;
  readonly alone: IdentityApi;
}

/** Listed by somebody for whom no Keystone has remembered a catalogue yet. */
async function checkOwnRow(context: Context, cloud: Cloud, token: string, { alone, away, home }: Where): Promise<void> {
  for (const [api, region] of [
    [cloud.home, home],
    [alone, away],
  ] as const) {
    const url = await ownRowAt(api, token);
    const own = `http://${virtualAddress(region)}:${PORTS.keystone}/v3`;
    context.check(`a catalogue row of ${OWN_URL} names ${region} where ${region} lists it`, url === own, url);
  }
}

/** Somebody whose token will be revoked, and the token of somebody who will lose a role. */
interface Meantime {
  readonly token: string;
  readonly demoted: Person;
  readonly demotedToken: string;
}

async function beginMeantime(cloud: Cloud): Promise<Meantime> {
  const demoted = await cloud.person();
  return { token: await cloud.token(await cloud.person()), demoted, demotedToken: await cloud.token(demoted) };
}

interface Alone {
  readonly alone: IdentityApi;
  /** One of the region's own Keystones, which remembers the tokens that it has validated. */
  readonly rememberer: IdentityApi;
}

/** The region knows the token and the roles, in every cache that there is, before both go at home. */
async function happenAtHome(context: Context, cloud: Cloud, meantime: Meantime, { alone, rememberer }: Alone) {
  const { token, demoted, demotedToken } = meantime;
  const { adminToken, home } = cloud;
  const before = await alone.placement('/resource_providers', { token });
  const known = rolesIn(await rememberer.validate(demotedToken, adminToken));
  const headers = { 'X-Subject-Token': token };
  const revoked = await home.keystone('/auth/tokens', { method: 'DELETE', token, headers });
  const taken = await home.keystone(cloud.roleOf(demoted, 'member'), { method: 'DELETE', token: adminToken });
  const isDone = revoked.status === 204 && taken.status === 204;
  context.check('a token is revoked and a role taken at home meanwhile', isDone, `${revoked.status}, ${taken.status}`);
  const after = await alone.validate(token, adminToken);
  const roles = rolesIn(await rememberer.validate(demotedToken, adminToken));
  const isUnknown = before.status === 200 && after.status === 200 && known === 'member,reader' && roles === known;
  context.check('the region that is cut off cannot know it', isUnknown, `${before.status}, ${after.status}, ${roles}`);
}

async function checkInForce(
  context: Context,
  cloud: Cloud,
  { token, demotedToken }: Meantime,
  { away, home, alone, rememberer }: Where & Alone,
) {
  const [healedMs, healedWallMs] = [nowMs(), Date.now()];
  const after = async (what: string, withinMs: number, isSo: () => Promise<Reply>, status: number) => {
    const seen = await waitUntil(what, { timeoutMs: withinMs, pauseMs: 200, signal: context.signal }, async () => {
      const reply = await isSo();
      return { ok: reply.status === status, detail: String(reply.status) };
    }).then(
      () => '',
      (error: unknown) => {
        if (error instanceof NotInTime) return error.message;
        throw error;
      },
    );
    context.check(what, seen === '', seen || `${((nowMs() - healedMs) / 1000).toFixed(1)} s after healing`);
  };
  await untilServedBy(context, away, home);
  const returnedMs = nowMs();
  await after(
    `${away} refuses the revoked token as soon as it has returned`,
    2_000,
    () => alone.validate(token, cloud.adminToken),
    404,
  );
  await after(
    `its services refuse it within their own cache's time`,
    MIDDLEWARE_MS,
    () => alone.placement('/resource_providers', { token }),
    401,
  );
  context.say(`returned ${((returnedMs - healedMs) / 1000).toFixed(1)} s after healing; waiting for its replicas`);
  await untilEmptied(context, away, healedWallMs);
  const roles = rolesIn(await rememberer.validate(demotedToken, cloud.adminToken));
  context.check("the region's own Keystones remember no role that was taken away", roles === 'reader', roles);
}

/** The replicas have what happened at home, regent knows it, and the caches have been emptied since it was hidden from them. */
async function untilEmptied(context: Context, away: RegionName, sinceWallMs: number): Promise<void> {
  const { regent, signal, check } = context;
  const { primary } = homeAndAway(context);
  const position = (await sql(primary, 'SELECT @@gtid_binlog_pos')).trim();
  const replicas = hostsWithRole('db', away).map(({ name }) => name);
  const nodes = hostsWithRole('api', away).map(({ name }) => name);
  const options = { timeoutMs: REPLAYED_WITHIN_MS, pauseMs: 500, signal };
  const problem = await waitUntil('caches emptied behind the replicas', options, async () => {
    const waited = await Promise.all(replicas.map((host) => sql(host, `SELECT MASTER_GTID_WAIT('${position}', 0)`)));
    const isBehind = (await regent.status(nodes[0] ?? '')).includes('ReplicaBehind');
    const events = (await regent.events(away, sinceWallMs)).filter(({ name }) => name === 'identity:cache:emptied');
    const emptied = nodes.filter((node) => events.some((each) => each.node === node));
    const ok = waited.every((each) => each.trim() === '0') && !isBehind && emptied.length === nodes.length;
    return { ok, detail: `replayed ${waited.map((each) => each.trim())}, behind ${isBehind}, emptied on ${emptied}` };
  }).then(
    () => '',
    (error: unknown) => String(error),
  );
  const took = `${((Date.now() - sinceWallMs) / 1000).toFixed(1)} s after healing`;
  check(
    "Keystone's caches are emptied when the region has returned and its replicas have caught up",
    problem === '',
    problem || took,
  );
}

interface TokenBody {
  readonly token: { readonly roles: readonly { readonly name: string }[] };
}

function rolesIn({ status, body }: Reply): string {
  if (status !== 200) return `no token: ${status}`;
  return (body as TokenBody).token.roles
    .map(({ name }) => name)
    .toSorted()
    .join();
}
