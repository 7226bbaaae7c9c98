/**
 * The primary's mariadbd is killed. Keystone has to accept writes again, nothing that it acknowledged may be missing (I2),
 * and the change has to be explained (I8). Whether the same or another server is opened is regent's affair.
 */

import { killUnit } from '../../bed/faults.ts';
import { hostByName, regionOf } from '../../bed/topology.ts';
import { nowMs } from '../moment.ts';
import { describe } from '../regent-view.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';

export const DATABASE_CRASH_BOUND_MS = 8_000;

export const databaseCrash: Scenario = {
  name: 'database-crash',
  what: "kill -9 of the primary's mariadbd",
  promise: 'Keystone writes again within 8 s, no acknowledged write lost',
  boundMs: DATABASE_CRASH_BOUND_MS,
  dualWritableMaxMs: 0,
  control: 'fails',
  run,
};

async function run(context: Context): Promise<Figures> {
  return { outageMs: await crashPrimary(context) };
}

/** Kills the primary's server while a client writes, and waits for the recovery. @returns the outage of writes in ms */
export async function crashPrimary(context: Context): Promise<number | undefined> {
  const [primary] = context.databases.open;
  if (primary === undefined) throw new Error('no database is open');
  const region = regionOf(hostByName(primary)) ?? 'north';
  const client = await context.client({ region, tasks: ['writes'] });
  const sinceWallMs = Date.now();
  context.say(`kill -9 of mariadbd on ${primary}, the primary, while a client in ${region} writes`);
  const faultMs = nowMs();
  await killUnit(primary, 'mariadb.service');
  const outageMs = await context.recovery(client, 'write', faultMs);
  await client.stop();
  const { open } = context.databases;
  context.check('exactly one database is open afterwards', open.length === 1, open.join(', ') || 'none');
  if (!context.isManaged) return outageMs;
  const events = await context.regent.actions('anywhere', sinceWallMs);
  const opened = events.filter((event) => event.name === 'database:primary:opened');
  const explained = opened.some((event) => event.cause !== '' && event.epoch !== undefined);
  context.check(
    'the change is explained: cause and epoch',
    explained,
    describe(opened) || `no such event among: ${describe(events, 20)}`,
  );
  return outageMs;
}
