/**
 * Between two runs: waits until the cloud is at rest, and rebuilds what was quarantined. A server that was frozen or cut off
 * in the middle of a commit that nobody acknowledged has that commit alone, and stays out on purpose; its rebuild is regent's
 * own, and no part of an outage.
 */

import { execHost } from '../../bed/exec.ts';
import { NotInTime } from '../../bed/wait.ts';
import { RegentView } from '../../demo/regent-view.ts';
import { settle } from '../../demo/settle.ts';

const REST_TIMEOUT_MS = 90_000;
/** Quarantine is told some seconds after a server is back: what counts as out is asked again after this time. */
const LOOK_EVERY_MS = 5_000;
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
  const deadlineMs = performance.now() + REST_TIMEOUT_MS;
  for (;;) {
    const events = await new RegentView().events('anywhere', sinceWallMs);
    const told = events.filter((each) => each.name === 'database:member:quarantined').map((each) => each.node);
    const quarantined = [...new Set(told)];
    try {
      return { primary: await settle({ timeoutMs: LOOK_EVERY_MS, signal, quarantined }), quarantined };
    } catch (error) {
      if (!(error instanceof NotInTime) || performance.now() > deadlineMs) throw error;
    }
  }
}

/** @throws Error with regentctl's own words when it was not rebuilt */
export async function rebuild(host: string): Promise<void> {
  const argv = ['regentctl', 'database', 'rebuild', host, '--yes', '--discard-old'];
  const { code, stdout, stderr } = await execHost(host, argv, { timeoutMs: REBUILD_TIMEOUT_MS });
  if (code !== 0) throw new Error(`${host} was not rebuilt: ${stdout.trim()} ${stderr.trim()}`);
}
