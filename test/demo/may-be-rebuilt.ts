/**
 * When a server may be rebuilt: its agent, which does the work, may just have come back from where it was cut off, and has to be
 * registered again first.
 */

import { execHost } from '../bed/exec.ts';
import { waitUntil } from '../bed/wait.ts';

const TIMEOUT_MS = 30_000;

/** @throws NotInTime with regentctl's own words; the signal's reason */
export async function mayBeRebuilt(host: string, signal: AbortSignal): Promise<void> {
  const asked = ['regentctl', 'database', 'rebuild', host, '--dry-run'];
  await waitUntil(`${host} may be rebuilt`, { timeoutMs: TIMEOUT_MS, pauseMs: 1_000, signal }, async () => {
    const { code, stderr } = await execHost(host, asked);
    return { ok: code === 0, detail: stderr };
  });
}
