/**
 * Everything that can be broken on the bed, each as a function with a name: used alike by the demo, the system tests, the
 * benchmarks and the command. A fault returns when it is in force, not when it was asked for.
 */

import { setFrozen } from './control-group.ts';
import { applyCuts, cutsBetween, removeCuts, WORLD } from './cuts.ts';
import { execHost } from './exec.ts';
import { HOSTS, hostByName, type SiteName } from './topology.ts';

const UNIT_TIMEOUT_MS = 60_000;

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

async function systemctl(host: string, argv: readonly string[]): Promise<void> {
  const outcome = await execHost(host, ['systemctl', ...argv], { timeoutMs: UNIT_TIMEOUT_MS });
  if (outcome.code !== 0) throw new Error(`systemctl ${argv.join(' ')} on ${host}: ${outcome.stderr.trim()}`);
}
