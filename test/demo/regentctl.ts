/** regentctl as an operator runs it on a host of the bed, for what a scenario needs done and does not judge. */

import { execHost } from '../bed/exec.ts';

const TIMEOUT_MS = 120_000;

/** @throws Error with regentctl's own words */
export async function regentctl(host: string, argv: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await execHost(host, ['regentctl', ...argv], { timeoutMs: TIMEOUT_MS });
  if (code !== 0) throw new Error(`regentctl ${argv.join(' ')}: ${stdout}${stderr}`);
}
