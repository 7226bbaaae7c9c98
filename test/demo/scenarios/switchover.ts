/**
 * A planned switchover under writes, back again, and one whose candidate cannot finish. Nothing that was acknowledged may be
 * missing (I2), no two databases may be open (I1), the former primary follows, and a switchover that fails ends with the
 * former primary open. Only in the system suite: it waits for the policy's cooldown twice.
 */

import { execHost } from '../../bed/exec.ts';
import { refuseFile } from '../../bed/faults.ts';
import { hostByName, hostsWithRole, regionOf } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import type { ClientProcess } from '../client-process.ts';
import { nowMs } from '../moment.ts';
import { describe } from '../regent-view.ts';
import { follows } from '../replica.ts';
import { restForSwitch } from '../rest-for-switch.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';

const BOUND_MS = 2_000;
const COMMAND_TIMEOUT_MS = 40_000;
const FOLLOWS_TIMEOUT_MS = 15_000;
const REOPENS_TIMEOUT_MS = 5_000;
/** The agent notes a new term there before it does anything under it, and nothing while the term stays the same. */
const NOTES = '/var/lib/regent/database/keystone.json';

export const switchover: Scenario = {
  name: 'switchover',
  what: 'regentctl database switchover, there and back, and once to a candidate whose disk takes nothing',
  promise: 'writes are out for at most 2 s, no acknowledged write lost, a switchover that fails is undone',
  boundMs: BOUND_MS,
  dualWritableMaxMs: 0,
  control: 'skip',
  run,
};

async function run(context: Context): Promise<Figures> {
  await restForSwitch(context);
  const [first] = context.databases.open;
  if (first === undefined) throw new Error('no database is open');
  const region = regionOf(hostByName(first)) ?? 'north';
  const second = hostsWithRole('db', region).find(({ name }) => name !== first)?.name;
  if (second === undefined) throw new Error(`${region} has one database only`);
  const client = await context.client({ region, tasks: ['writes'] });
  const outages: (number | undefined)[] = [];
  for (const [from, to] of [
    [first, second],
    [second, first],
  ] as const) {
    outages.push(await switchTo(context, client, from, to));
    await restForSwitch(context);
  }
  await undone(context, first, second);
  await client.stop();
  return { outageMs: outages.includes(undefined) ? undefined : Math.max(...outages.map(Number)) };
}

/** @returns for how long the client's writes were out, counted from the closing of the server */
async function switchTo(
  context: Context,
  client: ClientProcess,
  from: string,
  to: string,
): Promise<number | undefined> {
  context.say(`regentctl database switchover --to ${to}, under writes`);
  const sinceMs = nowMs();
  const { code, stderr } = await order(from, to);
  context.check(`${from} hands over to ${to}`, code === 0, stderr.trim() || 'done');
  const options = { timeoutMs: FOLLOWS_TIMEOUT_MS, signal: context.signal };
  const followed = await waitUntil('the former primary follows', options, () => follows(from, to)).then(
    () => '',
    (error: unknown) => String(error),
  );
  context.check(`${from} follows ${to} afterwards`, followed === '', followed || 'with both threads');
  const closed = context.databases.changesSince(sinceMs).find((each) => each.host === from && each.to !== 'open');
  return closed === undefined ? undefined : context.recovery(client, 'write', closed.atMs);
}

async function undone(context: Context, from: string, to: string): Promise<void> {
  context.say(`the agent of ${to} cannot write to its disk while ${from} hands over to it`);
  const sinceWallMs = Date.now();
  // Its temporary file: what is there stays readable, so the candidate looks well until it is needed.
  const allow = await refuseFile(to, `${NOTES}.new`);
  const { code, stderr } = await order(from, to).finally(allow);
  context.check('the switchover is undone', code === 3 && stderr.includes('undone'), stderr.trim() || `code ${code}`);
  // The command ends when the undoing stands in the store; the former primary opens by it.
  const options = { timeoutMs: REOPENS_TIMEOUT_MS, pauseMs: 100, signal: context.signal };
  const reopened = await waitUntil(`${from} is open`, options, async () => {
    const { open } = context.databases;
    return { ok: open.length === 1 && open[0] === from, detail: open.join(', ') || 'none' };
  }).then(
    () => '',
    (error: unknown) => String(error),
  );
  context.check('the former primary is open again', reopened === '', reopened || from);
  const events = await context.regent.actions('anywhere', sinceWallMs);
  const told = events.filter((event) => event.name === 'database:switchover:undone');
  context.check('it is explained', told.length === 1, describe(told) || describe(events, 20));
}

function order(from: string, to: string) {
  const argv = ['regentctl', 'database', 'switchover', '--to', to, '--timeout', '30'];
  return execHost(from, argv, { timeoutMs: COMMAND_TIMEOUT_MS });
}
