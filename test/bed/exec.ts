/**
 * Runs programs inside the bed: in a host (all of its namespaces) or from a client's place in the network (its network
 * namespace, this machine's file system). Enters directly, without a login: about 10 ms a call. The programs are not part
 * of the host's control group: a frozen host can still be looked at.
 */

import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { hostDirectory, networkNamespace, networkNamespacePath } from './paths.ts';
import { type Outcome, run } from './run.ts';
import { hostByName, type RegionName } from './topology.ts';

export interface ExecOptions {
  readonly input?: string;
  /** Time limit in ms; code 124 when it is over. Default 30,000. */
  readonly timeoutMs?: number;
}

const ENVIRONMENT = [
  'env',
  '-i',
  '--chdir=/',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'LANG=C.UTF-8',
];

/**
 * Runs `argv` inside a host, as root, to its end.
 *
 * @throws RangeError for an unknown host; Error when it is not running
 */
export async function execHost(host: string, argv: readonly string[], options: ExecOptions = {}): Promise<Outcome> {
  return run([...(await entry(host)), ...argv], options);
}

/** The words that, put before a command, run it inside a host; for callers that need the terminal. */
export async function entry(host: string): Promise<readonly string[]> {
  return ['nsenter', '--target', String(await leaderOf(host)), '--all', '--', ...ENVIRONMENT];
}

/** The process number, on this machine, of a host's systemd. */
export async function leaderOf(host: string): Promise<number> {
  const path = `${hostDirectory(hostByName(host).name)}/leader.pid`;
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text === '') throw new Error(`${host} is not running; bring the bed up first`);
  return Number(text);
}

/** Starts `argv` inside a host and returns its child, in an object because a child can be awaited; else as `spawnInClient`. */
export async function spawnInHost(host: string, argv: readonly string[]) {
  const words = await entry(host);
  return { child: started([...words, ...argv]) };
}

/** Runs `argv` to its end where a region's clients are: this machine's files, the client's network. */
export async function execInClient(
  site: RegionName,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<Outcome> {
  return run([...clientEntry(site), ...argv], options);
}

/**
 * Starts `argv` where a region's clients are and returns at once. The child ends with this process; end it yourself by
 * `child.kill()`, and read `child.stdout`. It never rejects: look at `exitCode` of the awaited result.
 */
export function spawnInClient(site: RegionName, argv: readonly string[]) {
  return started([...clientEntry(site), ...argv]);
}

function started([file, ...rest]: readonly string[]) {
  return execa(file ?? 'false', rest, { reject: false, buffer: false, stdin: 'ignore', forceKillAfterDelay: 2_000 });
}

function clientEntry(site: RegionName): readonly string[] {
  return ['nsenter', `--net=${networkNamespacePath(networkNamespace(`client-${site}`))}`];
}
