/**
 * Everything that can be broken on the bed, each as a function with a name: used alike by the demo, the system tests, the
 * benchmarks and the command. A fault returns when it is in force, not when it was asked for.
 */

import { setFrozen } from './control-group.ts';
import { applyCuts, applyCutsFor, cutsBetween, removeCuts, WORLD } from './cuts.ts';
import { execHost } from './exec.ts';
import { networkNamespace, networkNamespacePath } from './paths.ts';
import { must } from './run.ts';
import { globalStoreMembers, HOSTS, hostByName, PORTS, type SiteName } from './topology.ts';

const UNIT_TIMEOUT_MS = 60_000;
const CURL_TIMED_OUT = 28;

export interface CutOptions {
  /** Only what the first side sends to the second is dropped. */
  readonly oneWay?: boolean;
}

/**
 * Drops everything between two sides, each a host, a client (`client-north`), a site, or `world` for everybody else.
 * Existing connections are cut as well: packets vanish, nobody is told.
 *
 * @throws RangeError for a name that the bed does not know
 */
export async function cut(a: string, b: string, options: CutOptions = {}): Promise<void> {
  await applyCuts(cutsBetween(a, b, options.oneWay === true));
}

/**
 * What one side sends to the other is dropped for a moment, which the kernel ends by itself.
 *
 * @returns how many packets were dropped
 */
export async function cutFor(a: string, b: string, durationMs: number): Promise<number> {
  return applyCutsFor(cutsBetween(a, b, true), durationMs);
}

/** Cuts a whole site, its client included, off from everybody else. */
export async function isolateSite(site: SiteName): Promise<void> {
  await cut(site, WORLD);
}

/** Removes all cuts. */
export async function heal(): Promise<void> {
  await removeCuts();
}

/** Stops all processes of a host at once, as a hung machine does: its kernel still completes TCP handshakes. */
export async function freeze(host: string): Promise<void> {
  await setFrozen(hostByName(host).name, true);
}

/** Lets a frozen host go on where it stopped. */
export async function thaw(host: string): Promise<void> {
  await setFrozen(hostByName(host).name, false);
}

/** Freezes all hosts of a site; its client is not frozen. */
export async function freezeSite(site: SiteName): Promise<void> {
  await Promise.all(hostsOf(site).map(freeze));
}

/** Lets all hosts of a site go on. */
export async function thawSite(site: SiteName): Promise<void> {
  await Promise.all(hostsOf(site).map(thaw));
}

/**
 * Sends a signal to all processes of a unit. Default SIGKILL.
 *
 * @throws Error when the unit has no process
 */
export async function killUnit(host: string, unit: string, signal = 'SIGKILL'): Promise<void> {
  await systemctl(host, ['kill', `--signal=${signal}`, unit]);
}

/**
 * Kills a unit's processes and keeps systemd from starting it again.
 *
 * @returns what undoes it: the unit is started again
 */
export async function killForGood(host: string, unit: string): Promise<() => Promise<void>> {
  const directory = `/run/systemd/system/${unit}.d`;
  await inHost(host, ['mkdir', '-p', directory]);
  await inHost(host, ['tee', `${directory}/bed-killed.conf`], '[Service]\nRestart=no\n');
  await systemctl(host, ['daemon-reload']);
  await killUnit(host, unit);
  return async () => {
    await inHost(host, ['rm', '-r', directory]);
    await systemctl(host, ['daemon-reload']);
    await startUnit(host, unit);
  };
}

/**
 * Drops what a host says to the global store, and its answers; everything else passes.
 *
 * @returns what undoes it
 * @throws Error when a member of the store can still be reached
 */
export async function cutFromGlobalStore(host: string): Promise<() => Promise<void>> {
  return cutPorts(host, [PORTS.globalClient]);
}

/**
 * Drops what a host says to both stores and to other agents, and their answers. Its database, its replicas and its clients
 * go on as they were: only regent is cut off.
 *
 * @returns what undoes it
 * @throws Error when a member of the global store can still be reached
 */
export async function cutFromRegent(host: string): Promise<() => Promise<void>> {
  return cutPorts(host, [PORTS.globalClient, PORTS.regionalClient, PORTS.agentPeer]);
}

async function cutPorts(host: string, ports: readonly number[]): Promise<() => Promise<void>> {
  const nft = ['nsenter', `--net=${networkNamespacePath(networkNamespace(host))}`, 'nft', '-f', '-'];
  const list = ports.join(', ');
  const rules = `table inet bed-ports {
  chain out { type filter hook output priority 0; tcp dport { ${list} } drop; }
  chain in { type filter hook input priority 0; tcp sport { ${list} } drop; }
}
`;
  await must(nft, { input: rules });
  const undo = async (): Promise<void> => {
    await must(nft, { input: 'delete table inet bed-ports\n' });
  };
  for (const { name, address } of globalStoreMembers()) {
    const url = `https://${address}:${PORTS.globalClient}/health`;
    const tried = await execHost(host, ['curl', '-sk', '--max-time', '0.5', url]);
    if (tried.code === CURL_TIMED_OUT) continue;
    await undo();
    throw new Error(`${host} still reaches the store's member on ${name}: curl ended with ${tried.code}`);
  }
  return undo;
}

/**
 * No program of a host can write a file of this path: a directory stands there. The rest of the disk is well.
 *
 * @returns what undoes it
 * @throws Error when something stands there already
 */
export async function refuseFile(host: string, path: string): Promise<() => Promise<void>> {
  await inHost(host, ['mkdir', path]);
  return () => inHost(host, ['rmdir', path]);
}

/** Stops a unit in order and waits until it is down. */
export async function stopUnit(host: string, unit: string): Promise<void> {
  await systemctl(host, ['stop', unit]);
}

/** Starts a unit and waits until it says that it is ready. */
export async function startUnit(host: string, unit: string): Promise<void> {
  await systemctl(host, ['start', unit]);
}

/** Stops a unit in order and starts it again. */
export async function restartUnit(host: string, unit: string): Promise<void> {
  await systemctl(host, ['restart', unit]);
}

function hostsOf(site: SiteName): readonly string[] {
  return HOSTS.filter((each) => each.site === site).map((each) => each.name);
}

async function inHost(host: string, argv: readonly string[], input = ''): Promise<void> {
  const outcome = await execHost(host, argv, { input });
  if (outcome.code !== 0) throw new Error(`${argv.join(' ')} on ${host}: ${outcome.stderr.trim()}`);
}

async function systemctl(host: string, argv: readonly string[]): Promise<void> {
  const outcome = await execHost(host, ['systemctl', ...argv], { timeoutMs: UNIT_TIMEOUT_MS });
  if (outcome.code !== 0) throw new Error(`systemctl ${argv.join(' ')} on ${host}: ${outcome.stderr.trim()}`);
}
