/**
 * Between two runs: waits until the cloud is at rest, and rebuilds what was quarantined. A server that was frozen or cut off
 * in the middle of a commit that nobody acknowledged has that commit alone, and stays out on purpose; its rebuild is regent's
 * own, and no part of an outage.
 */

import { execHost } from '../../bed/exec.ts';
import { waitUntil } from '../../bed/wait.ts';
import { RegentView } from '../../demo/regent-view.ts';
import { settle } from '../../demo/settle.ts';

const REST_TIMEOUT_MS = 90_000;
const REBUILD_TIMEOUT_MS = 120_000;
const MAY_BE_REBUILT_TIMEOUT_MS = 30_000;

/**
 * Waits until everything but quarantined servers is at rest.
 *
 * @param sinceWallMs - quarantines before it are over
 * @returns the primary's host, and the quarantined ones
 * @throws NotInTime saying what is still not at rest; the signal's reason
 */
export async function restBut(
  sinceWallMs: number,
  signal: AbortSignal,
): Promise<{ readonly primary: string; readonly quarantined: readonly string[] }> {
  const quarantined = () => new RegentView().quarantined(sinceWallMs);
  const primary = await settle({ timeoutMs: REST_TIMEOUT_MS, signal, quarantined });
  return { primary, quarantined: await quarantined() };
}

/**
 * Its agent may just have come back from where it was cut off, so it is waited for.
 *
 * @throws NotInTime, or Error with regentctl's own words, when it was not rebuilt; the signal's reason
 */
export async function rebuild(host: string, signal: AbortSignal): Promise<void> {
  const asked = ['regentctl', 'database', 'rebuild', host, '--dry-run'];
  const options = { timeoutMs: MAY_BE_REBUILT_TIMEOUT_MS, pauseMs: 1_000, signal };
  await waitUntil(`${host} may be rebuilt`, options, async () => {
    const { code, stderr } = await execHost(host, asked);
    return { ok: code === 0, detail: stderr };
  });
  const argv = ['regentctl', 'database', 'rebuild', host, '--yes', '--discard-old'];
  const { code, stdout, stderr } = await execHost(host, argv, { timeoutMs: REBUILD_TIMEOUT_MS });
  if (code !== 0) throw new Error(`${host} was not rebuilt: ${stdout.trim()} ${stderr.trim()}`);
}
