/**
 * Facts about hosts, read from outside without starting a program in them: who carries a virtual address (the kernel's
 * routing table) and which servers a proxy uses (HAProxy's own socket). Reads only.
 */

import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { leaderOf } from '../bed/exec.ts';
import { hostsWithRole, type RegionName, virtualAddress } from '../bed/topology.ts';

const ANSWER_TIMEOUT_MS = 500;

/** Hosts of a region that carry its virtual address now; a frozen host still carries it. */
export async function ownersOf(region: RegionName): Promise<readonly string[]> {
  const hosts = hostsWithRole('proxy', region).map((each) => each.name);
  const owns = await Promise.all(hosts.map((host) => carries(host, virtualAddress(region))));
  return hosts.filter((_, index) => owns[index]);
}

/** Where a host's HAProxy takes orders. */
export const PROXY_SOCKET = '/run/haproxy/admin.sock';

/**
 * Servers of a backend that a proxy is told to use, in the order of their names; undefined when it does not answer.
 *
 * @param path - where its socket is, if it was moved
 */
export async function serversInUse(
  host: string,
  backend: string,
  path = PROXY_SOCKET,
): Promise<readonly string[] | undefined> {
  const socket = `/proc/${await leaderOf(host)}/root${path}`;
  const text = await ask(socket, `show servers state ${backend}\n`);
  return text === undefined ? undefined : enabledServers(text);
}

/** How many sessions these servers of a backend have been given by a proxy since it started; 0 when it does not answer. */
export async function sessionsServed(host: string, backend: string, servers: readonly string[]): Promise<number> {
  const text = await ask(`/proc/${await leaderOf(host)}/root${PROXY_SOCKET}`, 'show stat\n');
  return text === undefined ? 0 : sessionsIn(text, backend, servers);
}

/** From HAProxy's `show stat`: the column `stot` of the servers' rows. */
export function sessionsIn(text: string, backend: string, servers: readonly string[]): number {
  const [header = '', ...lines] = text.split('\n');
  const columns = header.replace(/^# /, '').split(',');
  const [proxy, name, total] = ['pxname', 'svname', 'stot'].map((column) => columns.indexOf(column));
  return lines
    .map((line) => line.split(','))
    .filter((fields) => fields[proxy ?? 0] === backend && servers.includes(fields[name ?? 1] ?? ''))
    .reduce((sum, fields) => sum + Number(fields[total ?? 0] ?? 0), 0);
}

/** Names of the servers that are not in maintenance, from HAProxy's `show servers state` (format 1). */
export function enabledServers(text: string): readonly string[] {
  const rows = text.split('\n').filter((line) => /^\d+ /.test(line));
  const MAINTENANCE = 0x01 | 0x02 | 0x20;
  const enabled = rows
    .map((line) => line.split(' '))
    .filter((fields) => (Number(fields[6]) & MAINTENANCE) === 0)
    .map((fields) => fields[3] ?? '');
  return enabled.toSorted();
}

/** Whether an address is local, from the text of /proc/net/fib_trie. */
export function isLocalIn(fibTrie: string, address: string): boolean {
  const lines = fibTrie.split('\n').map((line) => line.trim());
  return lines.some(
    (line, index) => line === `|-- ${address}` && lines[index + 1]?.startsWith('/32 host LOCAL') === true,
  );
}

async function carries(host: string, address: string): Promise<boolean> {
  return isLocalIn(await readFile(`/proc/${await leaderOf(host)}/net/fib_trie`, 'utf8'), address);
}

function ask(path: string, command: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect({ path });
    const end = (answer: string | undefined) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => end(undefined));
    socket.once('connect', () => socket.write(command));
    socket.on('data', (chunk) => {
      said += chunk;
    });
    socket.once('end', () => end(said));
    socket.once('error', () => end(undefined));
  });
}
