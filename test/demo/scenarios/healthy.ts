/**
 * Nothing is broken. Shows that the measuring itself works: tokens from both regions' addresses are valid in both regions,
 * a write goes through, one database is open, and every agent runs.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { HOSTS, REGIONS } from '../../bed/topology.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';

const WATCH_MS = 5_000;
const TOKENS_MIN = 5;

export const healthy: Scenario = {
  name: 'healthy',
  what: 'nothing is broken',
  promise: "tokens from both regions' addresses are valid in both regions",
  boundMs: null,
  dualWritableMaxMs: 0,
  control: 'skip',
  run,
};

async function run(context: Context): Promise<Figures> {
  context.say('a client in each region issues tokens and uses them in both regions');
  const clients = await Promise.all(
    REGIONS.map((region) => context.client({ region, tasks: ['tokens', 'writes'], placements: REGIONS })),
  );
  await delay(WATCH_MS, undefined, { signal: context.signal });
  await Promise.all(clients.map((client) => client.stop()));
  for (const client of clients) {
    const tokens = client.samples.filter((each) => each.kind === 'token');
    const good = tokens.filter((each) => each.ok).length;
    context.check(
      `tokens from ${client.region} are valid in both regions`,
      good >= TOKENS_MIN && good === tokens.length,
      `${good} of ${tokens.length} tokens`,
    );
    const writes = client.samples.filter((each) => each.kind === 'write');
    context.check(
      `writes from ${client.region} are accepted`,
      writes.length > 0 && writes.every((each) => each.ok),
      `${writes.filter((each) => each.ok).length} of ${writes.length} writes`,
    );
  }
  const { open } = context.databases;
  context.check('exactly one database is open', open.length === 1, open.join(', ') || 'none');
  const running = await context.regent.agentsRunning();
  const silent = HOSTS.map((host) => host.name).filter((name) => !running.includes(name));
  context.check('an agent runs on every host', silent.length === 0, silent.join(', ') || `${running.length} agents`);
  return { outageMs: null };
}
