/** Makes one blip on the bed and returns when it is over. What began it ends it, also when this process is late or gone. */

import { setTimeout as delay } from 'node:timers/promises';
import { assertNever } from '../../../src/core/assert-never.ts';
import { execHost } from '../../bed/exec.ts';
import { cutFor, freeze, restartUnit, thaw } from '../../bed/faults.ts';
import { nowMs } from '../../demo/moment.ts';
import { moveLeader, storeLeader } from '../../faults/store-view.ts';
import type { Blip } from './blips.ts';
import type { MadeBlip } from './moves.ts';

const BURNERS = 4;
const BEYOND_MS = 30_000;
/** Its own session, which the kernel prefers as much as the hosts' daemons. */
const BURN = 'echo -10 > /proc/self/autogroup; exec timeout "$0" sh -c "while :; do :; done"';

const UNTIMED = { tookMs: null, droppedPackets: 0 } as const;

export async function makeBlip({
  kind,
  host,
  unit,
  durationMs,
}: Blip): Promise<Pick<MadeBlip, 'tookMs' | 'droppedPackets'>> {
  const seconds = (durationMs / 1000).toFixed(3);
  switch (kind) {
    case 'pause':
      return { tookMs: await pause(host, unit, seconds), droppedPackets: 0 };
    case 'freeze': {
      const beganMs = nowMs();
      await freeze(host);
      try {
        await delay(durationMs);
      } finally {
        await thaw(host);
      }
      return { tookMs: Math.round(nowMs() - beganMs), droppedPackets: 0 };
    }
    case 'deaf':
      return { tookMs: durationMs, droppedPackets: await cutFor('world', host, durationMs) };
    case 'mute':
      return { tookMs: durationMs, droppedPackets: await cutFor(host, 'world', durationMs) };
    case 'elect': {
      const leader = await storeLeader();
      if (leader !== host) await moveLeader(leader, host);
      return UNTIMED;
    }
    case 'restart':
      await restartUnit(host, unit);
      return UNTIMED;
    case 'busy':
      await Promise.all(
        Array.from({ length: BURNERS }, () => execHost(host, ['setsid', '--wait', 'sh', '-c', BURN, seconds])),
      );
      return UNTIMED;
    default:
      return assertNever(kind);
  }
}

/** @returns for how long the unit was stopped, in ms, by the host's own clock */
async function pause(host: string, unit: string, seconds: string): Promise<number> {
  const script =
    `a=$(date +%s%N) && systemctl kill -s STOP ${unit} && sleep ${seconds}; ` +
    `systemctl kill -s CONT ${unit} && b=$(date +%s%N) && echo $(((b - a) / 1000000))`;
  const { code, stdout, stderr } = await execHost(host, ['sh', '-c', script], { timeoutMs: BEYOND_MS });
  if (code !== 0) throw new Error(`${unit} on ${host} could not be stopped for a moment: ${stderr.trim()}`);
  return Number(stdout.trim());
}
