/**
 * Whom a database follows, in its own words. Reads only.
 */

import { execHost } from '../bed/exec.ts';
import { hostByName } from '../bed/topology.ts';
import type { Attempt } from '../bed/wait.ts';

export interface Following {
  /** Address of the source; empty when it has none. */
  readonly source: string;
  /** Of receiver and applier, how many run. */
  readonly threads: number;
  /** The last error of either; empty when there is none. */
  readonly error: string;
}

/** Asks a host's database; one that does not answer follows nobody. */
export async function followingOf(host: string): Promise<Following> {
  const { stdout } = await execHost(host, ['mariadb', '-e', 'SHOW SLAVE STATUS\\G'], { timeoutMs: 5_000 });
  return {
    source: /Master_Host: (\S+)/.exec(stdout)?.[1] ?? '',
    threads: [...stdout.matchAll(/Slave_(?:IO|SQL)_Running: Yes/g)].length,
    error: /Last_(?:IO|SQL)_Error: (\S.*)/.exec(stdout)?.[1] ?? '',
  };
}

/** Whether a database follows another: both threads run, and from that source. */
export async function follows(host: string, primary: string): Promise<Attempt> {
  const { source, threads, error } = await followingOf(host);
  const ok = threads === 2 && source === hostByName(primary).address;
  return { ok, detail: `${host} follows ${source || 'nobody'} with ${threads} of 2 threads ${error}`.trimEnd() };
}
