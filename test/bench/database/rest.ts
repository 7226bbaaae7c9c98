/**
 * Between two runs: waits until the cloud is at rest, and rebuilds what was quarantined. A server that was frozen or cut off
 * in the middle of a commit that nobody acknowledged has that commit alone, and stays out on purpose; its rebuild is regent's
 * own, and no part of an outage.
 */

import { execHost } from '../../bed/exec.ts';
import { mayBeRebuilt } from '../../demo/may-be-rebuilt.ts';
import { RegentView } from '../../demo/regent-view.ts';
import { settle } from '../../demo/settle.ts';

const REST_TIMEOUT_MS = 90_000;
const REBUILD_TIMEOUT_MS = 120_000;

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

/** @throws NotInTime, or Error with regentctl's own words, when it was not rebuilt; the signal's reason */
export async function rebuild(host: string, signal: AbortSignal): Promise<void> {
  await mayBeRebuilt(host, signal);
  const argv = ['regentctl', 'database', 'rebuild', host, '--yes', '--discard-old'];
  const { code, stdout, stderr } = await execHost(host, argv, { timeoutMs: REBUILD_TIMEOUT_MS });
  if (code !== 0) throw new Error(`${host} was not rebuilt: ${stdout.trim()} ${stderr.trim()}`);
}
