/**
 * A region whose services are pointed at a Keystone by their own files: to home when the policy comes, by order to the region's
 * own, and back with an agent killed in the middle, under a client with fresh tokens. Then somebody overwrites a file. At the
 * end everything is as the bed had it.
 */

import { AGENT_UNIT } from '../../bed/agents.ts';
import { killUnit } from '../../bed/faults.ts';
import type { RegionName } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import type { ClientProcess } from '../client-process.ts';
import { addressOf, leadToOwn, nodesOf, routeByFiles, routeByProxy } from '../files/file-route.ts';
import { refusals, untilTaken } from '../files/fresh-tokens.ts';
import { rolloutSeen } from '../files/rollout.ts';
import {
  differences,
  type FileOnDisk,
  filesOf,
  overwrite,
  putBack,
  readFileOf,
  SERVICES,
} from '../files/service-files.ts';
import { serversInUse } from '../host-facts.ts';
import { nowMs } from '../moment.ts';
import { failuresBetween, longestGap, SUSTAINED_MS } from '../outage.ts';
import { describe } from '../regent-view.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';
import { orderIdentity } from './identity-switch.ts';
import { homeAndAway } from './regions.ts';

const WRITTEN_WITHIN_MS = 60_000;
/** The agents look at the files twice a minute. */
const PUT_RIGHT_WITHIN_MS = 60_000;
const CLAIM_SERVED = 'the region serves requests all the time, but for those that a restart loses';

export const identityFiles: Scenario = {
  name: 'identity-files',
  what: "services' files are edited to isolate south, and to return; an agent is killed on the way",
  promise: 'each node uses the wanted Keystone, one after the other, and its files differ in nothing else',
  boundMs: null,
  dualWritableMaxMs: 0,
  control: 'skip',
  run,
};

interface World {
  readonly home: RegionName;
  readonly away: RegionName;
  readonly nodes: readonly string[];
  /** As the bed has them: they name the region's own address. */
  readonly before: readonly FileOnDisk[];
}

async function run(context: Context): Promise<Figures> {
  const { home, away } = homeAndAway(context);
  const nodes = nodesOf(away);
  const world: World = { home, away, nodes, before: await filesOf(nodes) };
  const client = await context.client({ region: away, tasks: ['steadyTokens'] });
  const sinceMs = nowMs();
  try {
    await rolledOut(context, world, home, () => routeByFiles(away));
    await leadToOwn(away);
    await rolledOut(context, world, away, () => orderIdentity(context, away, 'isolate'));
    const sinceWallMs = Date.now();
    await rolledOut(context, world, home, () => returnWithoutAgent(context, world));
    await checkResumed(context, world, sinceWallMs);
    await client.stop();
    checkAnswered(context, client, sinceMs);
    await overwritten(context, world);
  } finally {
    await asBefore(context, world);
  }
  return { outageMs: null };
}

/** Begins a roll-out, waits for its end, and looks at what it has left. */
async function rolledOut(context: Context, world: World, to: RegionName, begin: () => Promise<void>): Promise<void> {
  const { away, nodes, before, home } = world;
  const sinceWallMs = Date.now();
  context.say(`the services of ${away} go to the Keystones of ${to}`);
  await begin();
  const { turns, tookMs } = await rolloutSeen({ region: away, to, sinceWallMs, signal: context.signal });
  const inTurn = nodes.flatMap((node) => [`${node} begins`, `${node} ends`]);
  const took = `${(tookMs / 1000).toFixed(1)} s`;
  const claim = `${away} goes to ${to} one node after the other`;
  context.check(claim, turns.join() === inTurn.join(), `${turns.join(', ')}: ${took}`);
  const wanted = before.map((file) => ({
    ...file,
    content: to === away ? file.content : file.content.replaceAll(addressOf(away), addressOf(home)),
  }));
  const different = differences(wanted, await filesOf(nodes));
  context.check(`the files name ${to}, and nothing else of them has changed`, different === '', different || took);
  for (const node of nodes) {
    const refused = await refusals(node, away, to);
    const names = SERVICES.map(({ service }) => service).join(' and ');
    context.check(`${names} of ${node} take fresh tokens of ${to}`, refused === '', refused || 'taken');
  }
}

