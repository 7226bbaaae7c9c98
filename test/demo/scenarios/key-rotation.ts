/**
 * Keystone's keys are taken under management and rotated twice, under a client that is issued tokens all the time and asks
 * every Keystone of both regions about all of them, old and new: none is refused anywhere. Then the policy is deleted, and
 * the keys stay as they are.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { execHost } from '../../bed/exec.ts';
import { hostsWithRole } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import type { ClientProcess } from '../client-process.ts';
import { nowMs } from '../moment.ts';
import { failuresBetween } from '../outage.ts';
import { describe } from '../regent-view.ts';
import { regentctl } from '../regentctl.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';
import { homeAndAway } from './regions.ts';

const POLICY = 'keys';
const POLICY_FILE = `/opt/regent/test/bed/policies/optional/${POLICY}.yaml`;
const COMMAND_TIMEOUT_MS = 120_000;
const ADOPTED_WITHIN_MS = 60_000;
/** Long enough for tokens of before, and for every token to be asked about everywhere. */
const WATCHED_MS = 5_000;
const ROTATIONS = 2;

const status = z.array(
  z.object({
    name: z.string(),
    generation: z.number().nullable(),
    keys: z.string().nullable(),
    work: z.unknown(),
    nodes: z.array(z.object({ node: z.string(), standing: z.string(), keys: z.string().nullable() })),
  }),
);

export const keyRotation: Scenario<'key-rotation'> = {
  name: 'key-rotation',
  what: 'regentctl keys rotate, twice, while all tokens are validated everywhere',
  promise: 'no token is refused in any region',
  boundMs: null,
  dualWritableMaxMs: 0,
  control: 'skip',
  run,
};

async function run(context: Context): Promise<Figures> {
  const { home, away } = homeAndAway(context);
  const [host] = hostsWithRole('api', home).map(({ name }) => name);
  if (host === undefined) throw new Error(`${home} has no Keystone`);
  const sinceWallMs = Date.now();
  await regentctl(host, ['policy', 'apply', '--wait', '30', POLICY_FILE]);
  try {
    const options = { timeoutMs: ADOPTED_WITHIN_MS, pauseMs: 200, signal: context.signal };
    await waitUntil('the adoption of the keys', options, () => standing(host));
    const client = await context.client({ region: away, tasks: ['validations'] });
    const sinceMs = nowMs();
    try {
      await delay(WATCHED_MS, undefined, { signal: context.signal });
      for (let rotation = 1; rotation <= ROTATIONS; rotation++) await rotate(context, host, rotation);
    } finally {
      await client.stop();
    }
    checkValidated(context, client, sinceMs);
    const events = await context.regent.events('anywhere', sinceWallMs);
    const told = events.filter(({ name }) => name.startsWith('keys:rotation:'));
    const ended = told.filter(({ name }) => name === 'keys:rotation:ended').length;
    context.check('both rotations are explained', ended === ROTATIONS, describe(told, 20));
  } finally {
    await regentctl(host, ['policy', 'delete', POLICY]);
  }
  return { outageMs: null };
}

async function rotate(context: Context, host: string, rotation: number): Promise<void> {
  context.say(`regentctl keys rotate, number ${rotation}, under validations`);
  const before = await keysOf(host);
  const { code, stdout, stderr } = await execHost(host, ['regentctl', 'keys', 'rotate', POLICY], {
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
  context.check(`rotation ${rotation} is done`, code === 0, stderr.trim() || (stdout.trim().split('\n').at(-1) ?? ''));
  await delay(WATCHED_MS, undefined, { signal: context.signal });
  const { ok, detail } = await standing(host);
  const after = await keysOf(host);
  context.check(
    `all nodes have the keys of rotation ${rotation}`,
    ok && after !== before,
    `${before} → ${after}; ${detail}`,
  );
}

async function standing(host: string) {
  const found = await statusOf(host);
  const nodes = found?.nodes ?? [];
  const odd = nodes.filter((each) => each.standing !== 'confirmed' || each.keys !== found?.keys);
  const detail = odd.map(({ node, standing: how, keys }) => `${node} ${how} ${keys}`).join(', ');
  return { ok: found?.generation != null && found.work === null && nodes.length > 0 && odd.length === 0, detail };
}

async function keysOf(host: string): Promise<string> {
  return (await statusOf(host))?.keys ?? 'none';
}

async function statusOf(host: string) {
  const { stdout } = await execHost(host, ['regentctl', '--json', 'keys', 'status']);
  return status.parse(JSON.parse(stdout)).find(({ name }) => name === POLICY);
}

function checkValidated(context: Context, client: ClientProcess, sinceMs: number): void {
  const samples = client.samples.filter((each) => each.startMs >= sinceMs);
  const failures = failuresBetween(samples, sinceMs);
  const first = failures[0] === undefined ? '' : `, first failure: ${failures[0].detail}`;
  const detail = `${samples.length - failures.length} of ${samples.length} validations were good${first}`;
  context.check('no token is refused anywhere', failures.length === 0 && samples.length > 0, detail);
}
