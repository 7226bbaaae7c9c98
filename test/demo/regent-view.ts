/**
 * What regent says about itself, read on the hosts: the events of every node's own journal, which is written before any
 * store and survives the loss of all of them, and the screen of `regentctl status`. Reads only.
 */

import { type ReadEvent, readEvent } from '../../src/audit/event-json.ts';
import { formatEvent } from '../../src/audit/format.ts';
import { execHost } from '../bed/exec.ts';
import { HOSTS, type SiteName } from '../bed/topology.ts';

/** The file being written and those that were closed. */
const JOURNAL = '/var/lib/regent/events*.jsonl';
const AGENT_UNIT = 'regent-agent.service';

/** Scopes of events that change, or refuse to change, something that clients depend on. */
const ACTION_SCOPES = ['vip', 'route', 'identity', 'database', 'policy'];

export class RegentView {
  /** Events that the nodes of a site wrote since a wall-clock time, oldest first. */
  async events(site: SiteName | 'anywhere', sinceWallMs: number): Promise<readonly ReadEvent[]> {
    const hosts = HOSTS.filter((host) => site === 'anywhere' || host.site === site);
    const journals = await Promise.all(hosts.map((host) => this.#journal(host.name)));
    return journals
      .flat()
      .filter((event) => event.atMs >= sinceWallMs)
      .toSorted((a, b) => a.atMs - b.atMs);
  }

  /** Those events that are decisions or actions, not elections and presence. */
  async actions(site: SiteName | 'anywhere', sinceWallMs: number): Promise<readonly ReadEvent[]> {
    const events = await this.events(site, sinceWallMs);
    return events.filter((event) => ACTION_SCOPES.includes(event.name.split(':')[0] ?? ''));
  }

  /** Hosts whose databases were put into quarantine since a wall-clock time. */
  async quarantined(sinceWallMs: number): Promise<readonly string[]> {
    const events = await this.events('anywhere', sinceWallMs);
    return [...new Set(events.filter(({ name }) => name === 'database:member:quarantined').map(({ node }) => node))];
  }

  /** Hosts whose agent runs, by systemd's word. */
  async agentsRunning(): Promise<readonly string[]> {
    const states = await Promise.all(HOSTS.map((host) => execHost(host.name, ['systemctl', 'is-active', AGENT_UNIT])));
    return HOSTS.filter((_, index) => states[index]?.stdout.trim() === 'active').map((host) => host.name);
  }

  /** Stops the agents in order, one after the other. */
  async stopAgents(): Promise<void> {
    for (const host of HOSTS) await this.#systemctl(host.name, 'stop');
  }

  async startAgents(): Promise<void> {
    await Promise.all(HOSTS.map((host) => this.#systemctl(host.name, 'start')));
  }

  /** The screen that an operator would look at. */
  async status(host: string): Promise<string> {
    const outcome = await execHost(host, ['regentctl', 'status'], { timeoutMs: 15_000 });
    return outcome.code === 0 ? outcome.stdout : outcome.stderr;
  }

  async #journal(host: string): Promise<readonly ReadEvent[]> {
    const { code, stdout, stderr } = await execHost(host, ['sh', '-c', `cat ${JOURNAL}`]);
    if (code !== 0) throw new Error(`${host} has no journal of events: ${stderr.trim()}`);
    const results = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => readEvent('journal', line));
    return results.flatMap((each) => (each.ok ? [each.event] : []));
  }

  async #systemctl(host: string, verb: 'start' | 'stop'): Promise<void> {
    const outcome = await execHost(host, ['systemctl', verb, AGENT_UNIT], { timeoutMs: 60_000 });
    if (outcome.code !== 0) throw new Error(`systemctl ${verb} ${AGENT_UNIT} on ${host}: ${outcome.stderr.trim()}`);
  }
}

/** A few events as lines, for details of checks. */
export function describe(events: readonly ReadEvent[], max = 5): string {
  const lines = events.slice(0, max).map((event) => formatEvent(event));
  return [...lines, ...(events.length > max ? [`… and ${events.length - max} more`] : [])].join(' | ');
}