/** The agent of the first node dies as soon as it has written a file, and is started again by systemd. */
async function returnWithoutAgent(context: Context, { away, home, nodes }: World): Promise<void> {
  const [node = ''] = nodes;
  const [first = ''] = SERVICES.map(({ file }) => file);
  const ordered = orderIdentity(context, away, 'return');
  const options = { timeoutMs: WRITTEN_WITHIN_MS, pauseMs: 20, signal: context.signal };
  const killed = waitUntil('the first file', options, async () => {
    const { content } = await readFileOf(node, first);
    return { ok: content.includes(addressOf(home)), detail: 'as before' };
  }).then(() => killUnit(node, AGENT_UNIT));
  await Promise.all([ordered, killed]);
}

async function checkResumed({ regent, check }: Context, { away, nodes }: World, sinceWallMs: number): Promise<void> {
  const events = (await regent.events(away, sinceWallMs)).filter(({ node }) => node === nodes[0]);
  const told = events.map(({ name }) => name).filter((name) => /^agent:process:|^identity:configuration:/.test(name));
  const expected = ['agent:process:started', 'identity:configuration:applied', 'identity:configuration:leftover'];
  check('an agent that is killed in the middle goes on with it', told.join() === expected.join(), told.join(', '));
}

/**
 * Tokens come from the region's own Keystones, which nobody restarts. A service that is restarted loses what it was asked at
 * that moment, and what its proxy still gives to it; the other node's serves the region meanwhile.
 */
function checkAnswered({ check }: Context, client: ClientProcess, sinceMs: number): void {
  const samples = client.samples.filter((each) => each.startMs >= sinceMs);
  const failures = failuresBetween(samples, sinceMs);
  const notIssued = failures.filter(({ detail }) => detail.startsWith('no token issued'));
  const issued = `${samples.length - notIssued.length} of ${samples.length} issued`;
  check('every token that is asked for is issued', notIssued.length === 0 && samples.length > 0, issued);
  const gapMs = longestGap(samples, 'token', sinceMs);
  const lost = `${failures.length} of ${samples.length} not served`;
  const detail =
    gapMs === undefined ? 'it did not come back' : `${lost}, ${(gapMs / 1000).toFixed(1)} s at the longest`;
  check(CLAIM_SERVED, gapMs !== undefined && gapMs < SUSTAINED_MS, detail);
}

/** The bed's own file, as a deployment tool that knows of no other Keystone writes it again. */
async function overwritten(context: Context, { away, home, nodes, before }: World): Promise<void> {
  const file = before.findLast(({ path }) => path === SERVICES[0]?.file);
  if (file === undefined) throw new Error(`no file of ${nodes.join(', ')}`);
  context.say(`somebody overwrites ${file.path} on ${file.node}`);
  const sinceWallMs = Date.now();
  await overwrite(file, file.content);
  const options = { timeoutMs: PUT_RIGHT_WITHIN_MS, pauseMs: 1_000, signal: context.signal };
  const problem = await waitUntil('the file put right', options, async () => {
    const events = await context.regent.events(away, sinceWallMs);
    const ok = events.some(({ name, node }) => name === 'identity:configuration:drifted' && node === file.node);
    return { ok, detail: describe(events, 20) };
  }).then(
    () => '',
    (error: unknown) => String(error),
  );
  const took = `${((Date.now() - sinceWallMs) / 1000).toFixed(1)} s`;
  const wanted = { ...file, content: file.content.replaceAll(addressOf(away), addressOf(home)) };
  const seen = problem || differences([wanted], [await readFileOf(file.node, file.path)]);
  context.check('a file that somebody overwrote is reported and put right', seen === '', seen || took);
  const refused = await refusals(file.node, away, home);
  context.check('its service takes fresh tokens again', refused === '', refused || 'taken');
}

/** The policy that the bed begins with, its files by hand, and time for both to be in force. */
async function asBefore(context: Context, { away, nodes, before }: World): Promise<void> {
  const proxies = await Promise.all(nodes.map((node) => serversInUse(node, 'keystone')));
  const own = nodesOf(away).join();
  const isLeft = proxies.every((each) => each?.join() === own);
  context.check("the region's own address leads to its own Keystones all the time", isLeft, proxies.join(' / '));
  context.say('the policy and the files are put back');
  await routeByProxy(away);
  await putBack(before);
  await untilTaken(nodes, away, context.signal);
  const different = differences(before, await filesOf(nodes));
  context.check('the files are as they were, byte for byte', different === '', different || 'equal');
}
