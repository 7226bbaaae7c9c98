/**
 * The host that owns north's virtual address freezes, as a machine with a hung disk does: its kernel still completes TCP
 * handshakes, nobody answers. The address has to answer again from another host, and one owner remains after the thaw (I4).
 */

import { freeze, thaw } from '../../bed/faults.ts';
import { waitUntil } from '../../bed/wait.ts';
import { ownersOf } from '../host-facts.ts';
import { nowMs } from '../moment.ts';
import type { Context, Figures, Scenario } from '../scenario.ts';

const OWNER_AFTER_THAW_MS = 5_000;

export const proxyLost: Scenario = {
  name: 'proxy-lost',
  what: "the host that owns north's address is frozen",
  promise: 'the address answers again within 3 s',
  boundMs: 3_000,
  dualWritableMaxMs: 0,
  control: 'either',
  run,
};

async function run(context: Context): Promise<Figures> {
  const [owner] = await ownersOf('north');
  if (owner === undefined) throw new Error("nobody owns north's address");
  const client = await context.client({ region: 'north', tasks: ['address'] });
  context.say(`freezing ${owner}, which owns north's address`);
  const faultMs = nowMs();
  await freeze(owner);
  try {
    const outageMs = await context.recovery(client, 'address', faultMs);
    const others = (await ownersOf('north')).filter((host) => host !== owner);
    context.check('another host carries the address', others.length === 1, others.join(', ') || 'nobody');
    await thaw(owner);
    context.say(`${owner} goes on`);
    const thawedMs = nowMs();
    const remaining = await oneOwner(context);
    context.check('after the thaw one owner remains', remaining.ok, `${remaining.detail} after ${sinceS(thawedMs)}`);
    await client.stop();
    return { outageMs };
  } finally {
    await thaw(owner);
  }
}

async function oneOwner(context: Context): Promise<{ readonly ok: boolean; readonly detail: string }> {
  let owners: readonly string[] = [];
  const options = { timeoutMs: OWNER_AFTER_THAW_MS, pauseMs: 50, signal: context.signal };
  const attempt = async () => {
    owners = await ownersOf('north');
    return { ok: owners.length === 1, detail: owners.join(' and ') };
  };
  const ok = await waitUntil("one owner of north's address", options, attempt).then(
    () => true,
    () => false,
  );
  return { ok, detail: owners.join(' and ') || 'nobody' };
}

function sinceS(ms: number): string {
  return `${((nowMs() - ms) / 1000).toFixed(1)} s`;
}
